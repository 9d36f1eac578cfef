"""Tables that a person reads in a terminal and in the documentation alike."""

from collections.abc import Iterable, Sequence


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with its heading, the columns as wide as they need."""
    lines = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    print(f"\n## {title}\n")
    for line in (lines[0], ["-" * width for width in widths], *lines[1:]):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
    print(flush=True)


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
