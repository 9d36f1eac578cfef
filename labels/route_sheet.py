"""A courier's day on paper: it needs no battery and no network. The sketch first, then the doors with their codes.

Nothing lies across the middle of a page, so that the sheet can be folded to A5.
"""

from collections.abc import Sequence

from labels.label import spaced
from labels.model import Point, RouteSheet, RouteStop
from labels.paper import A4, Paper
from labels.sketch import Frame, draw_sketch
from labels.texts import Language, money, say

MARGIN = 9.0
WIDTH = A4[0] - 2 * MARGIN
RIGHT = MARGIN + WIDTH
FOLD = A4[1] / 2
ROW = 33.0
ROWS_A_HALF = 4
UPPER, LOWER = 14.0, FOLD + 2.5
SKETCH = (MARGIN, 32.0, WIDTH, FOLD - 32.0 - 3)
# Where the columns of a stop begin: who and where, then codes and boxes.
WHO, CODES = MARGIN + 22, RIGHT - 66
OUTCOMES = ("delivered", "absent", "refused", "wrong_address")


def draw_route_sheets(sheets: Sequence[RouteSheet], language: Language = "vi") -> bytes:
    """All sheets one after the other, each beginning on a page of its own.

    Raises CannotDraw and FontsMissing.
    """
    with Paper(A4, say(language, "route_title"), language) as paper:
        for sheet in sheets:
            with paper.part("Sect"):
                _draw(paper, sheet, language)
        return paper.finish()


def sketched_area(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """South, west, north, east of the ground that the sketch around these points shows, in degrees."""
    return Frame.around(points, SKETCH).area


def route_sheet_pages(sheet: RouteSheet) -> list[tuple[RouteStop, ...]]:
    """The stops of each page: the first has the sketch in its upper half."""
    stops = sheet.stops
    rest = range(ROWS_A_HALF, len(stops), 2 * ROWS_A_HALF)
    return [stops[:ROWS_A_HALF], *(stops[at : at + 2 * ROWS_A_HALF] for at in rest)]


def _draw(paper: Paper, sheet: RouteSheet, language: Language) -> None:
    pages = route_sheet_pages(sheet)
    for number, stops in enumerate(pages, start=1):
        tops = [LOWER + ROW * row for row in range(ROWS_A_HALF)]
        page = f"{sheet.route} · {say(language, 'page', page=number, pages=len(pages))}"
        if number == 1:
            _head(paper, sheet, language)
            draw_sketch(paper, SKETCH, sheet, language)
            paper.text(RIGHT, 290, page, 8, align="right", room=WIDTH / 2)
        else:
            tops = [UPPER + ROW * row for row in range(ROWS_A_HALF)] + tops
            title = f"{say(language, 'route_title')} {sheet.route} · {sheet.day}"
            paper.text(MARGIN, 10.5, title, 10, bold=True, room=WIDTH / 2)
            paper.text(RIGHT, 10.5, page, 10, bold=True, align="right", room=WIDTH / 2 - 2)
        for stop, top in zip(stops, tops, strict=False):
            with paper.part("Sect"):
                _stop(paper, stop, top, language)
        paper.next_page()


def _head(paper: Paper, sheet: RouteSheet, language: Language) -> None:
    with paper.part("H1"):
        paper.text(MARGIN, 16, f"{say(language, 'route_title')} {sheet.route}", 20, bold=True, room=110)
    with paper.part("P"):
        times = f"{say(language, 'leaves')} {sheet.leave} · {say(language, 'back')} {sheet.back}"
        paper.text(RIGHT, 16, times, 16, bold=True, align="right", room=WIDTH - 112)
    facts = (
        f"{say(language, 'courier')}: {sheet.courier}",
        f"{say(language, 'day')} {sheet.day}",
        f"{say(language, 'stops')}: {len(sheet.stops)}",
        f"{sheet.distance / 1000:.1f} km".replace(".", ","),
    )
    with paper.part("P"):
        paper.block((MARGIN, 18.5, WIDTH, 6), " · ".join(facts), 12, may_cut=True)
        office = f"{sheet.office.name} · {sheet.office.phone} · {say(language, 'batch')} {sheet.batch}"
        paper.block((MARGIN, 25, WIDTH, 5), office, 9, may_cut=True)


def _stop(paper: Paper, stop: RouteStop, top: float, language: Language) -> None:
    paper.line(MARGIN, top, RIGHT, top, 0.4)
    with paper.part("H2"):
        paper.text(MARGIN, top + 11, str(stop.position), 26, bold=True, room=20.5)
    with paper.part("P"):
        paper.text(MARGIN, top + 18.5, stop.arrival, 14, bold=True, room=20.5)
        paper.block((MARGIN, top + 20, 20.5, 12), stop.slot or say(language, "any_time"), 8.5, may_cut=True)
    _who(paper, stop, top, language)
    paper.barcode(CODES, top + 1.5, stop.item_code, 9, room=RIGHT - CODES + 3)
    paper.text(CODES + 33, top + 14.3, spaced(stop.item_code), 10, align="centre", room=60)
    _outcomes(paper, top + 16, language)


def _who(paper: Paper, stop: RouteStop, top: float, language: Language) -> None:
    width = CODES - WHO
    with paper.part("P"):
        end = paper.block((WHO, top + 0.8, width, 6.5), stop.receiver.name, 13, bold=True, may_cut=True)
        collect = say(language, "collect", money=money(stop.to_collect)) if stop.to_collect else ""
        told = " · ".join(part for part in (stop.receiver.phone, collect) if part)
        if told:
            end = paper.block((WHO, end, width, 6), told, 12, bold=True, may_cut=True)
    with paper.part("P"):
        where = ", ".join(part for part in (stop.receiver.address, stop.receiver.area) if part)
        end = paper.block((WHO, end, width, top + 25 - end), where, 11, may_cut=True)
    near = f"{say(language, 'landmark')}: {stop.landmark}" if stop.landmark else ""
    noted = " · ".join(text for text in (near, stop.must_show, stop.note) if text)
    if noted:
        with paper.part("P"):
            paper.block((WHO, end, width, top + ROW - 0.8 - end), noted, 9, may_cut=True)


def _outcomes(paper: Paper, top: float, language: Language) -> None:
    """Boxes to tick, and one to sign in."""
    for number, name in enumerate(OUTCOMES):
        y = top + 0.6 + 4 * number
        paper.box(CODES + 4, y, 3.2, 3.2, line=0.35)
        paper.text(CODES + 8.4, y + 2.7, say(language, name), 8)
    paper.box(CODES + 31, top + 0.4, 35, 15.4, line=0.35)
    paper.text(CODES + 32, top + 3.4, say(language, "signed"), 7)
