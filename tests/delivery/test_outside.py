"""What strangers can read on an envelope or on the post's list never tells what is inside, whatever was applied for."""

import csv
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery import setting_up
from delivery.dispatch.appointments import appointments_of
from delivery.dispatch.printing import Look, papers_of
from delivery.models import Batch, Item
from labels.appointment import draw_appointments
from labels.label import SHEETS
from labels.zpl import Raster, pages_in, sheets_of
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.labels.reading import GRAPHIC, said_besides, words

SEED = Path(setting_up.__file__).parent / "seed" / "procedures.csv"
PROCEDURES = list(csv.DictReader(SEED.read_text(encoding="utf-8").splitlines()))
# Words that stand for what procedures are about, beside their full names.
TELLING = (
    "khai sinh",
    "khai tử",
    "kết hôn",
    "hôn nhân",
    "trích lục",
    "hộ tịch",
    "giám hộ",
    "chứng thực",
    "hồ sơ",
    "cccd",
)


@pytest.fixture
def papers(service: object, intake: Intake) -> dict[str, bytes]:
    """The papers of a day with an envelope of every procedure whose result may be posted."""
    day = Day(service, intake)  # type: ignore[arg-type]
    day.import_and_place(
        *(
            a_row(number, Mã_thủ_tục=procedure["code"], Tên_thủ_tục=procedure["name_vi"], Chủ_hồ_sơ=f"Người {number}")
            for number, procedure in enumerate(PROCEDURES, start=1)
        )
    )
    day.plan()
    day.print()
    with day.service.database.read() as session:
        posted = session.scalar(sa.select(sa.func.count(Item.id)).join(Batch))
    assert posted == sum(procedure["postable"] == "1" for procedure in PROCEDURES)
    others = {
        f"labels, {sheet}{' private' * private}": look_at(day, Look(sheet, 0, private=private))
        for sheet in SHEETS
        for private in (False, True)
    }
    return {**day.papers, **others, "appointments.pdf": slips_of(day)}


def look_at(day: Day, look: Look) -> bytes:
    return papers_of(day.service, day.batch, look, wanted={"labels.pdf"})["labels.pdf"]


def slips_of(day: Day) -> bytes:
    """The appointment slips of all envelopes, as citizens carry them home through the rain."""
    with day.service.database.read() as session:
        items = session.scalars(sa.select(Item)).all()
        slips = [slip for item in items for slip in appointments_of(session, item.tracking_code, "http://127.0.0.1/t")]
    return draw_appointments(slips)


def telling_in(said: str) -> list[str]:
    """The words that stand for what somebody applied for."""
    names = [procedure[part] for procedure in PROCEDURES for part in ("code", "name_vi", "name_en")]
    return [word for word in (*names, *TELLING, "h26.41.118") if word.casefold() in said.casefold()]


def test_nothing_that_travels_outside_says_what_is_inside(papers: dict[str, bytes]) -> None:
    inside = {"slips.pdf", "route-sheets.pdf"}
    for name, pdf in papers.items():
        if name not in inside:
            said = "\n".join(words(pdf)) + said_besides(pdf)
            assert (name, telling_in(said)) == (name, [])
            assert "912345" not in said.replace(" ", "")


def test_a_courier_s_sheet_names_no_procedure_and_no_dossier(papers: dict[str, bytes]) -> None:
    said = "\n".join(words(papers["route-sheets.pdf"])) + said_besides(papers["route-sheets.pdf"])

    assert telling_in(said) == []


def test_what_goes_to_a_label_printer_is_a_picture_and_the_run_s_name(papers: dict[str, bytes]) -> None:
    feet = tuple(f"BD-261125-1-1  {number}" for number in range(pages_in(papers["labels.pdf"])))
    for sheet in sheets_of(papers["labels.pdf"], Raster(), feet):
        # The picture is that of the PDF, which has been read above: what is left is plain text.
        text = GRAPHIC.sub("", sheet.decode())
        assert len(text) < 200
        assert telling_in(text) == []
