"""The counter in the evening: sheets and envelopes that came back, and a day that is red or not."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from delivery.cases import open_cases
from delivery.dispatch.rounds import planned_moment
from delivery.models import Consignment, DoorAct, Item, TrackingEvent
from delivery.rules.lifecycle import State
from tests.delivery.own_team import clock, failed
from tests.web.conftest import Browser
from tests.web.own_team.conftest import COUNTER, Rounds

LogIn = Callable[[str], Browser]
DAY_PAGE = "/dieu-phoi?ngay=2026-11-25"


@pytest.fixture
def evening(rounds: Rounds, morning: time_machine.Traveller) -> Rounds:
    """The courier is back, with the sheet and a bag that is not empty."""
    morning.move_to(clock("17:45"))
    return rounds


@pytest.fixture
def clerk(evening: Rounds, logged_in: LogIn) -> Browser:
    assert evening
    return logged_in("bode")


def enter(clerk: Browser, code: str, key: str = "", **more: str) -> str:
    """Type a line of the form at the counter and press Enter; returns the page that follows."""
    page = clerk.get(COUNTER).text
    act_id = more.pop("phieu", "") or re.findall(r'name="phieu" value="([^"]+)"', page)[0]
    return clerk.post(COUNTER, on=COUNTER, ma=code, kq=key, phieu=act_id, **more).text


def states(evening: Rounds) -> list[State]:
    by_code = evening.round.day.states()
    return [by_code[evening.code_of(number)] for number in (1, 2, 3)]


def test_a_sheet_is_typed_with_one_key_a_line_and_the_pile_is_scanned_back(evening: Rounds, clerk: Browser) -> None:
    enter(clerk, evening.code_of(1), "1")
    enter(clerk, evening.code_of(2).lower(), "4")
    enter(clerk, evening.code_of(2), "0")
    page = enter(clerk, evening.code_of(3), "0")

    assert states(evening) == [State.DELIVERED, State.RETURNED, State.RETURNED]
    assert page.count('action="/ket-qua-phat/hoan-tac"') == 4
    day = clerk.get(DAY_PAGE).text
    assert "Đội của phường" in day
    assert "chưa phát cũng chưa mang về" not in day


def test_the_enter_of_a_scan_gun_brings_the_code_back_and_changes_nothing(evening: Rounds, clerk: Browser) -> None:
    code = evening.code_of(1)

    page = enter(clerk, code)

    assert f'value="{code}"' in page
    assert re.search(r'id="kq"[^>]*autofocus', page)
    with evening.round.day.service.database.read() as session:
        assert session.scalars(sa.select(DoorAct)).all() == []


def test_a_line_that_is_sent_twice_is_one_line(evening: Rounds, clerk: Browser) -> None:
    act_id = "0190a5e6-0000-7000-8000-000000000001"
    for _ in range(2):
        enter(clerk, evening.code_of(1), "4", phieu=act_id)

    with evening.round.day.service.database.read() as session:
        assert session.scalars(sa.select(DoorAct.act_id)).all() == [act_id]


def test_a_visit_is_dated_as_written_or_as_planned_and_never_after_the_envelope_was_back(
    evening: Rounds, clerk: Browser
) -> None:
    enter(clerk, evening.code_of(1), "4", gio="9h20")
    enter(clerk, evening.code_of(2), "4")
    enter(clerk, evening.code_of(3), "0")
    enter(clerk, evening.code_of(3), "4")

    with evening.round.day.service.database.read() as session:
        said = {
            (event.consignment.item_code, event.fact.value): event.occurred_at
            for event in session.scalars(sa.select(TrackingEvent).where(TrackingEvent.source == "counter"))
        }
        second = session.scalars(sa.select(Consignment).where(Consignment.item_code == evening.code_of(2))).one()
        planned = planned_moment(session, second)
    assert said[evening.code_of(1), "attempt_failed"] == clock("09:20")
    assert said[evening.code_of(2), "attempt_failed"] == planned
    assert said[evening.code_of(3), "attempt_failed"] <= said[evening.code_of(3), "returned"]
    assert states(evening)[2] is State.RETURNED
    with evening.round.day.service.database.read() as session:
        assert open_cases(session) == []


@pytest.mark.parametrize(
    ("code", "key", "gio"), [("EE473124829VN", "1", ""), ("", "1", ""), ("1", "x", ""), ("1", "1", "25:99")]
)
def test_what_cannot_be_read_is_said_and_changes_nothing(
    evening: Rounds, clerk: Browser, code: str, key: str, gio: str
) -> None:
    page = enter(clerk, evening.code_of(1) if code == "1" else code, key, gio=gio)

    assert 'class="notice bad"' in page
    assert set(states(evening)) == {State.WITH_CARRIER}


def test_another_office_s_envelope_is_not_there(evening: Rounds, logged_in: LogIn) -> None:
    stranger = logged_in("viethung")

    assert "notice bad" in enter(stranger, evening.code_of(1), "1")
    said = failed("10:00")
    evening.round.say(said)
    undone = stranger.post(f"{COUNTER}/hoan-tac", on=COUNTER, viec=str(said.act_id), phieu=str(said.act_id))
    assert "notice bad" in undone.text
    assert State.ATTEMPT_FAILED in states(evening)


@pytest.mark.parametrize("username", ["kiemtoan", "quantri", "bd1"])
def test_who_has_no_work_at_the_counter_is_denied(evening: Rounds, logged_in: LogIn, username: str) -> None:
    somebody = logged_in(username)

    assert somebody.get(COUNTER).status_code == 403
    assert somebody.post(COUNTER, on="/tra-cuu", ma=evening.code_of(1), kq="1").status_code == 403


def test_after_the_shift_what_is_neither_delivered_nor_back_is_red(
    rounds: Rounds, logged_in: LogIn, morning: time_machine.Traveller
) -> None:
    morning.move_to(clock("15:00"))
    clerk = logged_in("bode")
    assert "chưa phát cũng chưa mang về" not in clerk.get(DAY_PAGE).text
    morning.move_to(clock("17:45"))
    enter(clerk, rounds.code_of(1), "1")

    page = clerk.get(DAY_PAGE).text

    assert "2 phong bì chưa phát cũng chưa mang về" in page
    red = page.split('id="doi-phat"')[1].split("</section>")[0]
    assert rounds.code_of(2) in red
    assert rounds.code_of(1) not in red


def test_the_page_of_the_envelope_shows_the_proof_and_lets_a_supervisor_correct_it(
    evening: Rounds, clerk: Browser, logged_in: LogIn, morning: time_machine.Traveller
) -> None:
    enter(clerk, evening.code_of(1), "2")
    with evening.round.day.service.database.read() as session:
        wanted = sa.select(Item).join(Item.consignments).where(Consignment.item_code == evening.code_of(1))
        item = session.scalars(wanted).one()
    address = f"/phong-bi/{item.id}"
    page = clerk.get(address).text
    assert "Đã phát cho người lớn cùng hộ (Ký trên phiếu tuyến phát)" in page
    assert "Đã trao cho người lớn cùng hộ." in clerk.get(f"/tra-cuu?ma={item.tracking_code}").text
    assert "bode" not in clerk.get(f"/tra-cuu?ma={item.tracking_code}").text.split("<main")[1]
    morning.shift(timedelta(minutes=30))
    assert "/hoan-tac" not in clerk.get(address).text
    supervisor = logged_in("giamsat")
    fields = re.findall(r'name="(viec|phieu|phong_bi)" value="([^"]+)"', supervisor.get(address).text)

    page = supervisor.post(f"{COUNTER}/hoan-tac", on=address, **dict(fields)).text

    assert "người rút lại: giamsat" in page
    assert states(evening)[0] is State.WITH_CARRIER
