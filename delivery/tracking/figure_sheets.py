"""Figures as files: a table of values for whoever reckons on, as CSV or as a workbook."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from openpyxl import Workbook

from delivery.i18n import gettext as _
from delivery.intake.cells import harmless
from delivery.tracking.figures import Figures

# The name of a grouping, and the figures of each of its groups.
Grouping = tuple[str, Mapping[str, Figures]]
Line = list[str | int | float | None]


def figures_csv(groupings: Sequence[Grouping]) -> bytes:
    """All groupings one below the other, in UTF-8 with the mark that spreadsheets look for."""
    written = io.StringIO()
    csv.writer(written).writerows(_lines(groupings))
    return written.getvalue().encode("utf-8-sig")


def figures_xlsx(groupings: Sequence[Grouping]) -> bytes:
    """The same as a workbook."""
    book, written = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for line in _lines(groupings):
        sheet.append(line)
    book.save(written)
    return written.getvalue()


FIGURE_SHEETS: dict[str, Callable[[Sequence[Grouping]], bytes]] = {"csv": figures_csv, "xlsx": figures_xlsx}


def _lines(groupings: Sequence[Grouping]) -> list[Line]:
    head: Line = [
        _("Grouped by"), _("Group"), _("Delivered"), _("Returned"), _("On time"), _("At the first visit"),
        _("Days to the door (median)"), _("Postage each, dong"), _("Stars (1–5)"), _("Ratings"),
    ]  # fmt: skip
    return [head, *(_line(name, group, figures) for name, groups in groupings for group, figures in groups.items())]


def _line(name: str, group: str, figures: Figures) -> Line:
    shares = [None if share is None else round(share, 4) for share in (figures.on_time, figures.first_visit)]
    postage = None if figures.postage is None else round(figures.postage)
    rating = None if figures.rating is None else round(figures.rating, 2)
    counts = [figures.delivered, figures.returned]
    return [name, harmless(group), *counts, *shares, figures.days, postage, rating, figures.rated]
