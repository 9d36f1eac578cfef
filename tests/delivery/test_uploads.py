"""Files given in the browser: looked at without keeping anything, taken in when somebody says so, then forgotten."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook

from delivery.errors import BadInput, NotNow
from delivery.given_files import name_given
from delivery.i18n import current_language, speak
from delivery.intake import importing, reading, uploads
from delivery.intake.columns import Columns
from delivery.intake.uploads import KEPT, MOST_BYTES, Giver
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import claim, due
from delivery.jobs.work import carry_out, do
from delivery.models import Case, CaseKind, Job, JobState, Office, Result, Upload, UploadState
from delivery.tracking.nightly import Wrong, look
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.rows import a_row, file_of


class Desk:
    """A clerk's desk at an office (None: a supervisor's), and a worker beside it."""

    def __init__(self, service: Service, office: str | None = "BD") -> None:
        self.service = service
        with service.database.read() as session:
            found = session.scalar(sa.select(Office.id).where(Office.code == office)) if office else None
        self.giver = Giver("bode", found, "vi")

    def give(self, content: bytes, name: str = "ket-qua.csv") -> int:
        """The file, looked at."""
        with self.service.database.write() as session:
            upload_id = uploads.keep_upload(session, name_given(name), content, self.giver, NOW).id
        self.work()
        return upload_id

    def rows(self, *rows: dict[str, str]) -> int:
        return self.give(content_of(*rows))

    def work(self) -> None:
        with self.service.database.read() as session:
            jobs = due(session, kinds=[uploads.KIND])
        for job in jobs:
            do(self.service, HANDLERS, job, "worker")

    @contextmanager
    def changing(self, upload_id: int) -> Iterator[tuple[sa.orm.Session, Upload]]:
        with self.service.database.write() as session:
            yield session, session.get_one(Upload, upload_id)

    def take(self, upload_id: int) -> Upload:
        with self.changing(upload_id) as (session, upload):
            uploads.take_in(session, upload)
        self.work()
        return self.seen(upload_id)

    def seen(self, upload_id: int) -> Upload:
        undefer = [sa.orm.undefer(Upload.kept_content), sa.orm.undefer(Upload.kept_refused)]
        with self.service.database.read() as session:
            return session.get_one(Upload, upload_id, options=undefer)

    def results(self) -> dict[str, Result]:
        with self.service.database.read() as session:
            return {result.dossier_code[-4:]: result for result in session.scalars(sa.select(Result))}


def content_of(*rows: dict[str, str]) -> bytes:
    written = io.StringIO()
    names = list(rows[0])
    for line in ([*names], *([row[name] for name in names] for row in rows)):
        written.write(",".join(f'"{cell}"' for cell in line) + "\n")
    return written.getvalue().encode()


def counts_of(upload: Upload) -> tuple[int, ...]:
    assert upload.counts
    return tuple(upload.counts[name] for name in ("read", "new", "corrected", "unchanged", "bad"))


@pytest.fixture(autouse=True)
def _in_vietnamese() -> Iterator[None]:
    """Whatever language the commands of other tests have left behind in this process."""
    before = current_language()
    speak("vi")
    yield
    speak(before)


@pytest.fixture
def desk(service: Service) -> Desk:
    return Desk(service)


def test_a_file_is_only_looked_at_until_somebody_says_yes(desk: Desk) -> None:
    upload_id = desk.rows(a_row(1), a_row(2), a_row(3, Ngày_có_kết_quả="mai"))

    seen = desk.seen(upload_id)
    assert (seen.state, counts_of(seen)) == (UploadState.CHECKED, (3, 2, 0, 0, 1))
    assert seen.facts
    assert seen.facts["reasons"] == [[4, "Ngày có kết quả không phải là ngày dd/mm/yyyy"]]
    assert desk.results() == {}

    taken = desk.take(upload_id)
    assert (taken.state, counts_of(taken), set(desk.results())) == (
        UploadState.TAKEN,
        (3, 2, 0, 0, 1),
        {"0001", "0002"},
    )
    assert taken.content is None


def test_the_bad_rows_come_back_as_a_workbook_that_can_be_corrected_and_given_again(desk: Desk) -> None:
    bad = desk.seen(desk.rows(a_row(1, Số_điện_thoại="=1+1"), a_row(2))).refused
    assert bad
    book = load_workbook(io.BytesIO(bad))
    header, row = (list(line) for line in book.worksheets[0].iter_rows(values_only=True))
    assert "không phải số của Việt Nam" in str(row[header.index("Lỗi")])
    book.worksheets[0].cell(2, header.index("Số điện thoại") + 1).value = "0912345678"
    corrected = io.BytesIO()
    book.save(corrected)

    assert counts_of(desk.seen(desk.give(corrected.getvalue(), "sua.xlsx"))) == (1, 1, 0, 0, 0)


def test_a_dry_look_finds_what_taking_in_finds_also_where_a_row_comes_again_much_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    desk.take(desk.rows(a_row(1), a_row(2)))
    upload_id = desk.rows(a_row(1), a_row(2, Ghi_chú="gọi trước"), a_row(3), a_row(4), a_row(3), a_row(5, Số_bản="0"))

    looked = counts_of(desk.seen(upload_id))

    assert looked == (6, 2, 1, 2, 1)
    assert counts_of(desk.take(upload_id)) == looked


def test_a_clerk_takes_in_rows_of_the_own_office_only(service: Service, desk: Desk) -> None:
    there = Desk(service, "VH")
    there.take(there.rows(a_row(1, ward="Việt Hưng")))

    upload = desk.take(desk.rows(a_row(2), a_row(3, ward="Việt Hưng"), a_row(1, Chủ_hồ_sơ="Tên Khác")))

    assert counts_of(upload) == (3, 1, 0, 0, 2)
    assert upload.facts
    assert ["đơn vị khác" in reason for _row, reason in upload.facts["reasons"]] == [True, True]
    assert desk.results()["0001"].owner_name == "Người Thử Số 1"
    everywhere = Desk(service, None)
    assert counts_of(everywhere.take(everywhere.rows(a_row(3, ward="Việt Hưng")))) == (1, 1, 0, 0, 0)


def test_a_row_that_names_no_office_is_the_clerks_own(service: Service, desk: Desk) -> None:
    rows = [{name: cell for name, cell in a_row(1).items() if name != "Đơn vị"}]

    assert counts_of(desk.take(desk.rows(*rows))) == (1, 1, 0, 0, 0)
    # Whoever answers for all offices must say which.
    assert counts_of(Desk(service, None).seen(Desk(service, None).rows(*rows)))[-1] == 1


STRANGE = {
    "Mã hồ sơ": "Số biên nhận", "Chủ hồ sơ": "Khách", "Địa chỉ nhận": "Nơi ở", "Ngày có kết quả": "Xong ngày"
}  # fmt: skip
FIELDS = {"Số biên nhận": "dossier_code", "Khách": "owner_name", "Nơi ở": "address", "Xong ngày": "result_date"}


def strange_row(number: int) -> dict[str, str]:
    return {STRANGE[name]: cell for name, cell in a_row(number).items() if name in STRANGE}


def test_columns_that_nobody_knows_are_asked_about_once(service: Service, desk: Desk) -> None:
    upload_id = desk.rows(strange_row(1))
    asked = desk.seen(upload_id)
    assert asked.state is UploadState.ASKING
    assert asked.facts
    header = asked.facts["header"]

    lacking = tuple(None if name == "Xong ngày" else FIELDS[name] for name in header)
    with desk.changing(upload_id) as (session, upload), pytest.raises(BadInput, match="Ngày có kết quả"):
        uploads.name_columns(session, upload, Columns(lacking))
    with desk.changing(upload_id) as (session, upload), pytest.raises(BadInput, match="Chỉ một cột"):
        uploads.name_columns(session, upload, Columns(("dossier_code",) * len(header)))
    with desk.changing(upload_id) as (session, upload):
        uploads.name_columns(session, upload, Columns(tuple(FIELDS[name] for name in header)))
    desk.work()
    assert counts_of(desk.take(upload_id)) == (1, 1, 0, 0, 0)

    # The next file with the same headings is understood, here and nowhere else.
    assert counts_of(desk.seen(desk.rows(strange_row(2)))) == (1, 1, 0, 0, 0)
    assert Desk(service, "VH").seen(Desk(service, "VH").rows(strange_row(3))).state is UploadState.ASKING


def test_pasted_rows_without_headings_lose_none(desk: Desk) -> None:
    rows = [list(strange_row(number).values()) for number in (1, 2, 3)]
    upload_id = desk.give("\n".join("\t".join(row) for row in rows).encode(), "Các dòng dán vào")
    fields = tuple(FIELDS[name] for name in strange_row(1))

    with desk.changing(upload_id) as (session, upload):
        uploads.name_columns(session, upload, Columns(fields, headless=True))
    desk.work()

    assert counts_of(desk.seen(upload_id)) == (3, 3, 0, 0, 0)
    assert desk.seen(upload_id).heading == ""  # what is no heading is somebody's name
    desk.take(upload_id)
    assert set(desk.results()) == {"0001", "0002", "0003"}


def a_bomb() -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as part:
        for _megabyte in range(600):
            part.write(b" " * 2**20)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"PK\x03\x04 is no archive", "a.xlsx"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "anh.png"),
        (b"<html><body>500</body></html>", "a.xls"),
        (bytes(range(256)) * 50, "a.bin"),
        (b"a,b\0\n1,2", "a.csv"),
        (b"one word", "..\\..\\a.c\0sv"),
        (b"x" * 2_000_000, "a.txt"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_said_by_its_own_name_and_nothing_is_kept(desk: Desk, content: bytes, name: str) -> None:
    upload = desk.seen(desk.give(content, name))

    assert (upload.state, upload.content) == (UploadState.UNREADABLE, None)
    assert upload.facts
    assert name_given(name) in upload.facts["why"]


def test_an_archive_that_would_fill_the_memory_is_refused_unopened(desk: Desk) -> None:
    bomb = a_bomb()
    assert len(bomb) < MOST_BYTES

    upload = desk.seen(desk.give(bomb, "bom.xlsx"))

    assert upload.state is UploadState.UNREADABLE
    assert upload.facts
    assert "bom.xlsx chứa quá nhiều" in upload.facts["why"]


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"x" * (MOST_BYTES + 1)])
def test_nothing_and_too_much_are_not_even_kept(desk: Desk, content: bytes) -> None:
    with pytest.raises(BadInput):
        desk.give(content)


def test_a_spreadsheet_is_known_by_what_it_is_not_by_its_name(desk: Desk) -> None:
    book, saved = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for line in (list(a_row(1)), list(a_row(1).values())):
        sheet.append(line)
    book.save(saved)

    assert counts_of(desk.seen(desk.give(saved.getvalue(), "ket-qua.csv"))) == (1, 1, 0, 0, 0)


def test_whoever_stops_keeps_what_came_in_and_may_take_in_the_rest(
    service: Service, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    upload_id = desk.rows(*(a_row(number) for number in range(1, 7)))
    with desk.changing(upload_id) as (session, upload):
        uploads.take_in(session, upload)
    with desk.changing(upload_id) as (_session, upload):
        uploads.stop(upload)
    desk.work()

    stopped = desk.seen(upload_id)
    assert (stopped.state, counts_of(stopped)[1], len(desk.results())) == (UploadState.STOPPED, 2, 2)
    # It was meant: by night nobody is asked about it.
    assert Wrong.IMPORT not in {finding.wrong for finding in look(service.database, DAY + timedelta(days=1)).findings}
    assert counts_of(desk.take(upload_id)) == (6, 6, 0, 0, 0)
    assert len(desk.results()) == 6


def test_a_look_that_is_stopped_leaves_nothing(desk: Desk) -> None:
    with desk.service.database.write() as session:
        upload = uploads.keep_upload(session, "a.csv", content_of(a_row(1)), desk.giver, NOW)
        uploads.stop(upload)
        upload_id = upload.id
    desk.work()

    seen = desk.seen(upload_id)
    assert (seen.state, seen.content, seen.facts) == (UploadState.DISCARDED, None, None)


def test_a_worker_that_dies_in_the_middle_costs_no_row_and_the_counts_are_true(
    service: Service, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    desk.take(desk.rows(a_row(5)))
    rows = (*(a_row(number) for number in range(1, 5)), a_row(5, Ghi_chú="gọi trước"), a_row(6, Email="?"))
    upload_id = desk.rows(*rows)
    with desk.changing(upload_id) as (session, upload):
        uploads.take_in(session, upload)
        job_id = session.scalars(sa.select(Job.id).where(Job.key == upload_id, Job.state == JobState.READY)).one()
    lease = claim(service.database, job_id, "dies", 30)
    assert lease

    class Dead(BaseException):
        pass

    def dies(_read: int) -> None:
        raise Dead

    with monkeypatch.context() as broken:
        broken.setattr(reading, "_watch", lambda _work: dies)
        with pytest.raises(Dead):
            carry_out(service, HANDLERS, lease)
    assert len(desk.results()) == 3
    with service.database.write() as session:
        session.execute(sa.update(Job).where(Job.id == job_id).values(lease_until=NOW - timedelta(hours=1)))
    desk.work()

    taken = desk.seen(upload_id)
    assert (taken.state, counts_of(taken)) == (UploadState.TAKEN, (6, 4, 1, 0, 1))


def test_two_who_press_the_button_at_once_take_it_in_once(desk: Desk) -> None:
    upload_id = desk.rows(a_row(1))
    with desk.changing(upload_id) as (session, upload):
        uploads.take_in(session, upload)
    with desk.changing(upload_id) as (session, upload), pytest.raises(NotNow):
        uploads.take_in(session, upload)
    with desk.changing(upload_id) as (_session, upload), pytest.raises(NotNow):
        uploads.discard(upload, NOW)
    desk.work()

    assert counts_of(desk.seen(upload_id)) == (1, 1, 0, 0, 0)


def test_a_week_later_nothing_is_left_of_a_file_but_its_counts(service: Service, desk: Desk) -> None:
    bad = desk.take(desk.rows(a_row(1), a_row(2, Email="?"))).id
    forgotten, stuck, stopped = desk.rows(a_row(3)), desk.rows(a_row(4)), desk.rows(a_row(5))
    for upload_id, state in ((stuck, UploadState.TAKING), (stopped, UploadState.STOPPED)):
        with desk.changing(upload_id) as (_session, upload):
            upload.state = state

    uploads.forget_uploads(service.database, NOW + KEPT)
    assert desk.seen(forgotten).content
    uploads.forget_uploads(service.database, NOW + KEPT + timedelta(seconds=1))

    discarded = dict.fromkeys((forgotten, stuck, stopped), UploadState.DISCARDED)
    for upload_id, state in {bad: UploadState.TAKEN, **discarded}.items():
        seen = desk.seen(upload_id)
        assert (seen.state, seen.content, seen.refused, seen.facts) == (state, None, None, None)
    assert counts_of(desk.seen(bad)) == (2, 1, 0, 0, 1)
    # Nobody sets a worker to a file that is not there any more.
    with desk.changing(stopped) as (session, upload), pytest.raises(NotNow):
        uploads.take_in(session, upload)


@pytest.mark.parametrize(("language", "said"), [("vi", "không phải là ngày"), ("en", "is not a date")])
def test_reasons_are_given_in_the_language_of_whoever_gave_the_file(desk: Desk, language: str, said: str) -> None:
    desk.giver = Giver("bode", desk.giver.office_id, language)

    upload = desk.seen(desk.rows(a_row(1, Ngày_có_kết_quả="?")))

    assert upload.facts
    assert said in upload.facts["reasons"][0][1]
    assert current_language() == "vi"


def test_a_file_that_comes_by_itself_makes_cases_as_any_other(desk: Desk, intake: Intake, tmp_path: Path) -> None:
    intake.file(file_of(tmp_path / "first.csv", [a_row(1)]))

    desk.take(desk.rows(a_row(1, Số_bản="2")))

    with desk.service.database.read() as session:
        kinds: Sequence[CaseKind] = session.scalars(sa.select(Case.kind)).all()
    assert kinds == [CaseKind.SECOND_COPY]
