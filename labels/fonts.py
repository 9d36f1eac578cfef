"""Be Vietnam Pro, whose diacritics stay apart at small sizes; it comes from a package at set-up."""

from functools import cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from labels.errors import FontsMissing

REGULAR, BOLD = "BeVietnamPro-Regular", "BeVietnamPro-Bold"


@cache
def register() -> None:
    """Make the fonts known to ReportLab, once.

    Raises FontsMissing.
    """
    try:
        from fontpkg_be_vietnam_pro import ROOT  # noqa: PLC0415  missing only where set-up was not run

        for name in (REGULAR, BOLD):
            pdfmetrics.registerFont(TTFont(name, str(ROOT / "files" / f"{name}.ttf")))
    except (ImportError, TTFError) as error:
        raise FontsMissing("The font Be Vietnam Pro is not installed. Run: make setup") from error
