"""Reading Python as a tree, and finding what breaks a rule."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("delivery", "web", "labels", "postal_api", "routing")


@dataclass(frozen=True)
class Module:
    """A file of ours, by its path from the root of the repository."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


@dataclass(frozen=True, slots=True, order=True)
class Breach:
    """Where a rule is broken."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


# A rule yields the numbers of the lines that break it.
Rule = Callable[[Module], Iterator[int]]


def modules() -> Iterator[Module]:
    """All files of our packages that hold code or pages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in {".py", ".html"} and "vendor" not in path.parts:
                yield Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def calls(module: Module) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def name_of(node: ast.AST) -> str:
    """The dotted name that an expression ends in: `session.execute`, `httpx.get`, `.now` of what has no name."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def last_of(node: ast.AST) -> str:
    return name_of(node).rpartition(".")[2]


def has(call: ast.Call, keyword: str) -> bool:
    return any(given.arg == keyword for given in call.keywords)
