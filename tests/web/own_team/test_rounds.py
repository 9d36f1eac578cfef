"""A courier's pages: the own round of today on a cheap phone, each button pressed counts once, nobody else looks in."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from delivery.dispatch.rounds import rounds_of_day
from delivery.models import AuditEntry, DoorAct, Item, Role
from delivery.rules.lifecycle import State
from delivery.wiring import Service
from tests.delivery.conftest import DAY, Intake
from tests.delivery.own_team import Round, clock
from tests.web.conftest import PEOPLE, Browser
from tests.web.own_team.conftest import Rounds, form_of
from web import access
from web.people import close_account

LogIn = Callable[[str], Browser]
INSIDE = ("khai sinh", "Khai sinh", "H26.41", "1.001193")


@pytest.fixture
def courier(rounds: Rounds, logged_in: LogIn) -> Browser:
    """The one whose round it is."""
    return logged_in(rounds.courier)


def test_a_courier_who_logs_in_is_led_to_the_round_of_today(rounds: Rounds, logged_in: LogIn, courier: Browser) -> None:
    page = courier.get("/", follow=True).text
    assert "Tuyến của tôi" in page
    assert courier.get("/dang-nhap").location == "/rounds"
    assert courier.get("/rounds").location == rounds.address
    other = next(code for code in ("bd1", "bd2") if code != rounds.courier)
    assert "Hôm nay bạn không có tuyến" in logged_in(other).get("/rounds").text


def test_the_round_says_whom_to_find_and_what_to_ask_for_and_nothing_of_what_is_inside(
    rounds: Rounds, courier: Browser
) -> None:
    for page in (courier.get(rounds.address), courier.get(rounds.stop(1))):
        assert page.headers["Cache-Control"] == "no-store"
        assert "Người Thử Số" in page.text
        assert "người lớn cùng hộ" in page.text
        assert re.search(r'href="tel:\+84912345\d{3}">[^<]*•••• ••• \d{3}', page.text)
        assert not [word for word in INSIDE if word in page.text]
        assert "0912 345" not in page.text
        assert not re.search(r'(href|action)="/[^"]*(0912|912345|Ng|Th%)', page.text)


def test_a_scanned_code_a_qr_and_a_stop_s_number_lead_to_the_stop(rounds: Rounds, courier: Browser) -> None:
    for typed in (rounds.code_of(2), rounds.code_of(2).lower(), "2"):
        assert courier.get(f"{rounds.address}/tim?ma={typed}").location == rounds.stop(2)
    for stranger in ("EE473124829VN", "99", "xin chào", ""):
        assert courier.get(f"{rounds.address}/tim?ma={stranger}").location == rounds.address


def test_the_next_stop_moves_on_as_doors_are_done(rounds: Rounds, courier: Browser) -> None:
    assert "Tiếp theo: điểm 1" in courier.get(rounds.address).text

    assert "Tiếp theo: điểm 2" in rounds.say(courier, 1, giay="identity_card", nguoi_nhan="household")
    assert "Tiếp theo: điểm 3" in rounds.say(courier, 2, ly_do="absent")
    page = rounds.say(courier, 3, giay="vneid", nguoi_nhan="recipient")

    assert "Tiếp theo" not in page
    assert "1 phong bì phải mang về" in page
    assert sorted(rounds.round.day.states().values()) == [State.ATTEMPT_FAILED, State.DELIVERED, State.DELIVERED]


def test_a_double_click_counts_once_and_another_button_of_the_same_page_counts_not_at_all(
    rounds: Rounds, courier: Browser
) -> None:
    here = rounds.stop(1)
    form = form_of(courier, here)
    for _ in range(2):
        courier.post(here, on=here, **form, ly_do="absent")
    page = courier.post(here, on=here, **form, giay="passport", nguoi_nhan="recipient").text

    assert "Hãy tải lại trang" in page
    with rounds.round.day.service.database.read() as session:
        assert [act.reason for act in session.scalars(sa.select(DoorAct))] == ["absent"]


@pytest.mark.parametrize(
    "form",
    [
        {"nguoi_nhan": "recipient"}, {"giay": "identity_card"}, {"giay": "signature", "nguoi_nhan": "recipient"},
        {"giay": "identity_card", "nguoi_nhan": "authorised"}, {"ly_do": "bored"}, {"giay": "hat", "nguoi_nhan": "x"},
        {"giay": "identity_card", "nguoi_nhan": "recipient", "phieu": "1"},
        {"giay": "identity_card", "nguoi_nhan": "recipient", "buu_gui": "CH100000999VN"},
    ],
)  # fmt: skip
def test_what_is_missing_or_foreign_is_said_and_nothing_is_noted(
    rounds: Rounds, courier: Browser, form: dict[str, str]
) -> None:
    assert 'class="notice bad"' in rounds.say(courier, 1, **form)
    with rounds.round.day.service.database.read() as session:
        assert session.scalars(sa.select(DoorAct)).all() == []


def test_a_slip_of_the_finger_is_taken_back_for_ten_minutes(
    rounds: Rounds, courier: Browser, morning: time_machine.Traveller
) -> None:
    here = rounds.stop(1)
    form = form_of(courier, here)
    courier.post(here, on=here, **form, ly_do="refused")
    page = courier.get(here).text
    fields = dict(re.findall(r'name="(viec|phieu)" value="([^"]+)"', page.split("/hoan-tac")[1]))

    assert "Đã rút lại" in courier.post(f"{here}/hoan-tac", on=here, **fields).text
    sent_again = courier.post(here, on=here, **form, ly_do="refused").text
    assert "Biểu mẫu này đã ghi một việc đã được rút lại" in sent_again
    assert State.ATTEMPT_FAILED not in rounds.round.day.states().values()
    rounds.say(courier, 1, ly_do="absent")
    morning.shift(timedelta(minutes=11))
    assert "/hoan-tac" not in courier.get(here).text


def test_everybody_else_is_denied(rounds: Rounds, logged_in: LogIn, anyone: Browser) -> None:
    """Another courier of the same office and of another, every other role, and the public; reading and writing."""
    addresses = [rounds.address, rounds.stop(1), f"{rounds.address}/tim?ma=1"]
    others = [code for code in ("bd1", "bd2", "vh1") if code != rounds.courier]
    staff = [username for username, _role, _office in PEOPLE]

    for username, status in [*((name, 404) for name in others), *((name, 403) for name in staff)]:
        somebody = logged_in(username)
        token = {"on": "/tra-cuu", "ly_do": "absent", "buu_gui": rounds.code_of(1)}
        for address in addresses:
            answer = somebody.get(address)
            assert (username, address, answer.status_code) == (username, address, status)
            assert "Người Thử" not in answer.text
        assert somebody.post(rounds.stop(1), **token).status_code == status
        assert somebody.post(f"{rounds.stop(1)}/hoan-tac", **token).status_code == status
    for address in addresses:
        assert anyone.get(address).location.startswith("/dang-nhap")
    with rounds.round.day.service.database.read() as session:
        assert session.scalars(sa.select(DoorAct)).all() == []


def test_a_courier_opens_no_other_page_of_the_house(rounds: Rounds, courier: Browser) -> None:
    with rounds.round.day.service.database.read() as session:
        item = session.scalars(sa.select(Item)).first()
    assert item is not None
    for address in (
        "/dieu-phoi",
        f"/phong-bi/{item.id}",
        "/tim?ma=1",
        f"/dot/{rounds.code}/labels.pdf",
        "/ket-qua-phat",
    ):
        assert courier.get(address).status_code == 403
    mine = {name for name, roles in access.PAGES.items() if Role.COURIER in roles and None not in roles}
    own = {name for name in access.PAGES if name.startswith(("rounds.", "phones.", "password.", "second_factor."))}
    assert mine == own | {"session.log_out", "sign_in.own", "sign_in.tie", "sign_in.untie"}


def test_yesterday_s_and_tomorrow_s_round_are_not_there(
    rounds: Rounds, courier: Browser, morning: time_machine.Traveller
) -> None:
    page = courier.get(rounds.stop(1))
    assert page.status_code == 200
    morning.move_to(clock("23:59"))
    courier.log_in(rounds.courier)
    assert courier.get(rounds.stop(1)).status_code == 200
    morning.shift(timedelta(minutes=2))
    assert courier.get(rounds.address).status_code == 404
    assert rounds.code not in courier.get("/rounds").text


def test_a_form_of_another_site_changes_nothing(rounds: Rounds, courier: Browser) -> None:
    form = form_of(courier, rounds.stop(1))

    assert courier.client.post(rounds.stop(1), data={**form, "ly_do": "absent"}).status_code == 400
    with rounds.round.day.service.database.read() as session:
        assert session.scalars(sa.select(DoorAct)).all() == []


def test_who_looked_and_who_spoke_is_written_down(rounds: Rounds, courier: Browser) -> None:
    rounds.say(courier, 1, ly_do="closed")

    with rounds.round.day.service.database.read() as session:
        book = {(entry.actor, entry.action) for entry in session.scalars(sa.select(AuditEntry))}
    assert {(rounds.courier, "saw"), (rounds.courier, "said at the door")} <= book


def test_what_stayed_on_the_table_is_shown_as_such_and_has_no_buttons(
    service: Service, tmp_path: Path, morning: time_machine.Traveller, logged_in: LogIn
) -> None:
    assert morning
    made = Round.begin(service, Intake(service.database, tmp_path), left_on_the_table=1)
    with service.database.read() as session:
        (found,) = rounds_of_day(session, DAY, [1, 2, 3, 4])
        (left,) = [each.stop.position for each in found.stops if each.not_in_bag]
    courier = logged_in(found.route.code)

    assert "chưa được bàn giao" in courier.get(f"/rounds/{found.batch.code}").text
    page = courier.get(f"/rounds/{found.batch.code}/{left}").text
    assert "door-form" not in page
    assert State.WITH_CARRIER in made.day.states().values()


def test_a_lost_phone_shows_nothing_any_more_once_its_account_is_closed(rounds: Rounds, courier: Browser) -> None:
    with rounds.round.day.service.database.write() as session:
        close_account(session, rounds.courier.upper())

    assert courier.get(rounds.address).location.startswith("/dang-nhap")
    assert courier.log_in(rounds.courier).status_code == 401
