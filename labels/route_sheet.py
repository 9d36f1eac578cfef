"""A courier's day on paper: it needs no battery and no network. The sketch first, then the doors with their codes."""

from collections.abc import Sequence

from labels.label import spaced
from labels.model import RouteSheet, RouteStop
from labels.paper import A4, Paper
from labels.sketch import draw_sketch
from labels.texts import Language, money, say

MARGIN = 10.0
WIDTH = A4[0] - 2 * MARGIN
ROW = 31.0
SKETCH_TOP, SKETCH_HEIGHT = 34.0, 118.0
FIRST_PAGE_TOP = SKETCH_TOP + SKETCH_HEIGHT + 4
NEXT_PAGE_TOP = 30.0
BOTTOM = 286.0
OUTCOMES = ("delivered", "absent", "refused", "wrong_address")


def draw_route_sheets(sheets: Sequence[RouteSheet], language: Language = "vi") -> bytes:
    """All sheets one after the other, each beginning on a page of its own.

    Raises CannotDraw and FontsMissing.
    """
    with Paper(A4, say(language, "route_title"), language) as paper:
        for sheet in sheets:
            _draw(paper, sheet, language)
        if not sheets:
            paper.next_page()
        return paper.finish()


def _draw(paper: Paper, sheet: RouteSheet, language: Language) -> None:
    pages = _pages(sheet.stops)
    for number, stops in enumerate(pages, start=1):
        _head(paper, sheet, language)
        top = NEXT_PAGE_TOP
        if number == 1:
            box = (MARGIN, SKETCH_TOP, WIDTH, SKETCH_HEIGHT)
            draw_sketch(paper, box, sheet.start, sheet.stops, sheet.outlines, sheet.way)
            top = FIRST_PAGE_TOP
        for stop in stops:
            _stop(paper, stop, top, language)
            top += ROW
        page = say(language, "page", page=number, pages=len(pages))
        paper.text(A4[0] - MARGIN, 290, f"{sheet.route} · {page}", 8, align="right")
        paper.next_page()


def _pages(stops: tuple[RouteStop, ...]) -> list[tuple[RouteStop, ...]]:
    first, others = int((BOTTOM - FIRST_PAGE_TOP) // ROW), int((BOTTOM - NEXT_PAGE_TOP) // ROW)
    pages = [stops[:first]]
    pages += [stops[at : at + others] for at in range(first, len(stops), others)]
    return pages


def _head(paper: Paper, sheet: RouteSheet, language: Language) -> None:
    paper.text(MARGIN, 16, f"{say(language, 'route_title')} {sheet.route}", 16, bold=True)
    paper.text(A4[0] - MARGIN, 16, f"{say(language, 'leaves')} {sheet.leave} · {say(language, 'back')} {sheet.back}",
               14, bold=True, align="right")  # fmt: skip
    facts = (
        f"{say(language, 'courier')}: {sheet.courier}",
        f"{say(language, 'day')} {sheet.day}",
        f"{say(language, 'stops')}: {len(sheet.stops)}",
        f"{sheet.distance / 1000:.1f} km".replace(".", ","),
    )
    paper.block((MARGIN, 19, WIDTH, 5), " · ".join(facts), 10)
    paper.block((MARGIN, 24, WIDTH, 4.5), f"{sheet.office.name} · {say(language, 'batch')} {sheet.batch}", 8)


def _stop(paper: Paper, stop: RouteStop, top: float, language: Language) -> None:
    paper.line(MARGIN, top, MARGIN + WIDTH, top, 0.2)
    paper.text(MARGIN, top + 9, str(stop.position), 20, bold=True)
    paper.text(MARGIN, top + 16, stop.arrival, 12, bold=True)
    paper.block((MARGIN, top + 18, 20, 11), stop.slot or say(language, "any_time"), 7.5, may_cut=True)
    _who(paper, stop, top, language)
    paper.barcode(A4[0] - MARGIN - 63, top + 2.5, stop.item_code, 11)
    paper.text(A4[0] - MARGIN - 31.5, top + 17.5, spaced(stop.item_code), 9, align="centre")
    _outcomes(paper, top + 21, language)


def _who(paper: Paper, stop: RouteStop, top: float, language: Language) -> None:
    left, width = MARGIN + 22, 102.0
    end = paper.block((left, top + 1.2, width, 8), stop.receiver.name, 11, bold=True, may_cut=True)
    phone = f"{stop.receiver.phone}  " if stop.receiver.phone else ""
    collect = say(language, "collect", money=money(stop.to_collect)) if stop.to_collect else ""
    if phone or collect:
        end = paper.block((left, end, width, 5), f"{phone}{collect}", 10, bold=True)
    where = ", ".join(part for part in (stop.receiver.address, stop.receiver.area) if part)
    end = paper.block((left, end, width, top + 22.5 - end), where, 9, may_cut=True)
    paper.block(
        (left, end, width, top + 30 - end), " · ".join(t for t in (stop.must_show, stop.note) if t), 7.5, may_cut=True
    )


def _outcomes(paper: Paper, top: float, language: Language) -> None:
    x = A4[0] - MARGIN - 62
    for name in OUTCOMES:
        paper.box(x, top + 1, 3.2, 3.2)
        paper.text(x + 4.2, top + 3.7, say(language, name), 6.5)
        x += 4.2 + 3 + len(say(language, name)) * 1.25
