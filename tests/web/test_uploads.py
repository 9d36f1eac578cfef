"""Taking in results in the browser: look first, then say yes; nobody sees or touches another office's."""

import http.client
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from delivery.intake import uploads
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import due
from delivery.jobs.work import do
from delivery.models import AuditEntry, Job, JobState, Result, Upload
from delivery.wiring import Service
from tests.delivery.rows import a_row
from tests.delivery.test_uploads import FIELDS, content_of, strange_row
from tests.web.conftest import Browser
from tests.web.test_lanes import running
from web.app import create_app
from web.lanes import create_lanes
from web.room import DOOR, MOST_BYTES, MOST_WITH_FILE, is_staff_of, parser_for
from web.views import callbacks

LogIn = Callable[[str], Browser]


def work(service: Service) -> None:
    with service.database.read() as session:
        jobs = due(session, kinds=[uploads.KIND])
    for job in jobs:
        do(service, HANDLERS, job, "worker")


def give(browser: Browser, content: bytes = b"", name: str = "ket-qua.csv", **form: str) -> TestResponse:
    token = browser.get("/ket-qua/tep").text.split('name="csrf_token" value="')[1].split('"')[0]
    file = {"tep": (io.BytesIO(content), name)} if content else {}
    return browser.client.post("/ket-qua/tep", data={"csrf_token": token, **file, **form}, follow_redirects=True)


def count(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Result)) or 0


def test_a_clerk_gives_a_file_looks_and_takes_it_in(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    given = give(clerk, content_of(a_row(1), a_row(2, Ngày_có_kết_quả="?")))
    assert 'hx-get="/ket-qua/tep/1/tien-do"' in given.text
    assert "đang chờ đến lượt" in clerk.get("/ket-qua/tep/1/tien-do").text
    assert "Không có tiến trình xử lý" in clerk.get("/ket-qua/tep/1/tien-do").text
    work(service)
    assert clerk.get("/ket-qua/tep/1/tien-do").headers["HX-Refresh"] == "true"
    looked = clerk.get("/ket-qua/tep/1").text
    assert "Nhận 1 dòng" in looked
    assert "Ngày có kết quả không phải là ngày" in looked
    assert count(service) == 0

    clerk.post("/ket-qua/tep/1/nhan", on="/ket-qua/tep/1")
    work(service)

    assert count(service) == 1
    assert "Đã nhận" in clerk.get("/ket-qua/tep").text
    bad = load_workbook(io.BytesIO(clerk.get("/ket-qua/tep/1/loi.xlsx").data)).worksheets[0]
    assert bad.max_row == 2


def test_pasted_rows_are_a_file_as_well_and_nothing_given_is_said(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    lines = [list(a_row(1)), list(a_row(1).values())]

    assert "Hãy chọn tệp" in give(clerk, dong="  ").text
    give(clerk, dong="\n".join("\t".join(line) for line in lines))
    work(service)

    assert "Nhận 1 dòng" in clerk.get("/ket-qua/tep/1").text


def test_columns_are_named_on_the_page(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    give(clerk, content_of(strange_row(1)))
    work(service)
    page = clerk.get("/ket-qua/tep/1").text
    assert "Không tìm thấy: Mã hồ sơ" in page
    assert "Số biên nhận" in page

    said = {f"cot-{number}": FIELDS[name] for number, name in enumerate(strange_row(1))}
    assert "Phải có các cột" in clerk.post("/ket-qua/tep/1/cot", on="/ket-qua/tep/1", **{**said, "cot-0": "error"}).text
    clerk.post("/ket-qua/tep/1/cot", on="/ket-qua/tep/1", **said)
    work(service)

    assert "Nhận 1 dòng" in clerk.get("/ket-qua/tep/1").text


def test_another_offices_file_does_not_exist_and_an_auditor_gives_none(service: Service, logged_in: LogIn) -> None:
    give(logged_in("bode"), content_of(a_row(1)), "ten-tep-rieng.csv")
    give(logged_in("giamsat"), content_of(a_row(2)), "cua-giam-sat.csv")
    work(service)

    there = logged_in("viethung")
    assert "ten-tep-rieng" not in there.get("/ket-qua/tep").text
    for number in (1, 2):
        for page in ("", "/tien-do", "/loi.xlsx"):
            assert there.get(f"/ket-qua/tep/{number}{page}").status_code == 404
        for act in ("nhan", "dung", "bo", "cot"):
            assert there.post(f"/ket-qua/tep/{number}/{act}", on="/ket-qua/tep").status_code == 404
    # What a supervisor gives for all offices is no clerk's.
    assert logged_in("bode").get("/ket-qua/tep/2").status_code == 404
    assert logged_in("giamsat").get("/ket-qua/tep/1").status_code == 200
    for username in ("kiemtoan", "quantri"):
        assert logged_in(username).get("/ket-qua/tep").status_code == 403
        assert logged_in(username).get("/ket-qua/tep/1").status_code == 403
    assert count(service) == 0


def test_who_gave_saw_and_took_in_is_in_the_book(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    give(clerk, content_of(a_row(1)))
    work(service)
    clerk.get("/ket-qua/tep/1")
    clerk.post("/ket-qua/tep/1/nhan", on="/ket-qua/tep/1")

    with service.database.read() as session:
        book = [(entry.action, entry.subject) for entry in session.scalars(sa.select(AuditEntry))]
    assert {("gave a file", "upload:1"), ("saw", "upload:1"), ("took in a file", "upload:1")} <= set(book)


def test_a_file_is_discarded_and_one_that_is_being_taken_in_is_not(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    for _file in range(2):
        give(clerk, content_of(a_row(1)))
    work(service)

    assert "Không nhận gì từ ket-qua.csv" in clerk.post("/ket-qua/tep/1/bo", on="/ket-qua/tep/1").text
    clerk.post("/ket-qua/tep/2/nhan", on="/ket-qua/tep/2")
    assert "chuyển sang bước khác" in clerk.post("/ket-qua/tep/2/bo", on="/ket-qua/tep/2").text
    assert "Đang dừng" in clerk.post("/ket-qua/tep/2/dung", on="/ket-qua/tep/2").text
    work(service)
    # What had been read when the wish was heard stays.
    assert count(service) == 1
    assert "Dừng giữa chừng" in clerk.get("/ket-qua/tep/2").text


def test_work_that_got_stuck_says_so_instead_of_turning_for_ever(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    give(clerk, content_of(a_row(1)))
    with service.database.write() as session:
        session.execute(sa.update(Job).values(state=JobState.PARKED))

    assert "hỏng nhiều lần" in clerk.get("/ket-qua/tep/1").text
    assert clerk.get("/ket-qua/tep/1/tien-do").headers["HX-Refresh"] == "true"


def test_a_result_is_entered_by_hand_and_taken_back(service: Service, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    said = {
        "dossier_code": "H26.41.118-261129-0001", "owner_name": "Trần Thị Thử", "result_date": "2026-11-29",
        "address": "Số 7 phố Thử, phường Bồ Đề, Hà Nội", "wants_delivery": "x", "procedure_code": "1.001193",
    }  # fmt: skip

    wrong = clerk.post("/ket-qua/moi", on="/ket-qua/moi", **{**said, "phone": "12", "result_date": "mai"})
    assert wrong.status_code == 422
    assert 'id="phone-sai"' in wrong.text
    assert 'value="Trần Thị Thử"' in wrong.text
    entered = clerk.post("/ket-qua/moi", on="/ket-qua/moi", **said)
    assert "H26.41.118-261129-0001" in entered.text
    assert "đã có" in clerk.post("/ket-qua/moi", on="/ket-qua/moi", **said).text
    assert count(service) == 1

    assert logged_in("viethung").post("/ket-qua/1/rut", on="/ket-qua/moi").status_code == 404
    clerk.post("/ket-qua/1/rut", on="/ket-qua/1")
    assert count(service) == 0


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    """Where the real server listens, with its bounds for what a request may bring."""
    app = create_app(service)
    server = create_lanes(
        app, partial(callbacks.answer, service), callbacks.DOORS, parser=parser_for(is_staff_of(app)),
        host="127.0.0.1", port=0, max_request_body_size=MOST_WITH_FILE,
    )  # fmt: skip
    with running(server) as where:
        yield where


def post(port: int, path: str, size: int, cookie: str = "", *, chunked: bool = False) -> int:
    """The status that a body of that size is answered with."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        headers = {"Cookie": cookie} if cookie else {}
        body: bytes | Iterator[bytes] = b"x" * size
        if chunked:
            body = (b"x" * 65536 for _piece in range(size // 65536))
        try:
            line.request("POST", path, body=body, headers=headers, encode_chunked=chunked)
        except (BrokenPipeError, ConnectionResetError):
            return 413  # hung up before all was sent
        return line.getresponse().status


@pytest.mark.parametrize("chunked", [False, True])
def test_only_who_has_logged_in_may_send_much_and_only_to_that_door(
    port: int, logged_in: LogIn, anyone: Browser, *, chunked: bool
) -> None:
    def cookie_of(browser: Browser) -> str:
        browser.get("/dang-nhap")
        cookie = browser.client.get_cookie("tannha")
        assert cookie is not None
        return f"tannha={cookie.value}"

    clerk, stranger = cookie_of(logged_in("bode")), cookie_of(anyone)
    much = 2 * MOST_BYTES
    # Let in, and then refused for what it is: no form with its token.
    assert post(port, DOOR, much, clerk, chunked=chunked) == 400
    for path, cookie in ((DOOR, stranger), (DOOR, ""), (DOOR, clerk[:-3]), (DOOR, "tannha=x"), ("/ket-qua", clerk)):
        assert post(port, path, much, cookie, chunked=chunked) == 413
    assert post(port, DOOR, MOST_WITH_FILE + MOST_BYTES, clerk, chunked=chunked) == 413


def test_a_file_of_many_megabytes_comes_through(service: Service, logged_in: LogIn) -> None:
    content = content_of(a_row(1)) + b"\n" * (3 * MOST_BYTES)

    given = give(logged_in("bode"), content)

    assert given.status_code == 200
    with service.database.read() as session:
        assert [len(one.content or b"") for one in session.scalars(sa.select(Upload))] == [len(content)]
