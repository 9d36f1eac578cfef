"""The calibration page of a printer: how far its paper lies off, and the narrowest bars that can be read."""

from labels.codes import BAR, QUIET_BARS
from labels.label import WIDE, Sheet, place_of
from labels.paper import A6_THERMAL, Paper, Place
from labels.texts import Language, say

EDGE = 10.0
LONGEST = (80, 130)
WIDTHS = (1, 2, 3, 4, 5)  # printer dots
LEFT, TOP, STEP, TALL = 24.0, 58.0, 17.5, 10.0


def calibration_code(dots: int) -> str:
    """What the bars of that many dots say."""
    return f"TN{dots}"


def draw_calibration(
    printer: str,
    dpi: int = 203,
    language: Language = "vi",
    *,
    shift: Place = (0.0, 0.0),
    told: str = "calibration_offset",
) -> bytes:
    """One page for one label printer; `printer` is its name and settings, printed on top.

    Both rulers begin exactly 10 mm from the paper's edges, moved by the `shift` that is set: what a person measures
    instead is still to be added. `told` is the text that says where to enter it.
    """
    with Paper(A6_THERMAL, say(language, "calibration_title"), language) as paper, paper.within(*shift):
        _rulers(paper, LONGEST)
        paper.text(LEFT, 24, say(language, "calibration_title"), 14, bold=True)
        end = paper.block((LEFT, 26, 72, 6), printer, 9, may_cut=True)
        end = paper.block((LEFT, end + 1.5, 72, 13), say(language, told), 8)
        paper.block((LEFT, end + 1, 72, TOP - end - 2), say(language, "calibration_bars"), 8)
        for row, dots in enumerate(WIDTHS):
            _bars(paper, dots, dpi, TOP + row * STEP, language)
    paper.next_page()
    return paper.finish()


def draw_sheet_calibration(
    printer: str, sheet: Sheet, language: Language = "vi", *, shift: Place = (0.0, 0.0)
) -> bytes:
    """One page for a printer with sheets of several labels: the rulers, and the edges of each label.

    `printer` is its name and settings; the rulers begin as those of `draw_calibration` do.
    """
    own = A6_THERMAL if sheet.upright else WIDE
    with Paper(sheet.size, say(language, "calibration_title"), language) as paper:
        with paper.within(*shift):
            _rulers(paper, (int(sheet.size[0] - 2 * EDGE), int(sheet.size[1] - 2 * EDGE)))
            paper.text(LEFT, 30, say(language, "calibration_title"), 14, bold=True)
            end = paper.block((LEFT, 33, 74, 6), printer, 9, may_cut=True)
            end = paper.block((LEFT, end + 1.5, 74, 22), say(language, "calibration_on_page"), 8)
            paper.block((LEFT, end + 1.5, 74, 13), say(language, "calibration_edges"), 8)
        for place in range(sheet.places):
            left, top, scale = place_of(sheet, place, shift)
            with paper.set_apart(grey=0.5, dashes=(2.0, 2.0)):
                paper.box(left, top, own[0] * scale, own[1] * scale, line=0.25)
        paper.next_page()
        return paper.finish()


def _rulers(paper: Paper, longest: tuple[int, int]) -> None:
    _ruler(paper, longest[0], across=True)
    _ruler(paper, longest[1], across=False)


def _ruler(paper: Paper, length: int, *, across: bool) -> None:
    for step in range(length + 1):
        tick = 5.0 if step % 10 == 0 else 3.5 if step % 5 == 0 else 2.0
        at = EDGE + step
        if across:
            paper.line(at, EDGE, at, EDGE + tick, 0.125)
        else:
            paper.line(EDGE, at, EDGE + tick, at, 0.125)
        if step % 10 == 0 and step:
            x, y = (at, EDGE + tick + 2.5) if across else (EDGE + tick + 3, at + 0.9)
            paper.text(x, y, str(step), 7, align="centre")
    if across:
        paper.line(EDGE, EDGE, EDGE + length, EDGE, 0.25)
    else:
        paper.line(EDGE, EDGE, EDGE, EDGE + length, 0.25)


def _bars(paper: Paper, dots: int, dpi: int, y: float, language: Language) -> None:
    """Bars of whole dots, beginning on a dot, so that the page shows the printer and not our rounding."""
    dot = 25.4 / dpi
    width = dots * dot
    paper.text(LEFT, y + 3, say(language, "calibration_dots", dots=dots, width=f"{width:.3f}"), 8)
    left = round((LEFT + 2) / dot) * dot
    paper.barcode(left - QUIET_BARS * width, y + 4, calibration_code(dots), TALL, dots=3 * width / BAR)
