"""A ward's own letters go before the ones that come with the program, and a mistake stops them with its line."""

from pathlib import Path

import pytest

from delivery.dispatch.inserts import find_insert, insert_text, print_inserts
from delivery.errors import BadInput, NotFound, NotNow, UnreadableFile
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.delivery.typed import typed
from tests.labels.reading import words

BIRTH, COPY = "1.001193", "2.000815"


def write(home: Path, text: str, procedure: str = BIRTH) -> Path:
    path = home / "inserts" / f"{procedure}.vi.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_births_marriages_and_deaths_have_a_letter_and_copies_have_none(tmp_path: Path) -> None:
    with_letter = [code for code in (BIRTH, "1.000894", "1.000656", COPY) if insert_text(tmp_path, code) is not None]

    assert with_letter == [BIRTH, "1.000894", "1.000656"]
    with pytest.raises(NotFound, match="inserts"):
        find_insert(tmp_path, COPY, "vi")


def test_the_ward_writes_its_own_and_an_empty_file_means_no_letter(tmp_path: Path) -> None:
    write(tmp_path, "# Chào bé\n")
    assert find_insert(tmp_path, BIRTH, "vi").text == "# Chào bé\n"
    write(tmp_path, "Kính gửi {ten}", COPY)
    assert find_insert(tmp_path, COPY, "vi").own

    write(tmp_path, "\n")
    assert insert_text(tmp_path, BIRTH) is None


def test_a_mistake_names_file_and_line_and_a_code_is_never_a_path(tmp_path: Path) -> None:
    path = write(tmp_path, "# Chào bé\n\n<b>đậm</b>\n")

    with pytest.raises(UnreadableFile, match=f"{path.name}.*3"):
        find_insert(tmp_path, BIRTH, "vi")
    with pytest.raises(BadInput):
        find_insert(tmp_path, "../keys/seal", "vi")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFile):
        find_insert(tmp_path, BIRTH, "vi")


def test_a_batch_gets_its_letters_in_the_order_of_its_labels(service: Service, intake: Intake, tmp_path: Path) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1), a_row(2, Mã_thủ_tục=COPY, Tên_thủ_tục="Chứng thực bản sao"), a_row(3))
    day.plan()
    write(service.settings.home, "Kính gửi {ten}")
    out = tmp_path / "letters.pdf"

    done = typed(service, "insert", "print", day.batch, "--out", str(out))

    assert done.returncode == 0, done.stderr
    pages = [" ".join(page.split()) for page in words(out.read_bytes())]
    assert sorted("1" if "Thử Số 1" in page else "3" if "Thử Số 3" in page else "?" for page in pages) == ["1", "3"]


def test_without_letters_a_batch_says_so(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1, Mã_thủ_tục=COPY, Tên_thủ_tục="Chứng thực bản sao"))
    day.plan()

    with service.database.read() as session, pytest.raises(NotNow, match=day.batch):
        print_inserts(session, service.settings.home, day.batch)
