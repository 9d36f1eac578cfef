"""What strangers can read on an envelope or on the post's list never tells what is inside, whatever was applied for."""

import csv
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery import setting_up
from delivery.models import Batch, Item
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.labels.reading import said_besides, words

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
    return day.papers


def test_labels_and_manifest_say_nothing_of_the_contents(papers: dict[str, bytes]) -> None:
    for name in ("labels.pdf", "manifest.pdf"):
        said = ("\n".join(words(papers[name])) + said_besides(papers[name])).casefold()
        for procedure in PROCEDURES:
            for telling in (procedure["code"], procedure["name_vi"], procedure["name_en"]):
                assert telling.casefold() not in said
        assert not [word for word in TELLING if word in said]
        assert "h26.41.118" not in said
        assert "912345" not in said.replace(" ", "")
