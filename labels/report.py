"""Reports in tables: sums that must agree in large type, tables that go on over pages, and places to sign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from labels.fonts import BOLD
from labels.lettering import LEADING, MM, fit, normal
from labels.paper import A4, Box, Paper
from labels.texts import Language, money, say

Cell = str | int

MARGIN = 14.0
WIDTH = A4[0] - 2 * MARGIN
RIGHT = MARGIN + WIDTH
TOP_OF_NEXT, BOTTOM = 22.0, 281.0
ROW, HEAD, TITLE, AFTER = 6.6, 8.5, 7.5, 5.0
EQUATION, SIGN, VERDICT = 19.0, 5.0, 11.0
SIGNATURES = 42.0
SIZE = 8.8
# A table begins and ends on a page with so many of its rows; so many stand above the signatures, at least.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and how wide it is beside the others."""

    heading: str
    width: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts and whole numbers; `total` has a cell for each column. What is not `on_paper` is in files only."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that people look for, with the sign before it: `=` or `+`."""

    name: str
    amount: int
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report as a person reads it from the top: what it is, whether it agrees, what it is made of, who signs."""

    title: str
    facts: tuple[str, ...]
    equations: tuple[tuple[Figure, ...], ...]
    verdict: str
    tables: tuple[Table, ...]
    signers: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a table that stand on one page, from `y` on; `begins` and `ends` say whether it is the whole."""

    table: Table
    rows: tuple[tuple[Cell, ...], ...]
    y: float
    begins: bool
    ends: bool


def draw_report(report: Report, language: Language) -> bytes:
    """A report on A4; the same report makes the same bytes.

    Raises FontsMissing. Texts that are too long for their column end in an ellipsis.
    """
    pages = _pages(report)
    with Paper(A4, report.title, language) as paper:
        for number, parts in enumerate(pages, start=1):
            with paper.part("Sect"):
                bottom = _head(paper, report) if number == 1 else _short_head(paper, report)
                for part in parts:
                    bottom = _table(paper, part)
                if number == len(pages):
                    _end(paper, report, bottom, language)
            paper.text(MARGIN, 289, report.title, 7.5, room=WIDTH / 2)
            paper.text(RIGHT, 289, say(language, "page", page=number, pages=len(pages)), 7.5, align="right")
            paper.next_page()
        return paper.finish()


def _first_row(report: Report) -> float:
    return 20.0 + 5.0 * len(report.facts) + EQUATION * len(report.equations) + VERDICT + 9.0


def _pages(report: Report) -> list[list[_Part]]:
    """The tables, or parts of them, on each page; the last has room for the signatures."""
    pages: list[list[_Part]] = [[]]
    y = _first_row(report)
    for table in report.tables:
        rows = table.rows
        if not table.on_paper or not rows:
            continue
        begins = True
        while rows:
            here = _rows_here(len(rows), _room(y, begins=begins, total=bool(table.total)))
            if not here:
                pages.append([])
                y = TOP_OF_NEXT
                continue
            ends = here >= len(rows)
            part = _Part(table, rows[:here], y, begins, ends)
            pages[-1].append(part)
            rows, y, begins = rows[here:], _bottom(part) + AFTER, False
    if y + _end_height(report) > BOTTOM:
        pages.append(_last_rows(pages[-1]))
    return pages


def _rows_here(count: int, room: int) -> int:
    """How many of so many rows begin here, so that neither this page nor the next has too few of them; maybe none."""
    if count <= room:
        return count
    here = min(room, count - FEWEST)
    return here if here >= FEWEST else 0


def _last_rows(parts: list[_Part]) -> list[_Part]:
    """Take the last rows off a page that has no room for the signatures: alone they could be laid to any report."""
    if not parts:
        return []
    last = parts.pop()
    here = last.rows[:-FEWEST]
    if len(here) < FEWEST:
        return [replace(last, y=TOP_OF_NEXT)]
    parts.append(replace(last, rows=here, ends=False))
    return [replace(last, rows=last.rows[-FEWEST:], y=TOP_OF_NEXT, begins=False)]


def _room(y: float, *, begins: bool, total: bool) -> int:
    taken = y + (TITLE if begins else 0) + HEAD + (ROW if total else 0)
    return max(0, int((BOTTOM - taken) // ROW))


def _bottom(part: _Part) -> float:
    rows = len(part.rows) + (1 if part.ends and part.table.total else 0)
    return part.y + (TITLE if part.begins else 0) + HEAD + ROW * rows


def _end_height(report: Report) -> float:
    return (SIGNATURES if report.signers else 0.0) + (9.0 if report.remark else 0.0)


def _head(paper: Paper, report: Report) -> float:
    with paper.part("H1"):
        paper.block((MARGIN, 11, WIDTH, 9), report.title, 18, bold=True, may_cut=True)
    y = 20.5
    for fact in report.facts:
        paper.block((MARGIN, y, WIDTH, 5), fact, 9.5, may_cut=True)
        y += 5.0
    y += 2.0
    for figures in report.equations:
        _equation(paper, figures, y)
        y += EQUATION
    paper.box(MARGIN, y, WIDTH, VERDICT - 2, line=0.5)
    paper.centred_block((MARGIN + 3, y, WIDTH - 6, VERDICT - 2), report.verdict, 11, bold=True)
    return y + VERDICT


def _short_head(paper: Paper, report: Report) -> float:
    paper.block((MARGIN, 11, WIDTH, 6), " · ".join((report.title, *report.facts[:1])), 9, bold=True, may_cut=True)
    paper.line(MARGIN, 17.5, RIGHT, 17.5, 0.3)
    return TOP_OF_NEXT


def _equation(paper: Paper, figures: Sequence[Figure], y: float) -> None:
    wide = (WIDTH - SIGN * (len(figures) - 1)) / max(1, len(figures))
    size = min(fit(money(figure.amount), BOLD, 19, (wide - 4, 9.5))[0] for figure in figures)
    x = MARGIN
    for figure in figures:
        if figure.sign:
            paper.text(x - SIGN / 2, y + 10, figure.sign, 14, bold=True, align="centre")
        with paper.part("P"):
            paper.block((x + 2, y + 1.2, wide - 4, 4.6), figure.name, 8, may_cut=True)
            paper.block((x + 2, y + 6.2, wide - 4, 9.5), money(figure.amount), size, bold=True)
        paper.box(x, y, wide, EQUATION - 3, line=0.5 if figure is figures[0] else 0.25)
        x += wide + SIGN


def _table(paper: Paper, part: _Part) -> float:
    table, y = part.table, part.y
    edges = list(_edges(table))
    if part.begins:
        with paper.part("H2"):
            paper.block((MARGIN, y + 1, WIDTH, TITLE - 2), table.title, 11, bold=True, may_cut=True)
        y += TITLE
    numeric = [any(isinstance(cell, int) for cell in cells) for cells in zip(*table.rows, strict=True)]
    with paper.part("Table"):
        with paper.part("TR"):
            for (left, right), column, number in zip(edges, table.columns, numeric, strict=True):
                with paper.part("TH"):
                    _heading(paper, (left, y, right - left, HEAD), column.heading, number=number)
        y += HEAD
        paper.line(MARGIN, y, RIGHT, y, 0.5)
        for row in part.rows:
            y = _row(paper, row, edges, y)
            paper.line(MARGIN, y, RIGHT, y, 0.1)
        if part.ends and table.total:
            paper.line(MARGIN, y, RIGHT, y, 0.5)
            y = _row(paper, table.total, edges, y, bold=True)
    return y


def _edges(table: Table) -> Iterator[tuple[float, float]]:
    scale = WIDTH / sum(column.width for column in table.columns)
    left = MARGIN
    for column in table.columns:
        yield left, left + column.width * scale
        left += column.width * scale


def _heading(paper: Paper, box: Box, text: str, *, number: bool) -> None:
    """Lines that stand on the table, above numbers to the right."""
    x, y, wide, high = box
    size, lines = fit(normal(text), BOLD, 7.8, (wide - 1.8, high - 1), may_cut=True)
    for above, line in enumerate(reversed(lines)):
        place = x + wide - 1 if number else x + 1
        baseline = y + high - 1.8 - above * size * LEADING / MM
        paper.text(place, baseline, line, size, bold=True, align="right" if number else "left")


def _row(
    paper: Paper, row: Sequence[Cell], edges: Sequence[tuple[float, float]], y: float, *, bold: bool = False
) -> float:
    with paper.part("TR"):
        for (left, right), cell in zip(edges, row, strict=True):
            with paper.part("TD"):
                if isinstance(cell, int):
                    paper.text(right - 1, y + 4.6, money(cell), SIZE, bold=bold, align="right", room=right - left - 1.4)
                elif cell:
                    paper.centred_block((left + 1, y, right - left - 1.8, ROW), cell, SIZE, bold=bold)
    return y + ROW


def _end(paper: Paper, report: Report, bottom: float, language: Language) -> None:
    y = bottom + AFTER
    if report.remark:
        paper.block((MARGIN, y, WIDTH, 8), report.remark, 7.5, may_cut=True)
        y += 9.0
    wide = WIDTH / max(1, len(report.signers))
    for number, signer in enumerate(report.signers):
        with paper.part("P"):
            paper.block((MARGIN + wide * number, y, wide - 3, 6), signer, 9.5, bold=True)
            paper.block((MARGIN + wide * number, y + 5.5, wide - 3, 5), say(language, "signature_name"), 8)
