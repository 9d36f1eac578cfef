"""The hand-over manifest: every envelope on the table, one code for all of them, two signatures, two copies."""

from collections.abc import Sequence
from itertools import groupby

from labels.codes import DOT
from labels.label import spaced
from labels.model import Manifest, ManifestLine, Signed
from labels.paper import A4, Paper, Place
from labels.proof import manifest_proof
from labels.texts import Language, money, say

MARGIN = 12.0
WIDTH = A4[0] - 2 * MARGIN
RIGHT = MARGIN + WIDTH
ROW, SIZE = 8.0, 8.8
FIRST_ROW, LAST_ROW = 48.0, 278.0
SIGNATURES, SUBTOTAL = 56.0, 5.5
# A page with the signatures and fewer rows than this could be laid to any list.
FEWEST_ON_LAST = 3
PROOF_MODULE = 4 * DOT
# A signature's field is so wide on paper, in mm, and its lines so thick.
FIELD, STROKE = 52.0, 0.35
# Left edges of the columns, and the right edge of the last.
COLUMNS = (12.0, 21.0, 56.0, 97.0, 133.0, 149.0, 160.0, 175.0, 190.0, 198.0)
HEADINGS = ("number", "item_code", "receiver", "area", "service", "grams", "fee", "money", "check")
NUMBERS = frozenset({"number", "grams", "fee", "money"})
COPIES = ("copy_ward", "copy_carrier")


def draw_manifest(manifest: Manifest, language: Language = "vi", copies: int = 2) -> bytes:
    """The list on as many sheets as it needs, signatures on the last, the whole of it once for each side.

    Raises CannotDraw and FontsMissing.
    """
    pages = manifest_pages(manifest)
    with Paper(A4, f"{say(language, 'manifest_title')} {manifest.code}", language) as paper:
        for copy in range(copies):
            with paper.part("Sect"):
                first = 1
                for page, lines in enumerate(pages, start=1):
                    _head(paper, manifest, copy, copies, language)
                    bottom = _table(paper, lines, first, language)
                    if page == len(pages):
                        _end(paper, manifest, bottom, language)
                    _foot(paper, manifest, say(language, "page", page=page, pages=len(pages)))
                    paper.next_page()
                    first += len(lines)
        return paper.finish()


def manifest_pages(manifest: Manifest) -> list[tuple[ManifestLine, ...]]:
    """The lines of each page of a copy; the last has room for totals and signatures, and some lines above them."""
    room = LAST_ROW - FIRST_ROW
    full, last = int(room // ROW), int((room - SIGNATURES - SUBTOTAL * len(_services(manifest))) // ROW)
    pages, rest = [], manifest.lines
    while len(rest) > last:
        here = full if len(rest) >= full + FEWEST_ON_LAST else min(full, len(rest) - FEWEST_ON_LAST)
        pages.append(rest[:here])
        rest = rest[here:]
    return [*pages, rest]


def _services(manifest: Manifest) -> list[tuple[str, list[ManifestLine]]]:
    """The lines of each kind of service, where there is more than one."""
    by_service = sorted(manifest.lines, key=lambda line: line.service)
    groups = [(service, list(lines)) for service, lines in groupby(by_service, key=lambda line: line.service)]
    return groups if len(groups) > 1 else []


def _head(paper: Paper, manifest: Manifest, copy: int, copies: int, language: Language) -> None:
    side = paper.qr(RIGHT - 19, 5, manifest_proof(manifest.code, manifest.digest), PROOF_MODULE, room=26)
    left = RIGHT - side - 70
    paper.barcode(left, 8, manifest.code, 12, room=73)
    paper.text(left + 35, 25, manifest.code, 11, bold=True, align="centre", room=70)
    with paper.part("H1"):
        paper.text(MARGIN, 15, say(language, "manifest_title"), 17, bold=True)
    with paper.part("P"):
        paper.text(MARGIN, 21, say(language, COPIES[copy % 2], copy=copy + 1, copies=copies), 10, bold=True)
        when = f"{say(language, 'batch')} {manifest.batch} · {say(language, 'day')} {manifest.day}"
        paper.text(MARGIN, 26, when, 10, room=92)
    parties = (("handed_from", manifest.sender.name), ("handed_over_to", manifest.carrier))
    with paper.part("P"):
        told = " · ".join(f"{say(language, name)}: {party}" for name, party in parties if party)
        paper.block((MARGIN, 28, 118, 9.5), told, 9.5, may_cut=True)
    paper.text(RIGHT, 31, say(language, "scan_all"), 7.5, align="right")
    paper.text(RIGHT, 35, f"{say(language, 'proof')}: {manifest.digest[:16].upper()}", 7.5, align="right", room=66)


def _table(paper: Paper, lines: tuple[ManifestLine, ...], first: int, language: Language) -> float:
    if not lines:
        return FIRST_ROW
    top = FIRST_ROW - ROW - 2
    with paper.part("Table"):
        with paper.part("TR"):
            for left, right, name in zip(COLUMNS, COLUMNS[1:], HEADINGS, strict=False):
                with paper.part("TH"):
                    paper.block((left + 1, top + 1.5, right - left - 1.5, ROW), say(language, name), 8, bold=True)
        paper.line(MARGIN, FIRST_ROW, RIGHT, FIRST_ROW, 0.5)
        for number, line in enumerate(lines, start=first):
            _row(paper, number, line, FIRST_ROW + ROW * (number - first), language)
    bottom = FIRST_ROW + ROW * len(lines)
    for edge in COLUMNS:
        paper.line(edge, top, edge, bottom, 0.1)
    paper.line(MARGIN, top, RIGHT, top, 0.1)
    return bottom


def _row(paper: Paper, number: int, line: ManifestLine, y: float, language: Language) -> None:
    cells = (
        str(number), _code(line, language), line.receiver, line.area, line.service,
        _figure(line.weight), _figure(line.fee), _figure(line.to_collect),
    )  # fmt: skip
    with paper.part("TR"):
        for left, right, name, text in zip(COLUMNS, COLUMNS[1:], HEADINGS, cells, strict=False):
            with paper.part("TD"):
                if name in NUMBERS:
                    paper.text(right - 1, y + 5.2, text, SIZE, align="right", room=right - left - 1.4)
                else:
                    paper.centred_block((left + 1, y, right - left - 1.8, ROW), text, SIZE)
    paper.box(COLUMNS[8] + 2, y + 2, 4, 4, line=0.3)
    paper.line(MARGIN, y + ROW, RIGHT, y + ROW, 0.1)


def _code(line: ManifestLine, language: Language) -> str:
    seal = f" {say(language, 'sealed_with', seal=line.seal)}" if line.seal else ""
    return spaced(line.item_code) + seal


def _figure(amount: int) -> str:
    return money(amount) if amount else ""


def _end(paper: Paper, manifest: Manifest, top: float, language: Language) -> None:
    y = top + 7
    with paper.part("P"):
        paper.text(MARGIN, y, _sum(manifest.lines, "total", language), 10.5, bold=True, room=WIDTH)
    for service, lines in _services(manifest):
        y += SUBTOTAL
        with paper.part("P"):
            paper.text(MARGIN + 4, y, _sum(lines, "subtotal", language, service=service or "–"), 9, room=WIDTH - 4)
    paper.text(MARGIN, y + 9, say(language, "handed_over_at"), 9.5)
    middle = MARGIN + WIDTH / 2
    sides = ((MARGIN, "ward_signs", manifest.ward_signed), (middle, "carrier_signs", manifest.carrier_signed))
    for x, name, signed in sides:
        with paper.part("P"):
            paper.text(x, y + 18, say(language, name), 10, bold=True)
            if signed is None:
                paper.text(x, y + 22.5, say(language, "signature_hint"), 8)
        if signed is not None:
            _signature(paper, (x, y + 20), signed, language)


def _signature(paper: Paper, corner: Place, signed: Signed, language: Language) -> None:
    """Who has signed, when and for what; the strokes as lines, as large as they were drawn."""
    x, y = corner
    room = WIDTH / 2 - 4
    drawn = [_placed(stroke, corner) for stroke in signed.strokes if stroke]
    if drawn:
        with paper.part("Figure", say(language, "signature_alt", signer=signed.name)), paper.set_apart():
            paper.polylines(drawn, STROKE)
    with paper.part("P"):
        if not drawn:
            paper.text(x, y + 8, signed.name, 13, room=room)
            paper.text(x, y + 14, say(language, "signed_typed"), 8, room=room)
        paper.text(x, y + 21, f"{signed.name}, {signed.at}", 8.5, room=room)
        told = say(
            language,
            "signed_earlier" if signed.earlier else "signed_for",
            count=signed.count,
            proof=signed.proof[:16].upper() or "–",
        )
        paper.text(x, y + 25, told, 7.5, bold=signed.earlier, room=room)


def _placed(stroke: Sequence[tuple[int, int]], corner: Place) -> list[Place]:
    """A stroke on the paper; one that is a single point becomes a dot that can be seen."""
    points = [(corner[0] + FIELD * across / 1000, corner[1] + FIELD * down / 1000) for across, down in stroke]
    return points if len(points) > 1 else [points[0], (points[0][0] + STROKE, points[0][1])]


def _sum(lines: Sequence[ManifestLine], name: str, language: Language, **facts: str) -> str:
    weight, fee, collected = (
        money(sum(amounts))
        for amounts in (
            (line.weight for line in lines),
            (line.fee for line in lines),
            (line.to_collect for line in lines),
        )
    )
    return say(language, name, count=len(lines), weight=weight, fee=fee, money=collected, **facts)


def _foot(paper: Paper, manifest: Manifest, page: str) -> None:
    paper.text(MARGIN, 289, manifest.code, 8)
    paper.text(RIGHT, 289, page, 8, align="right")
