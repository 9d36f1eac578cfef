"""The hand-over manifest: every envelope on the table, one code for all of them, two signatures."""

from labels.label import spaced
from labels.model import Manifest, ManifestLine
from labels.paper import A4, Paper
from labels.texts import Language, money, say

MARGIN = 14.0
WIDTH = A4[0] - 2 * MARGIN
ROW = 8.0
FIRST_ROW, LAST_ROW = 54.0, 278.0
SIGNATURES = 48.0
ROWS_A_PAGE = int((LAST_ROW - FIRST_ROW - ROW) // ROW)
ROWS_WITH_SIGNATURES = int((LAST_ROW - FIRST_ROW - ROW - SIGNATURES) // ROW)
# Left edges of: number, item code, receiver, area, money, tick.
COLUMNS = (14.0, 24.0, 66.0, 112.0, 158.0, 184.0, 196.0)
HEADINGS = ("number", "item_code", "receiver", "area", "money", "check")


def draw_manifest(manifest: Manifest, language: Language = "vi") -> bytes:
    """The list on as many sheets as it needs, signatures on the last.

    Raises CannotDraw and FontsMissing.
    """
    pages = _pages(manifest.lines)
    with Paper(A4, f"{say(language, 'manifest_title')} {manifest.code}", language) as paper:
        first = 1
        for page, lines in enumerate(pages, start=1):
            _head(paper, manifest, language)
            bottom = _table(paper, lines, first, language)
            if page == len(pages):
                _end(paper, manifest, bottom, language)
            page_number = say(language, "page", page=page, pages=len(pages))
            paper.text(A4[0] - MARGIN, 289, page_number, 8, align="right")
            paper.text(MARGIN, 289, f"{manifest.code} · {manifest.digest[:16]}", 7)
            paper.next_page()
            first += len(lines)
        return paper.finish()


def _pages(lines: tuple[ManifestLine, ...]) -> list[tuple[ManifestLine, ...]]:
    """The lines of each page; the last leaves room for the signatures and may hold none."""
    pages = []
    rest = lines
    while len(rest) > ROWS_WITH_SIGNATURES:
        pages.append(rest[:ROWS_A_PAGE])
        rest = rest[ROWS_A_PAGE:]
    return [*pages, rest]


def _head(paper: Paper, manifest: Manifest, language: Language) -> None:
    paper.text(MARGIN, 17, say(language, "manifest_title"), 16, bold=True)
    paper.block((MARGIN, 20, 90, 10), manifest.sender.name, 10, bold=True)
    facts = f"{say(language, 'batch')} {manifest.batch} · {say(language, 'day')} {manifest.day}"
    paper.text(MARGIN, 35, facts, 10)
    paper.barcode(A4[0] - MARGIN - 72, 9, manifest.code, 14)
    paper.text(A4[0] - MARGIN - 36, 28, manifest.code, 11, bold=True, align="centre")
    paper.text(A4[0] - MARGIN - 36, 33, say(language, "scan_all"), 8, align="centre")
    for left, name in zip(COLUMNS, HEADINGS, strict=False):
        paper.text(left + 1.5, FIRST_ROW - ROW + 5.4, say(language, name), 8, bold=True)
    paper.line(MARGIN, FIRST_ROW, MARGIN + WIDTH, FIRST_ROW, 0.4)


def _table(paper: Paper, lines: tuple[ManifestLine, ...], first: int, language: Language) -> float:
    y = FIRST_ROW
    for number, line in enumerate(lines, start=first):
        cells = (str(number), spaced(line.item_code), line.receiver, line.area, _money(line, language))
        for left, right, text in zip(COLUMNS, COLUMNS[1:], cells, strict=False):
            paper.block((left + 1.5, y + 1.2, right - left - 2.5, ROW - 1.4), text, 9, may_cut=True)
        paper.box(COLUMNS[5] + 3.5, y + 2, 4, 4)
        y += ROW
        paper.line(MARGIN, y, MARGIN + WIDTH, y, 0.1)
    return y


def _money(line: ManifestLine, _language: Language) -> str:
    return money(line.to_collect) if line.to_collect else ""


def _end(paper: Paper, manifest: Manifest, top: float, language: Language) -> None:
    total = sum(line.to_collect for line in manifest.lines)
    summary = say(language, "total", count=len(manifest.lines), money=money(total))
    paper.text(MARGIN, top + 7, summary, 11, bold=True)
    for x, name in ((MARGIN, "ward_signs"), (MARGIN + WIDTH / 2, "carrier_signs")):
        paper.text(x, top + 17, say(language, name), 10, bold=True)
        paper.text(x, top + 21.5, say(language, "signature_hint"), 8)
