"""What a district arranges: each page for those whom it concerns, each change with its way back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.models import Absence, Courier, Office, Procedure, Revision, Role
from delivery.moments import local, now
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.conftest import PASSWORD, Browser
from web.people import add_staff

LogIn = Callable[[str], Browser]
HOURS = {
    "name": "Phạm Văn Bưu", "shift_start": "07:30", "shift_end": "17:00", "break_start": "11:30", "break_end": "13:30",
    "break_length": "60", "capacity": "80",
}  # fmt: skip
OFFICE = {
    "name": "Bộ phận Một cửa phường Bồ Đề", "address": "Số 1 phố Thử", "phone": "1022", "postal_code": "11813",
    "lat": "21.0459", "lon": "105,8738",
}  # fmt: skip
RULE = {"name_vi": "Đăng ký thử", "name_en": "Trial", "handed_to": "family", "postable": "1", "working_days": "3"}


@pytest.fixture
def planner(service: Service, logged_in: LogIn) -> Browser:
    with service.database.write() as session:
        add_staff(session, "dieuphoi", "Điều phối", Role.DISPATCHER, None, PASSWORD)
    return logged_in("dieuphoi")


def of(service: Service, code: str) -> Courier:
    with service.database.read() as session:
        return session.scalars(sa.select(Courier).where(Courier.code == code)).one()


def page_of(service: Service, code: str) -> str:
    return f"/nguoi-phat/{of(service, code).id}"


def sees(browser: Browser, page: str) -> dict[str, str]:
    """What the hidden field of the form says that its reader has seen."""
    return {"thay": browser.get(page).text.split('name="thay" value="')[1].split('"')[0]}


def test_the_way_in_shows_to_each_only_what_they_may_open(logged_in: LogIn) -> None:
    for username, accounts in (("bode", False), ("kiemtoan", False), ("giamsat", False), ("quantri", True)):
        page = logged_in(username).get("/thiet-lap").text
        for address in ("/lich", "/nguoi-phat", "/bo-phan", "/thu-tuc", "/thu-kem"):
            assert f'href="{address}"' in page
        assert ('href="/tai-khoan"' in page) is accounts


def test_a_courier_is_entered_and_is_there_for_the_next_plan(service: Service, planner: Browser) -> None:
    page = planner.post("/nguoi-phat/moi", on="/nguoi-phat/moi", ma="bd3", don_vi="BD", **HOURS)

    assert page.request.path == page_of(service, "BD3")
    made = of(service, "BD3")
    assert (made.shift_start, made.break_length, made.capacity, made.active) == (27000, 3600, 80, True)
    again = planner.post("/nguoi-phat/moi", on="/nguoi-phat/moi", ma="BD3", don_vi="VH", **HOURS)
    assert again.status_code == 422
    assert "Mã BD3 đã có người dùng" in again.text
    assert "Phạm Văn Bưu" in again.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Hãy điền ô này"),
        ({"name": "x" * 201}, "Hãy điền ô này"),
        ({"name": "<script>\x1b"}, "Hãy điền ô này"),
        ({"shift_start": "25:00"}, "Giờ như 08:00"),
        ({"shift_start": "٠٨:٠٠"}, "Giờ như 08:00"),
        ({"shift_end": "07:30"}, "Giờ về phải sau"),
        ({"break_length": ""}, "đủ ba ô"),
        ({"break_start": "06:00"}, "nằm trong giờ làm"),
        ({"break_length": "121"}, "dài hơn"),
        ({"break_length": "0"}, "từ 1 đến 600"),
        ({"capacity": "-1"}, "từ 1 đến 2000"),
        ({"capacity": "99999999999999"}, "từ 1 đến 2000"),
    ],
)
def test_hours_that_cannot_be_meant_come_back_with_the_field_marked(
    service: Service, planner: Browser, changes: dict[str, str], said: str
) -> None:
    page = page_of(service, "BD1")

    answer = planner.post(page, on=page, **{**HOURS, **sees(planner, page), **changes})

    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert of(service, "BD1").name != HOURS["name"]


def test_no_rest_at_all_is_possible(service: Service, planner: Browser) -> None:
    page = page_of(service, "BD1")
    none = dict.fromkeys(("break_start", "break_end", "break_length"), "")

    assert "Đã lưu" in planner.post(page, on=page, **{**HOURS, **none, **sees(planner, page)}).text
    assert of(service, "BD1").break_length is None


def test_who_saves_upon_an_older_look_is_told_and_loses_nothing(
    service: Service, planner: Browser, logged_in: LogIn
) -> None:
    page = page_of(service, "BD1")
    old = sees(planner, page)
    other = logged_in("giamsat")
    other.post(page, on=page, **{**HOURS, "capacity": "33", **sees(other, page)})

    answer = planner.post(page, on=page, **{**HOURS, "capacity": "44", **old})
    assert answer.status_code == 422
    assert "có người khác đã sửa" in answer.text
    assert 'value="44"' in answer.text
    assert of(service, "BD1").capacity == 33
    new = {"thay": answer.text.split('name="thay" value="')[1].split('"')[0]}
    planner.post(page, on=page, **{**HOURS, "capacity": "44", **new})
    assert of(service, "BD1").capacity == 44


def test_a_change_is_put_back_from_its_line(service: Service, planner: Browser) -> None:
    page = page_of(service, "BD1")
    planner.post(page, on=page, **{**HOURS, **sees(planner, page)})
    with service.database.read() as session:
        made = session.scalars(sa.select(Revision.id)).one()

    answer = planner.post(f"{page}/lui", on=page, lan=str(made)).text

    assert "Đã hoàn lại" in answer
    assert of(service, "BD1").name == "Bưu tá Bồ Đề 1"
    assert "Không có lần sửa nào" in planner.post(f"{page}/lui", on=page, lan="999").text


def test_who_leaves_gets_no_routes_until_they_come_back(service: Service, planner: Browser) -> None:
    page = page_of(service, "BD1")
    assert "không được giao tuyến nữa" in planner.post(f"{page}/nghi", on=page).text
    assert not of(service, "BD1").active
    assert "được giao tuyến trở lại" in planner.post(f"{page}/lai", on=page).text
    assert of(service, "BD1").active


def test_a_clerk_notes_an_absence_of_the_own_office_and_nothing_else(service: Service, logged_in: LogIn) -> None:
    clerk, own, other = logged_in("bode"), page_of(service, "BD1"), page_of(service, "VH1")
    tomorrow = (local(now()).date() + timedelta(days=1)).isoformat()

    assert "vắng" in clerk.post(f"{own}/vang", on=own, tu_ngay=tomorrow).text
    assert clerk.get(other).status_code == 404
    assert clerk.post(f"{other}/vang", on=own, tu_ngay=tomorrow).status_code == 404
    assert "VH1" not in clerk.get("/nguoi-phat").text
    assert "VH1" not in clerk.get("/nguoi-phat?van_phong=VH").text
    for act in ("", "/lui", "/nghi", "/lai"):
        assert clerk.post(own + act, on=own, **HOURS).status_code == 403
    with service.database.read() as session:
        number = session.scalars(sa.select(Absence.id)).one()
    assert clerk.post(f"{other}/vang/bo", on=own, lan=str(number)).status_code == 404
    assert "Không còn vắng" in clerk.post(f"{own}/vang/bo", on=own, lan=str(number)).text
    assert "Không còn vắng" not in clerk.post(f"{own}/vang/bo", on=own, lan=str(number)).text


def test_routes_of_somebody_who_is_away_are_named_with_the_way_to_their_board(day: Day, logged_in: LogIn) -> None:
    with day.service.database.write() as session:
        today = local(now()).date()
        session.execute(sa.text("UPDATE batch SET day = :day"), {"day": today.isoformat()})
        courier_id = session.execute(sa.text("SELECT courier_id FROM route")).scalars().first()
    page = f"/nguoi-phat/{courier_id}"

    told = logged_in("bode").post(f"{page}/vang", on=page, tu_ngay=today.isoformat()).text
    assert f'<a href="/dot/{day.batch}/tuyen">{day.batch}</a>' in told
    assert day.batch in logged_in("giamsat").post(f"{page}/nghi", on=page).text
    without_board = logged_in("quantri").post(f"{page}/vang", on=page, tu_ngay=today.isoformat()).text
    assert day.batch in without_board
    assert "/tuyen" not in without_board


@pytest.mark.parametrize("bad", [{"tu_ngay": "x"}, {"tu_ngay": "2026-02-30"}, {}, {"tu_ngay": "1999-01-01"}])
def test_days_that_are_none_are_refused(service: Service, logged_in: LogIn, bad: dict[str, str]) -> None:
    page = page_of(service, "BD1")

    assert "notice bad" in logged_in("bode").post(f"{page}/vang", on=page, **bad).text
    with service.database.read() as session:
        assert session.scalars(sa.select(Absence)).all() == []


def test_an_office_is_changed_by_a_supervisor_and_looked_at_by_its_clerk(service: Service, logged_in: LogIn) -> None:
    supervisor, page = logged_in("giamsat"), "/bo-phan/1"

    supervisor.post(page, on=page, **{**OFFICE, **sees(supervisor, page)})
    with service.database.read() as session:
        office = session.get_one(Office, 1)
    assert (office.address, office.lon) == ("Số 1 phố Thử", 105.8738)
    clerk = logged_in("bode")
    assert "Số 1 phố Thử" in clerk.get(page).text
    assert clerk.get("/bo-phan/2").status_code == 404
    assert clerk.post(page, on="/tra-cuu", **OFFICE).status_code == 403


@pytest.mark.parametrize(
    ("field", "text"),
    [("lat", "48.1"), ("lat", "1e1"), ("lon", "nan"), ("lon", ""), ("postal_code", "12"), ("postal_code", "１２３４５"),
     ("name", "")],
)  # fmt: skip
def test_an_office_cannot_move_out_of_the_country(service: Service, logged_in: LogIn, field: str, text: str) -> None:
    supervisor, page = logged_in("giamsat"), "/bo-phan/1"

    assert supervisor.post(page, on=page, **{**OFFICE, **sees(supervisor, page), field: text}).status_code == 422
    with service.database.read() as session:
        assert session.scalars(sa.select(Revision)).all() == []


def test_a_procedure_is_entered_changed_and_put_back(service: Service, logged_in: LogIn) -> None:
    supervisor, page = logged_in("giamsat"), "/thu-tuc/9.000001"
    supervisor.post("/thu-tuc/moi", on="/thu-tuc/moi", ma="9.000001", **RULE)
    supervisor.post(page, on=page, **{**RULE, "working_days": "5", **sees(supervisor, page)})
    with service.database.read() as session:
        assert session.get_one(Procedure, "9.000001").working_days == 5
        made = session.scalars(sa.select(Revision.id)).one()
    supervisor.post(f"{page}/lui", on=page, lan=str(made))
    with service.database.read() as session:
        assert session.get_one(Procedure, "9.000001").working_days == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"handed_to": "both_spouses"}, "hai vợ chồng"),
        ({"handed_to": "anybody"}, "Hãy chọn một"),
        ({"working_days": "61"}, "từ 0 đến 60"),
        ({"working_days": "1.5"}, "từ 0 đến 60"),
    ],
)
def test_a_rule_against_the_law_is_not_taken(
    service: Service, logged_in: LogIn, changes: dict[str, str], said: str
) -> None:
    supervisor, page = logged_in("giamsat"), "/thu-tuc/1.001193"

    answer = supervisor.post(page, on=page, **{**RULE, **sees(supervisor, page), **changes})

    assert answer.status_code == 422
    assert said in answer.text
    with service.database.read() as session:
        assert session.get_one(Procedure, "1.001193").name_vi == "Đăng ký khai sinh"


@pytest.mark.parametrize("code", ["1.1", "", "1.001193", "../x", "1.00119x"])
def test_a_code_that_is_none_or_taken_is_refused(service: Service, logged_in: LogIn, code: str) -> None:
    assert logged_in("giamsat").post("/thu-tuc/moi", on="/thu-tuc/moi", ma=code, **RULE).status_code == 422
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Procedure)) == 12


def test_a_courier_of_the_own_team_has_no_business_here(service: Service, logged_in: LogIn) -> None:
    with service.database.write() as session:
        add_staff(session, "phat", "Người phát", Role.COURIER, None, PASSWORD, courier_code="BD1")
    courier = logged_in("phat")

    for address in ("/thiet-lap", "/lich", "/nguoi-phat", page_of(service, "BD1"), "/bo-phan", "/thu-tuc"):
        assert courier.get(address).status_code == 403
