"""Tables of a report from what is known of them by name: headings in the reader's language, and a last row of sums."""

from collections.abc import Sequence

from labels.report import Cell, Column, Table
from labels.texts import Language, say


def table_of(
    title: str, names: Sequence[str], widths: Sequence[float], rows: Sequence[tuple[Cell, ...]], language: Language,
    *, texts: int = 0, on_paper: bool = True,
) -> Table:  # fmt: skip
    """A table of that title; its first `texts` columns are texts, the rest is summed up in a last row."""
    columns = tuple(Column(say(language, name), width) for name, width in zip(names, widths, strict=True))
    total: tuple[Cell, ...] = ()
    if texts and rows:
        sums = [sum(cell for cell in cells if isinstance(cell, int)) for cells in zip(*rows, strict=True)]
        total = (say(language, "sum"), *[""] * (texts - 1), *sums[texts:])
    return Table(say(language, title), columns, tuple(rows), total, on_paper)
