"""A group whose commands are loaded when they are typed: who prints a label need not wait for the optimiser."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click


class LazyGroup(click.Group):
    """Commands by name, each as `module:attribute`; even `tannha --help` loads none of them."""

    def __init__(self, *args: Any, places: dict[str, str] | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.places = places or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return super().get_command(ctx, cmd_name)
        module, _colon, attribute = self.places[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's own signature
        """What each command does, in the first sentence that its source says of it."""
        room = formatter.width - 6 - max(map(len, self.places))
        rows = [
            (name, click.Command(name, help=_told(place)).get_short_help_str(room))
            for name, place in sorted(self.places.items())
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _told(place: str) -> str:
    """The docstring of `module:attribute`, read and not run."""
    module, _colon, attribute = place.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    functions = (node for node in ast.parse(Path(spec.origin).read_bytes()).body if isinstance(node, ast.FunctionDef))
    return next(ast.get_docstring(node) or "" for node in functions if node.name == attribute)
