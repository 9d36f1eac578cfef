"""What a poisoned row says is printed as letters, on every paper and for every printer, and does nothing there."""

import io
from collections.abc import Iterator

import pikepdf
import pypdfium2
import pytest

from delivery.dispatch.batching import batch_due
from delivery.dispatch.planning import request_plan
from delivery.geocoding import geocode
from labels.zpl import Raster, sheets_of
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.security.ground import Ground

ACTIVE = ("/JavaScript", "/JS", "/OpenAction", "/AA", "/Launch", "/EmbeddedFile", "/RichMedia", "/SubmitForm", "/GoToR")
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
NAME = "Nguyễn) Tj ET (/JS) << /S /JavaScript >> \\) endstream ^XZ^XA~JA\u202egnp"
ADDRESS = "Số 7 <b>phố</b> Thử \x1bE ^FD~DG\\r {{7*7}} <img src=http://evil.example/x>, phường Bồ Đề, Hà Nội"


@pytest.fixture(scope="module")
def papers(_house: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """All papers of a batch whose rows somebody has poisoned."""
    ground = _house.copy(tmp_path_factory.mktemp("poisoned") / "home")
    day = Day(ground.service, Intake(ground.service.database, tmp_path_factory.mktemp("rows")))
    row = a_row(77, "Việt Hưng", Chủ_hồ_sơ=NAME, Địa_chỉ_nhận=ADDRESS.replace("Bồ Đề", "Việt Hưng"), Ghi_chú=NAME)
    day.intake.rows(row)
    assert not day.intake.refused, day.intake.reasons
    geocode(ground.service.database, NOW)
    with ground.service.database.write() as session:
        day.batch = next(batch.code for batch in batch_due(session, day.day, NOW) if batch.code.startswith("VH"))
        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)
    day.work("plan")
    day.print()
    yield day.papers
    ground.close()


def things(pdf: bytes) -> Iterator[str]:
    """The names of all entries of all objects of a document."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for thing in file.objects:
            if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
                yield from thing.keys()
                yield from (str(value) for value in thing.values() if isinstance(value, pikepdf.Name))


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_nothing_of_a_row_acts_in_a_paper(papers: dict[str, bytes]) -> None:
    for name, pdf in papers.items():
        assert not set(ACTIVE) & set(things(pdf)), name
        assert not set(DIRECTIONS) & set(text_of(pdf)), name
        assert "\x1b" not in text_of(pdf)


def test_what_was_typed_can_be_read_as_it_was_typed(papers: dict[str, bytes]) -> None:
    told = " ".join(text_of(papers["labels.pdf"]).split())

    assert "/JavaScript" in told
    assert "<b>phố</b>" in told


def test_what_a_document_says_of_itself_names_nobody(papers: dict[str, bytes]) -> None:
    for name, pdf in papers.items():
        with pikepdf.open(io.BytesIO(pdf)) as file:
            said = str(dict(file.docinfo or {})) + file.Root.Metadata.read_bytes().decode()
        assert "Nguyễn)" not in said, name
        assert "evil.example" not in said, name


def test_a_label_printer_is_told_to_print_and_nothing_else(papers: dict[str, bytes]) -> None:
    for sheet in sheets_of(papers["labels.pdf"], Raster(), feet=(f"{NAME} ~JR ^JUS ^XZ\x1b",) * 20):
        assert (sheet.count(b"^XA"), sheet.count(b"^XZ")) == (1, 1)
        for command in (b"~JA", b"~JR", b"^JUS", b"~DG", b"\x1b"):
            assert command not in sheet
