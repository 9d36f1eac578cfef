"""Files of results come in whatever they look like; good rows proceed, bad rows come back, nothing comes in twice."""

import csv
import random
import threading
import unicodedata
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy.orm import Session

from delivery.cases import open_cases
from delivery.database import Database
from delivery.errors import UnreadableFile
from delivery.intake.cells import harmless
from delivery.intake.importing import import_results
from delivery.intake.refusals import RefusalFile
from delivery.intake.table import open_table
from delivery.intake.taken import ImportReport
from delivery.models import CaseKind, ImportFile, Result, ResultVersion
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.rows import HEADER, a_row, file_of, line_of
from tests.delivery.waiting import waits_for_another


def results(service: Service) -> list[Result]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Result).order_by(Result.dossier_code, Result.copy_no)))


def test_a_good_row_becomes_a_result_with_its_promise_computed(service: Service, intake: Intake) -> None:
    report = intake.rows(a_row(1))

    assert report.counts() == {"read": 1, "new": 1, "corrected": 0, "unchanged": 0, "bad": 0}
    (result,) = results(service)
    # Two working days after 23/11/2026; the 24th is the Culture Day.
    assert result.promised_date.isoformat() == "2026-11-26"
    assert result.phone == "+84912345001"
    assert result.recipient_name == "Người Thử Số 1"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_the_same_rows_are_understood_in_every_encoding(
    intake: Intake, tmp_path: Path, encoding: str, separator: str
) -> None:
    rows = [a_row(number) for number in range(1, 4)]
    path = file_of(tmp_path / "export.csv", rows, encoding=encoding, separator=separator)

    assert intake.file(path).new == 3
    assert intake.rows(*rows).unchanged == 3


def test_windows_1258_is_understood(service: Service, intake: Intake, tmp_path: Path) -> None:
    text = ",".join(HEADER) + "\r\n" + line_of(a_row(7, Chủ_hồ_sơ="Nguyễn Thị Ánh Tuyết")) + "\r\n"
    path = tmp_path / "old.csv"
    path.write_bytes(_as_windows_1258(text))

    assert intake.file(path).new == 1
    assert results(service)[0].owner_name == "Nguyễn Thị Ánh Tuyết"


def _as_windows_1258(text: str) -> bytes:
    """Windows-1258 writes tones as marks of their own behind the vowel."""
    tones = {"̀", "́", "̃", "̉", "̣"}
    written = ""
    for letter in text:
        marks = [mark for mark in unicodedata.normalize("NFD", letter) if mark in tones]
        rest = "".join(part for part in unicodedata.normalize("NFD", letter) if part not in tones)
        written += unicodedata.normalize("NFC", rest) + "".join(marks)
    return written.encode("cp1258")


def test_a_spreadsheet_with_a_title_above_the_header_is_understood(intake: Intake, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["DANH SÁCH KẾT QUẢ"])
    sheet.append(list(HEADER))
    row = a_row(3, Số_điện_thoại="912345003")
    sheet.append([float(v) if k in {"Vĩ độ", "Kinh độ"} else v for k, v in row.items()])
    path = tmp_path / "export.xlsx"
    book.save(path)

    assert intake.file(path).new == 1


def test_english_headers_are_understood(intake: Intake, tmp_path: Path) -> None:
    path = tmp_path / "english.csv"
    path.write_text(
        "Dossier code,Procedure code,Office,Owner,Phone,Address,Result date,Home delivery\n"
        "H26.41.118-261120-0001,2.000635,BD,Người Thử,0912345678,Số 5 phố Bồ Đề phường Bồ Đề,23/11/2026,x\n",
        encoding="utf-8",
    )

    assert intake.file(path).new == 1


def test_the_same_file_again_changes_nothing(intake: Intake) -> None:
    rows = [a_row(number) for number in range(1, 30)]
    intake.rows(*rows)

    assert intake.rows(*rows).counts() == {"read": 29, "new": 0, "corrected": 0, "unchanged": 29, "bad": 0}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), cut=st.integers(1, 19))
def test_overlapping_files_in_any_order_give_one_result_each(intake: Intake, order: random.Random, cut: int) -> None:
    rows = [a_row(number, Ghi_chú="chung") for number in range(500, 520)]
    first, second = rows[:cut], list(rows)
    order.shuffle(second)

    intake.rows(*first)
    report = intake.rows(*second)

    assert report.new + report.unchanged == 20
    assert intake.rows(*rows).unchanged == 20


def test_a_changed_row_is_a_correction_and_the_earlier_content_is_kept(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))

    report = intake.rows(a_row(1, Địa_chỉ_nhận="Số 9 phố Ái Mộ, phường Bồ Đề, Hà Nội"))

    assert report.corrected == 1
    with service.database.read() as session:
        result = session.scalars(sa.select(Result)).one()
        before = session.scalars(sa.select(ResultVersion)).one()
    assert (result.version, result.address_version) == (2, 2)
    assert result.placed_at is None
    assert before.content["address"] == "Số 1 phố Thử, phường Bồ Đề, Hà Nội"


def test_an_old_file_brings_no_old_content_back_without_a_person(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    intake.rows(a_row(1, Số_điện_thoại="0987654321"))

    report = intake.rows(a_row(1), a_row(2))

    assert (report.new, report.unchanged, report.corrected) == (1, 1, 0)
    assert results(service)[0].phone == "+84987654321"
    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.OLDER_VERSION]


def test_another_copy_of_a_dossier_in_the_same_file_is_another_envelope(service: Service, intake: Intake) -> None:
    assert intake.rows(a_row(1), a_row(1, Số_bản="2")).new == 2
    with service.database.read() as session:
        assert not open_cases(session)


def test_another_copy_that_comes_days_later_is_asked_about(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    intake.rows(a_row(1, Số_bản="2"))

    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.SECOND_COPY]


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("Mã hồ sơ", "260-1", "Mã hồ sơ"),
        ("Chủ hồ sơ", "", "Chủ hồ sơ"),
        ("Đơn vị", "UBND phường Hồng Hà", "Đơn vị"),
        ("Số điện thoại", "0123456789", "Số điện thoại"),
        ("Email", "không có", "Email"),
        ("Địa chỉ nhận", "", "Địa chỉ nhận"),
        ("Ngày có kết quả", "31/02/2026", "Ngày có kết quả"),
        ("Ngày hẹn trả", "mai", "Ngày hẹn trả"),
        ("Số bản", "hai", "Số bản"),
        ("Khung giờ", "sáng", "Khung giờ"),
        ("Trả tại nhà", "có lẽ", "Trả tại nhà"),
        ("Người trả cước", "ông nội", "Người trả cước"),
        ("Vĩ độ", "48.85", "Vĩ độ"),
        ("Ghi chú", "a" * 501, "Ghi chú"),
    ],
)
def test_a_bad_cell_comes_back_with_its_column_named(intake: Intake, column: str, text: str, reason: str) -> None:
    report = intake.rows(a_row(1), {**a_row(2), column: text})

    assert (report.new, report.bad) == (1, 1)
    assert reason in intake.reasons[0]
    assert intake.refused[0].row.line == 3


def test_all_reasons_of_a_row_come_back_at_once(intake: Intake) -> None:
    intake.rows(a_row(1, Số_điện_thoại="1", Khung_giờ="sáng", Số_bản="0"))

    assert intake.reasons[0].count(";") >= 2


def test_a_first_marriage_certificate_is_not_delivered_but_may_be_fetched(intake: Intake) -> None:
    marriage = {"Mã_thủ_tục": "1.000894.000.00.00.H26", "Tên_thủ_tục": "Đăng ký kết hôn"}

    assert intake.rows(a_row(1, **marriage)).bad == 1
    assert intake.rows(a_row(1, **marriage, Trả_tại_nhà="")).new == 1


def test_two_rows_that_contradict_each_other_in_one_file_do_not_flip_on_every_import(intake: Intake) -> None:
    rows = (a_row(1), a_row(1, Ghi_chú="khác"))

    first, second = intake.rows(*rows), intake.rows(*rows)

    assert (first.new, first.bad) == (1, 1)
    assert (second.unchanged, second.bad) == (1, 1)


def test_an_unclosed_quotation_mark_swallows_no_rows(intake: Intake, tmp_path: Path) -> None:
    good = [line_of(a_row(number)) for number in range(1, 60)]
    broken = line_of(a_row(99, Ghi_chú="MARK")).replace("MARK", '"mở mà không đóng')
    path = tmp_path / "broken.csv"
    path.write_text("\n".join([",".join(HEADER), *good[:30], broken, *good[30:]]), encoding="utf-8")

    report = intake.file(path)

    assert (report.read, report.new, report.bad) == (60, 59, 1)


def test_two_unclosed_quotation_marks_do_not_close_each_other(intake: Intake, tmp_path: Path) -> None:
    lines = [
        line_of(a_row(number, Ghi_chú="MARK")).replace("MARK", "" if number % 3 else '"mở') for number in range(1, 12)
    ]
    path = tmp_path / "broken.csv"
    path.write_text("\n".join([",".join(HEADER), *lines]), encoding="utf-8")

    report = intake.file(path)

    assert (report.read, report.new, report.bad) == (11, 8, 3)


def test_a_cell_may_have_several_lines_and_a_quotation_mark_inside_is_a_letter(
    service: Service, intake: Intake, tmp_path: Path
) -> None:
    tall = a_row(1, Ghi_chú="gọi trước,\nrồi đến\nsau 17h")
    inches = [line_of(a_row(number, Ghi_chú="MARK")).replace("MARK", 'cạnh màn hình 5" cũ') for number in (2, 3)]
    path = tmp_path / "notes.csv"
    path.write_text("\n".join([",".join(HEADER), line_of(tall), *inches]), encoding="utf-8")

    report = intake.file(path)

    assert (report.new, report.bad) == (3, 0)
    assert '5"' in results(service)[2].note


@pytest.mark.parametrize("spoilt", ["a\0b", "a\rb", "x" * 300_000])
def test_a_strange_cell_costs_no_other_row(intake: Intake, tmp_path: Path, spoilt: str) -> None:
    strange = line_of(a_row(2, Ghi_chú="MARK")).replace("MARK", spoilt)
    path = tmp_path / "strange.csv"
    path.write_text(
        "\n".join([",".join(HEADER), line_of(a_row(1)), strange, line_of(a_row(3))]), encoding="utf-8", newline=""
    )

    report = intake.file(path)

    assert report.new + report.bad == report.read
    assert report.new >= 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_the_reader(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes((",".join(HEADER) + "\n").encode() + noise)

    assert all(row.line > 1 for row in open_table(path).rows())
    path.write_bytes(noise)
    with pytest.raises(UnreadableFile):
        open_table(path)


def test_a_spoiled_byte_spoils_one_row_only(intake: Intake, tmp_path: Path) -> None:
    path = file_of(tmp_path / "spoiled.csv", [a_row(1), a_row(2), a_row(3)])
    path.write_bytes(path.read_bytes().replace("Người Thử Số 2".encode(), b"Ng\xff\xfei 2"))

    report = intake.file(path)

    assert (report.new, report.bad) == (2, 1)


def test_a_row_with_a_hundred_thousand_cells_is_only_a_bad_row(intake: Intake, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(HEADER), "," * 100_000, line_of(a_row(1))]), encoding="utf-8")

    report = intake.file(path)

    assert (report.new, report.bad) == (1, 1)


def test_a_dry_run_finds_out_the_same_and_keeps_nothing(service: Service, intake: Intake) -> None:
    rows = [a_row(1), a_row(2, Số_bản="x")]

    dry = intake.rows(*rows, dry_run=True)

    assert not results(service)
    assert intake.rows(*rows).counts() == dry.counts()


@pytest.mark.parametrize("name", ["bad.csv", "bad.xlsx"])
def test_bad_rows_come_back_as_a_file_that_can_be_corrected_and_imported(
    intake: Intake, tmp_path: Path, name: str
) -> None:
    path = file_of(tmp_path / "in.csv", [a_row(1), a_row(2, Số_điện_thoại="1"), a_row(3, Số_bản="x")], separator=";")
    intake.file(path)
    given_back = RefusalFile(open_table(path))
    for refused in intake.refused:
        given_back.add(refused)
    given_back.write(tmp_path / name)

    assert [row["Lỗi"] != "" for row in _read_back(tmp_path / name)] == [True, True]
    assert intake.file(tmp_path / name).bad == 2
    _correct(tmp_path / name)
    assert intake.file(tmp_path / name).new == 2


def _read_back(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".xlsx":
        sheet = load_workbook(path).worksheets[0]
        header, *lines = [[str(cell or "") for cell in line] for line in sheet.iter_rows(values_only=True)]
        return [dict(zip(header, line, strict=True)) for line in lines]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _correct(path: Path) -> None:
    rows = [{**row, "Số điện thoại": "0912345999", "Số bản": "1"} for row in _read_back(path)]
    if path.suffix == ".xlsx":
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
        book.save(path)
    else:
        file_of(path, rows, separator=";")


@pytest.mark.parametrize("text", ["=1+1", "+84912", "-1", "@x", " =1", "\u00a0=1", "\t=1", "＝1"])
def test_what_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text).startswith("'")


def test_a_phone_number_with_plus_survives_the_way_through_an_error_file(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1, Số_điện_thoại=harmless("+84912345678")))

    assert results(service)[0].phone == "+84912345678"


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"a,b,c\n1,2,3\n", b"\xff\xfe", "Mã hồ sơ,Ghi chú\n".encode()]
)
def test_what_is_no_table_of_results_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=r"other\.csv"):
        open_table(path)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"nowhere\.xlsx"):
        open_table(tmp_path / "nowhere.xlsx")


def test_two_imports_of_the_same_rows_at_the_same_moment_both_end_and_account_for_every_row(
    service: Service, tmp_path: Path
) -> None:
    rows = [a_row(number) for number in range(1, 21)]
    first = file_of(tmp_path / "first.csv", rows)
    second = file_of(tmp_path / "second.csv", [a_row(99), *reversed(rows), a_row(3, Chủ_hồ_sơ="")])
    database = service.database
    reports: dict[str, ImportReport] = {}
    begun, may_end = threading.Event(), threading.Event()

    def take_in(file: Path, *, slowly: bool) -> None:
        def hold(session: Session) -> None:
            # The rows are in the database and nobody else can see them yet.
            if session.scalar(sa.select(sa.func.count()).select_from(Result)):
                begun.set()
                may_end.wait(60)

        mine = Database.connect(database.engine.url.render_as_string(hide_password=False))
        if slowly:
            sa.event.listen(mine.writing, "before_commit", hold)
        reports[file.stem] = import_results(mine, open_table(file), source="test", at=NOW)
        mine.engine.dispose()

    people = [threading.Thread(target=take_in, args=(first,), kwargs={"slowly": True}),
              threading.Thread(target=take_in, args=(second,), kwargs={"slowly": False})]  # fmt: skip
    people[0].start()
    assert begun.wait(60)
    people[1].start()
    waits_for_another(database)
    may_end.set()
    for person in people:
        person.join(60)

    assert reports["first"].counts() == {"read": 20, "new": 20, "corrected": 0, "unchanged": 0, "bad": 0}
    assert reports["second"].counts() == {"read": 22, "new": 1, "corrected": 0, "unchanged": 20, "bad": 1}
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Result)) == 21
        assert session.scalars(sa.select(ImportFile.finished_at.is_not(None))).all() == [True, True]
