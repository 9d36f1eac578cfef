"""The list of cases: what is urgent first, whose it is, and nobody else's office."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.cases import HOURS_TO_DECIDE, TITLES, open_case
from delivery.models import Case, CaseKind, Office
from delivery.moments import now
from delivery.wiring import Service
from tests.web.conftest import Browser
from web.case_list import ROWS_ON_A_PAGE
from web.next_steps import NEXT_STEPS

LogIn = Callable[[str], Browser]


@pytest.fixture
def duties(service: Service) -> Service:
    """Two cases of Bồ Đề, the first overdue, one of Việt Hưng, and one of no office."""
    moment = now()
    with service.database.write() as session:
        offices = {office.code: office.id for office in session.scalars(sa.select(Office))}
        for number, (kind, office, hours) in enumerate((
            (CaseKind.HAND_OVER, offices["BD"], 9), (CaseKind.SECOND_COPY, offices["BD"], 1),
            (CaseKind.RECALL, offices["VH"], 1), (CaseKind.STUCK_JOB, None, 1),
        ), start=1):  # fmt: skip
            open_case(session, kind, f"test:{number}", at=moment - timedelta(hours=hours), office_id=office,
                      facts={"dossier": f"HS-{number}"})  # fmt: skip
    return service


def owner_of(service: Service, case_id: int) -> str:
    with service.database.read() as session:
        return session.get_one(Case, case_id).owner


def press(browser: Browser, case_id: int, act: str) -> str:
    return browser.post(f"/vu-viec/{case_id}/{act}", on="/vu-viec").text


def test_every_kind_of_case_has_a_title_a_due_time_and_a_next_step() -> None:
    assert set(CaseKind) == set(TITLES) == set(HOURS_TO_DECIDE) == set(NEXT_STEPS)


@pytest.mark.usefixtures("duties")
def test_what_is_due_first_stands_first_and_says_what_to_do(logged_in: LogIn) -> None:
    page = logged_in("bode").get("/vu-viec").text

    assert page.index("HS-1<") < page.index("HS-2<")
    assert "HS-3<" not in page
    assert "HS-4<" not in page
    assert page.count("quá hạn</strong>") == 1
    assert "quét ở bàn giao nhận" in page
    overdue = logged_in("bode").get("/vu-viec?ngan=qua-han").text
    assert "HS-1<" in overdue
    assert "HS-2<" not in overdue


@pytest.mark.usefixtures("duties")
def test_a_supervisor_sees_all_of_them_or_one_office(logged_in: LogIn) -> None:
    supervisor = logged_in("giamsat")

    assert all(f"HS-{number}<" in supervisor.get("/vu-viec").text for number in (1, 2, 3, 4))
    one = supervisor.get("/vu-viec?van_phong=VH").text
    assert [f"HS-{number}<" in one for number in (1, 2, 3, 4)] == [False, False, True, False]


def test_who_takes_a_case_over_first_keeps_it_until_they_or_a_supervisor_give_it_back(
    duties: Service, logged_in: LogIn
) -> None:
    clerk, supervisor = logged_in("bode"), logged_in("giamsat")

    press(clerk, 1, "nhan")
    assert owner_of(duties, 1) == "bode"
    assert "HS-1<" in clerk.get("/vu-viec?ngan=cua-toi").text
    assert "HS-1<" not in clerk.get("/vu-viec?ngan=chua-ai-nhan").text
    assert "bode đã nhận xử lý" in press(supervisor, 1, "nhan")
    assert owner_of(duties, 1) == "bode"
    assert "bode" in clerk.get("/vu-viec/1").text
    press(supervisor, 1, "tra")
    assert owner_of(duties, 1) == ""
    press(supervisor, 1, "nhan")
    press(clerk, 1, "tra")
    assert owner_of(duties, 1) == "giamsat"


def test_another_offices_cases_are_nobody_elses_and_an_auditor_takes_none(duties: Service, logged_in: LogIn) -> None:
    for username, status in (("viethung", 404), ("kiemtoan", 403)):
        for act in ("nhan", "tra"):
            assert logged_in(username).post(f"/vu-viec/1/{act}", on="/tra-cuu").status_code == status
    assert logged_in("quantri").get("/vu-viec").status_code == 403
    assert "/nhan" not in logged_in("kiemtoan").get("/vu-viec").text
    assert owner_of(duties, 1) == ""


def test_many_cases_are_shown_page_by_page(service: Service, logged_in: LogIn) -> None:
    with service.database.write() as session:
        office = session.scalars(sa.select(Office.id).where(Office.code == "BD")).one()
        for number in range(ROWS_ON_A_PAGE + 5):
            open_case(session, CaseKind.SECOND_COPY, f"test:{number}", at=now(), office_id=office)
    clerk = logged_in("bode")

    assert clerk.get("/vu-viec").text.count('<th scope="row"') == ROWS_ON_A_PAGE
    assert clerk.get("/vu-viec?trang=2").text.count('<th scope="row"') == 5
    for strange in ("0", "-1", "x", "9" * 40):
        assert clerk.get(f"/vu-viec?trang={strange}").status_code == 200


def test_a_case_is_taken_over_and_given_back_on_its_own_page(duties: Service, logged_in: LogIn) -> None:
    clerk, supervisor = logged_in("bode"), logged_in("giamsat")

    page = clerk.post("/vu-viec/1/nhan", on="/vu-viec/1", ve="vu-viec").text

    assert owner_of(duties, 1) == "bode"
    assert 'action="/vu-viec/1/tra"' in page
    assert "/vu-viec/1/nhan" not in page
    assert 'action="/vu-viec/1/tra"' in supervisor.get("/vu-viec/1").text
    assert 'action="/vu-viec/1/nhan"' in clerk.post("/vu-viec/1/tra", on="/vu-viec/1", ve="vu-viec").text
    assert owner_of(duties, 1) == ""
    auditor = logged_in("kiemtoan").get("/vu-viec/1").text
    assert "/vu-viec/1/nhan" not in auditor
