"""The calibration page of a label printer: how far its paper lies off, and the narrowest bars that can be read."""

from labels.codes import BAR, QUIET_BARS
from labels.paper import A6_THERMAL, Paper
from labels.texts import Language, say

EDGE = 10.0
LONGEST = {"across": 80, "down": 130}
WIDTHS = (1, 2, 3, 4, 5)  # printer dots
LEFT, TOP, STEP, TALL = 24.0, 58.0, 17.5, 10.0


def calibration_code(dots: int) -> str:
    """What the bars of that many dots say."""
    return f"TN{dots}"


def draw_calibration(printer: str, dpi: int = 203, language: Language = "vi") -> bytes:
    """One page for one printer; `printer` is its name and settings, printed on top.

    Both rulers begin exactly 10 mm from the paper's edges: what a person measures instead is the offset.
    """
    with Paper(A6_THERMAL, say(language, "calibration_title"), language) as paper:
        _ruler(paper, across=True)
        _ruler(paper, across=False)
        paper.text(LEFT, 24, say(language, "calibration_title"), 14, bold=True)
        end = paper.block((LEFT, 26, 72, 6), printer, 9, may_cut=True)
        end = paper.block((LEFT, end + 1.5, 72, 13), say(language, "calibration_offset"), 8)
        paper.block((LEFT, end + 1, 72, TOP - end - 2), say(language, "calibration_bars"), 8)
        for row, dots in enumerate(WIDTHS):
            _bars(paper, dots, dpi, TOP + row * STEP, language)
        paper.next_page()
        return paper.finish()


def _ruler(paper: Paper, *, across: bool) -> None:
    length = LONGEST["across" if across else "down"]
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
