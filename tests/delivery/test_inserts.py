"""A ward's own letters go before the ones that come with the program; every version is kept; no mistake is printed."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.dispatch.inserts import preview_letter, print_inserts
from delivery.dispatch.letter_texts import (
    InsertText,
    Letter,
    Origin,
    Writer,
    find_insert,
    import_letters,
    insert_text,
    letter_of,
    restore,
    versions_of,
    words_of,
    write_letter,
)
from delivery.errors import BadInput, BadLetter, NotFound, NotNow, UnreadableFile
from delivery.models import Procedure
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.delivery.typed import typed
from tests.labels.reading import words

BIRTH, COPY = "1.001193", "2.000815"
LETTER = Letter(BIRTH, "vi")


def file_of(home: Path, text: str, procedure: str = BIRTH) -> Path:
    path = home / "inserts" / f"{procedure}.vi.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write(service: Service, text: str | None, by: str = "giamsat", upon: int | None = None) -> InsertText:
    with service.database.write() as session:
        return write_letter(session, service.settings.home, LETTER, text, Writer(by, NOW), upon=upon)


def holds(service: Service, letter: Letter = LETTER) -> InsertText:
    with service.database.read() as session:
        return words_of(session, service.settings.home, letter)


def test_births_marriages_and_deaths_have_a_letter_and_copies_have_none(service: Service) -> None:
    home = service.settings.home
    with service.database.read() as session:
        codes = (BIRTH, "1.000894", "1.000656", COPY)
        assert [code for code in codes if insert_text(session, home, code)] == [BIRTH, "1.000894", "1.000656"]
        with pytest.raises(NotFound, match=COPY):
            find_insert(session, home, COPY, "vi")


def test_what_the_ward_writes_holds_and_what_it_wrote_before_is_kept(service: Service) -> None:
    write(service, "# Chào bé\r\n")
    write(service, "# Chào mừng bé", by="phogiamsat")

    assert (holds(service).text, holds(service).origin, holds(service).version) == ("# Chào mừng bé\n", Origin.WARD, 2)
    with service.database.read() as session:
        versions = [(one.version, one.text, one.written_by, one.written_at) for one in versions_of(session, LETTER)]
    assert versions == [(2, "# Chào mừng bé\n", "phogiamsat", NOW), (1, "# Chào bé\n", "giamsat", NOW)]
    assert holds(service, Letter(BIRTH, "en")).origin is Origin.DELIVERED


def test_writing_what_holds_already_makes_no_version(service: Service) -> None:
    write(service, LETTER.delivered)
    assert holds(service).version == 0

    write(service, "# Chào bé")
    write(service, "# Chào bé\n\n")
    assert holds(service).version == 1


def test_any_earlier_text_can_hold_again_and_so_can_the_delivered_one(service: Service) -> None:
    home, writer = service.settings.home, Writer("giamsat", NOW + timedelta(hours=1))
    write(service, "# Một")
    write(service, "# Hai")

    with service.database.write() as session:
        restore(session, home, LETTER, 1, writer)
    assert (holds(service).text, holds(service).version) == ("# Một\n", 3)
    with service.database.write() as session:
        restore(session, home, LETTER, 0, writer)
    assert (holds(service).text, holds(service).origin) == (LETTER.delivered, Origin.DELIVERED)
    with service.database.write() as session:
        restore(session, home, LETTER, 2, writer)
        with pytest.raises(NotFound):
            restore(session, home, LETTER, 99, writer)
    assert (holds(service).text, holds(service).version) == ("# Hai\n", 5)


def test_of_two_who_write_at_once_the_second_is_told(service: Service) -> None:
    write(service, "# Của người thứ nhất", by="motnguoi", upon=0)

    with pytest.raises(NotNow, match="motnguoi"):
        write(service, "# Của người thứ hai", upon=0)
    assert holds(service).text == "# Của người thứ nhất\n"


def test_every_mistake_is_told_with_its_line_and_nothing_is_kept(service: Service) -> None:
    with pytest.raises(BadLetter) as told:
        write(service, "# Chào bé\n\n<b>đậm</b>\n\n- {nguoi}\n- `mã`\n")

    assert [line for line, _why in told.value.mistakes] == [3, 5, 6]
    assert holds(service).version == 0


def test_an_empty_text_means_that_no_letter_goes(service: Service) -> None:
    write(service, " \n")

    with service.database.read() as session:
        assert insert_text(session, service.settings.home, BIRTH) is None


def test_a_letter_needs_a_procedure_that_there_is(service: Service) -> None:
    with service.database.write() as session, pytest.raises(NotFound, match=r"9\.999999"):
        write_letter(session, service.settings.home, Letter("9.999999", "vi"), "A", Writer("giamsat", NOW))
    with pytest.raises(BadInput):
        letter_of("../keys/seal", "vi")


def test_files_of_before_hold_until_something_is_written(service: Service) -> None:
    path = file_of(service.settings.home, "# Từ tệp\n")
    assert (holds(service).text, holds(service).origin) == ("# Từ tệp\n", Origin.FILE)

    with service.database.write() as session:
        taken = list(import_letters(session, service.settings.home, [path], Writer("command", NOW)))
    assert [(text.text, text.version) for text in taken] == [("# Từ tệp\n", 1)]
    path.write_text("# Tệp khác\n", encoding="utf-8")
    assert holds(service).text == "# Từ tệp\n"
    with service.database.write() as session:
        restore(session, service.settings.home, LETTER, 0, Writer("giamsat", NOW))
    assert holds(service).origin is Origin.DELIVERED


def test_a_mistake_in_a_file_names_file_and_line(service: Service) -> None:
    home = service.settings.home
    path = file_of(home, "# Chào bé\n\n<b>đậm</b>\n")
    with service.database.write() as session:
        with pytest.raises(UnreadableFile, match=f"{path.name}.*3"):
            find_insert(session, home, BIRTH, "vi")
        with pytest.raises(UnreadableFile, match=f"{path.name}.*3"):
            list(import_letters(session, home, [path], Writer("command", NOW)))
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(UnreadableFile):
            find_insert(session, home, BIRTH, "vi")
        with pytest.raises(BadInput, match=r"letter\.txt"):
            list(import_letters(session, home, [home / "letter.txt"], Writer("command", NOW)))


def test_a_text_without_end_is_no_letter(service: Service) -> None:
    with service.database.read() as session, pytest.raises(BadInput, match="20"):
        preview_letter(session, LETTER, "a\n\n" * 6000)


def test_a_batch_gets_its_letters_in_the_order_of_its_labels(service: Service, intake: Intake, tmp_path: Path) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1), a_row(2, Mã_thủ_tục=COPY, Tên_thủ_tục="Chứng thực bản sao"), a_row(3))
    day.plan()
    write(service, "Kính gửi {ten}")
    out = tmp_path / "letters.pdf"

    done = typed(service, "insert", "print", day.batch, "--out", str(out))

    assert done.returncode == 0, done.stderr
    pages = [" ".join(page.split()) for page in words(out.read_bytes())]
    assert sorted("1" if "Thử Số 1" in page else "3" if "Thử Số 3" in page else "?" for page in pages) == ["1", "3"]


def test_without_letters_a_batch_says_so(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1, Mã_thủ_tục=COPY, Tên_thủ_tục="Chứng thực bản sao"))
    day.plan()

    with pytest.raises(NotNow, match=day.batch):
        print_inserts(service, day.batch)


def test_letters_are_taken_over_listed_and_taken_back_from_the_command_line(service: Service) -> None:
    file_of(service.settings.home, "# Từ tệp\n")

    assert "1.001193, vi: version 1" in typed(service, "insert", "import").stdout
    assert "command" in typed(service, "insert", "history", BIRTH).stdout
    assert "does not count" in typed(service, "insert", "list").stdout
    assert typed(service, "insert", "show", BIRTH).stdout == "# Từ tệp\n"
    assert "version 2" in typed(service, "insert", "restore", BIRTH, "0").stdout
    assert typed(service, "insert", "show", BIRTH).stdout == LETTER.delivered
    assert typed(service, "insert", "restore", BIRTH, "7").returncode == 1
    with service.database.read() as session:
        assert session.scalar(sa.select(Procedure.name_vi).where(Procedure.code == BIRTH)) is not None
