"""What all commands share: the service at their door, output for people or machines, errors as one clear line."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from delivery.errors import BadInput, NotNow
from delivery.failpoints import reach
from delivery.i18n import gettext as _
from delivery.i18n import speak
from delivery.moments import VIETNAM
from delivery.settings import CARRIERS, Settings
from delivery.wiring import Service

P = ParamSpec("P")
R = TypeVar("R")
STDOUT = "-"
# The families of errors that are raised on purpose, by where they are.
FAMILIES = {
    "delivery.errors": "DeliveryError",
    "labels.errors": "LabelsError",
    "postal_api.errors": "PostalError",
    "routing.errors": "RoutingError",
}

people = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)


def settings() -> Settings:
    """The settings of this process, and its language with them."""
    read = Settings.from_env()
    speak(read.language)
    return read


def service() -> Service:
    """The service with a database that this code fits.

    Raises NotNow when `tannha init` has not been run since the last upgrade.
    """
    ready = Service.from_settings(settings())
    if not ready.database.is_at_head():
        raise NotNow(_("The database is not ready for this version. Run: tannha init"))
    return ready


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Turn what is raised on purpose into one line and exit code 1; what is not stays visible as the bug it is."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except _on_purpose() as error:
            complaints.print(f"[bold red]✗[/] {error}", soft_wrap=True)
            sys.exit(1)
        except sa.exc.OperationalError as error:
            complaints.print(f"[bold red]✗[/] {_('The database does not answer')}: {error.orig}", soft_wrap=True)
            sys.exit(1)

    return run


def _on_purpose() -> tuple[type[Exception], ...]:
    """Errors that are raised on purpose. A package that is not loaded has raised none, and takes long to load."""
    return tuple(getattr(sys.modules[place], name) for place, name in FAMILIES.items() if place in sys.modules)


def json_option(help_text: str = "Print JSON for machines instead of a table for people.") -> Callable[..., Any]:
    """`--json` as a plain flag."""
    return click.option("--json", "as_json", is_flag=True, help=help_text)


def carrier_option() -> Callable[..., Any]:
    """`--carrier NAME`, where another than the one of the settings is meant."""
    help_text = "Another carrier than the one in the settings, such as an earlier one."
    return click.option("--carrier", "name", type=click.Choice(CARRIERS), help=help_text)


def json_file_option() -> Callable[..., Any]:
    """`--json [FILE]`: to the file, or to the output when no file is named."""
    return click.option(
        "--json", "json_to", is_flag=False, flag_value=STDOUT, default=None, metavar="[FILE]",
        help="Write JSON for machines to FILE, or to the output.",
    )  # fmt: skip


def write_json(document: Mapping[str, Any] | Sequence[Any], to: str = STDOUT) -> None:
    """A document as JSON, UTF-8, to a file or to the output."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if to == STDOUT:
        click.echo(text)
    else:
        try:
            Path(to).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(_("{path} cannot be written: {why}").format(path=to, why=error.strerror)) from error


def write_bytes(content: bytes, to: Path) -> None:
    """A file, whole or not at all, also when the power goes in the middle.

    Raises BadInput when it cannot be written.
    """
    part = to.with_name(f".{to.name}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as draft:
            draft.write(content)
            draft.flush()
            reach("after_pdf_tmp")
            os.fsync(draft.fileno())
        reach("before_rename")
        part.replace(to)
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}").format(path=to, why=error.strerror)) from error


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; numbers stand to the right."""
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int) for row in rows)
        shown.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        shown.add_row(*(str(cell) for cell in row))
    people.print(shown)


@contextmanager
def progress(title: str, total: float | None, *, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar on the error stream, so that the output stays clean; the function given moves it to a value."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=complaints, disable=quiet, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda value: bar.update(task, completed=value)


class Day(click.ParamType[date]):
    """A date as 2026-11-24 or 24/11/2026."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(value, form).replace(tzinfo=VIETNAM).date()
            except ValueError:
                continue
        return self.fail(_("{text} is not a date such as 2026-11-24").format(text=value), param, ctx)


class Month(click.ParamType[date]):
    """A month as 2026-11 or 11/2026; its value is the first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        if isinstance(value, date):
            return value
        for form in ("%Y-%m", "%m/%Y"):
            try:
                return datetime.strptime(value, form).replace(tzinfo=VIETNAM).date()
            except ValueError:
                continue
        return self.fail(_("{text} is not a month such as 2026-11").format(text=value), param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment such as 2026-11-24T07:45, on the wall clock here unless it names a zone."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(_("{text} is not a moment such as 2026-11-24T07:45").format(text=value), param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
