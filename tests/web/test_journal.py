"""The audit book: read by those who answer for it, narrowed, handed out as a table, and itself written down."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, Export, Item, Role
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.conftest import PASSWORD, Browser
from web.journal import ACTIONS, ROWS_ON_A_PAGE
from web.people import add_staff, note

LogIn = Callable[[str], Browser]
BOOK = "/nhat-ky"
AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def entries(page: str) -> list[str]:
    """The lines of the table as text, without the head."""
    body = page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0] if "<tbody>" in page else ""
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in body.split("<tr>")[1:]]


@pytest.fixture
def book(service: Service) -> Service:
    """Two hundred and thirty looks of a clerk, a minute apart, and one log-in of a supervisor in between."""
    with service.database.write() as session:
        for number in range(230):
            note(session, "bode", "saw", f"result:{number}", AT + timedelta(minutes=number))
        note(session, "giamsat", "log-in", "staff:3", AT + timedelta(minutes=100, seconds=1))
    return service


@pytest.mark.parametrize("username", ["bode", "viethung", "giamsat"])
def test_who_works_with_the_service_does_not_read_its_book(logged_in: LogIn, username: str) -> None:
    assert logged_in(username).get(BOOK).status_code == 403
    assert logged_in(username).get("/xuat-du-lieu").status_code == 403
    assert logged_in(username).get("/xuat-du-lieu/1.csv").status_code == 403


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("username", ["kiemtoan", "quantri"])
def test_an_auditor_reads_the_newest_first_and_pages_to_the_oldest(logged_in: LogIn, username: str) -> None:
    reader, seen, address = logged_in(username), [], f"{BOOK}?den=2026-11-20"
    while address:
        page = reader.get(address).text
        seen += entries(page)
        older = re.search(r'href="([^"]*truoc=\d+[^"]*)"', page)
        address = older[1].replace("&amp;", "&") if older else ""

    assert len(seen) == 231
    assert len(set(seen)) == 231
    assert "kết quả 229" in seen[0]
    assert seen[0].startswith("20/11/2026 13:49")
    assert "kết quả 0" in seen[-1]


@pytest.mark.usefixtures("book")
def test_the_book_is_narrowed_to_a_person_a_deed_and_days(logged_in: LogIn) -> None:
    reader = logged_in("kiemtoan")

    (only,) = entries(reader.get(f"{BOOK}?ai=GIAMSAT").text)
    assert "đăng nhập" in only
    assert "Giamsat" in only
    assert len(entries(reader.get(f"{BOOK}?viec=log-in&den=2026-11-20").text)) == 1
    assert entries(reader.get(f"{BOOK}?tu=2026-11-21&den=2026-11-21").text) == []
    assert "Nhật ký không có gì như vậy" in reader.get(f"{BOOK}?ai=nobody").text
    assert len(entries(reader.get(f"{BOOK}?tu=x&den=2026-99-99&truoc=abc").text)) == ROWS_ON_A_PAGE


def test_an_envelope_is_followed_by_any_of_its_codes(day: Day, logged_in: LogIn) -> None:
    with day.service.database.read() as session:
        item = session.scalars(sa.select(Item)).first()
        assert item
        item_id, tracking, dossier = item.id, item.tracking_code, item.first.dossier_code
        code = item.live.item_code if item.live else ""
    logged_in("bode").get(f"/phong-bi/{item_id}")
    reader = logged_in("kiemtoan")

    for name in (code, tracking, dossier, dossier.lower(), f"item:{item_id}"):
        (line,) = [one for one in entries(reader.get(f"{BOOK}?ve={name}").text) if "bode" in one]
        assert f"phong bì {item_id}" in line
    assert f'href="/phong-bi/{item_id}"' in reader.get(f"{BOOK}?ve={code}").text
    # An administrator has no business with citizens' data: the book says that there was a look, and leads nowhere.
    assert f'href="/phong-bi/{item_id}"' not in logged_in("quantri").get(f"{BOOK}?ve={code}").text


def ask_out(reader: Browser, why: str = "Kiểm tra theo kế hoạch quý IV", **narrowed: str) -> str:
    return reader.post(f"{BOOK}/xuat", on=BOOK, ly_do=why, **narrowed).text


def rows_of(reader: Browser, number: int = 1) -> list[list[str]]:
    answer = reader.get(f"/xuat-du-lieu/{number}.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_reading_the_book_and_taking_it_out_is_written_into_it(book: Service, logged_in: LogIn) -> None:
    reader = logged_in("kiemtoan")
    ask_out(reader)
    rows_of(reader)

    with book.database.read() as session:
        own = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.actor == "kiemtoan").order_by(AuditEntry.id)
        )
        assert own.all() == ["log-in", "saw", "asked to take data out", "took data out"]


def test_the_table_holds_what_the_page_shows_and_runs_in_no_spreadsheet(book: Service, logged_in: LogIn) -> None:
    with book.database.write() as session:
        note(session, '=HYPERLINK("x")', "saw", "result:1", AT + timedelta(days=1), {"dossier": "=1+1"})
    reader = logged_in("kiemtoan")
    ask_out(reader, den="2026-11-21", tu="2026-11-20")

    mark, _header, first, *rest = rows_of(reader)
    assert len(rest) == 231
    assert first[1].startswith("'=")
    assert first[0] == "21/11/2026 10:00:00"
    # The file says of itself who took it out, and why; so does every row of it.
    assert "Kiemtoan (kiemtoan)" in mark[0]
    assert "Kiểm tra theo kế hoạch quý IV" in mark[0]
    assert {row[-1] for row in rest} == {"X1/kiemtoan"}


def test_nothing_is_taken_out_without_a_reason_and_nothing_that_another_asked_for(
    book: Service, logged_in: LogIn
) -> None:
    reader = logged_in("kiemtoan")
    assert "Hãy ghi xuất" in ask_out(reader, "xem")
    ask_out(reader)
    assert "Chỉ người đã yêu cầu" in logged_in("quantri").get("/xuat-du-lieu/1.csv", follow=True).text
    with book.database.read() as session:
        assert session.scalars(sa.select(Export.taken_at)).all() == [None]


def test_more_than_some_rows_need_another_person_s_yes(book: Service, logged_in: LogIn) -> None:
    with book.database.write() as session:
        for number in range(300):
            note(session, "bode", "saw", f"result:{number}", AT)
    reader, other = logged_in("kiemtoan"), logged_in("quantri")
    assert "Một người khác phải đồng ý" in ask_out(reader)
    assert "hơn 500 dòng" in reader.get("/xuat-du-lieu/1.csv", follow=True).text
    assert "người khác" in reader.post("/xuat-du-lieu/1", on=BOOK, y_kien="dong-y").text
    with book.database.read() as session:
        assert session.scalars(sa.select(Export.agreed_by)).all() == [""]

    other.post("/xuat-du-lieu/1", on=BOOK, y_kien="dong-y")
    assert "quantri" in rows_of(reader)[0][0]

    ask_out(reader)
    other.post("/xuat-du-lieu/2", on=BOOK, y_kien="tu-choi")
    assert "đã bị từ chối" in reader.get("/xuat-du-lieu/2.csv", follow=True).text
    assert "đã được quyết định" in other.post("/xuat-du-lieu/2", on=BOOK, y_kien="dong-y").text


def test_what_was_agreed_to_does_not_grow(book: Service, logged_in: LogIn) -> None:
    reader = logged_in("kiemtoan")
    ask_out(reader, ai="bode")
    with book.database.write() as session:
        note(session, "bode", "saw", "result:999", datetime.now(UTC) + timedelta(hours=1))
    assert len(rows_of(reader)) == 2 + 230


def test_an_auditor_of_one_office_sees_the_deeds_of_its_people(book: Service, logged_in: LogIn) -> None:
    with book.database.write() as session:
        add_staff(session, "soat", "Kiểm soát Bồ Đề", Role.AUDITOR, "BD", PASSWORD)
    reader = logged_in("soat")

    assert entries(reader.get(f"{BOOK}?ai=giamsat").text) == []
    assert len(entries(reader.get(f"{BOOK}?ai=bode").text)) == ROWS_ON_A_PAGE


def test_what_a_newer_version_wrote_is_shown_as_it_stands(book: Service, logged_in: LogIn) -> None:
    with book.database.write() as session:
        note(session, "bode", "teleported <b>", "planet:9", AT + timedelta(days=1))
    page = logged_in("kiemtoan").get(f"{BOOK}?tu=2026-11-21&den=2026-11-21").text

    assert "teleported &lt;b&gt;" in page
    assert "planet:9" in page


def test_every_deed_that_is_written_down_has_words() -> None:
    written = re.compile(
        r'(?:note\([^"]*?(?:"command", )?|_written\(\w+, |_answer\(\w+, |count_wrong\([^"]*|action=)"([a-z][a-z -]+)"'
    )
    sources = [
        *Path("web").rglob("*.py"),
        *(Path("delivery", f"{name}.py") for name in ("carrying", "fees", "furniture")),
    ]
    found = {deed for source in sources for deed in written.findall(source.read_text(encoding="utf-8"))}

    assert {"saw", "log-in", "log-in failed", "corrected", "published routes", "changed"} <= found
    assert found <= set(ACTIONS)
