"""A log-in belongs to one person in one browser, and is over when it is over, whoever has a copy."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from delivery.models import EndedLogin, Staff
from delivery.moments import now
from tests.security.ground import PASSWORD, Attacker, Ground
from web import logins, proofs
from web.people import end_logins, set_password

PAGE = "/ket-qua"


def stolen(victim: Attacker) -> Attacker:
    """Somebody with a copy of what the victim's browser keeps."""
    thief = victim.ground.attacker()
    cookie = victim.client.get_cookie("tannha")
    assert cookie is not None
    thief.client.set_cookie("tannha", cookie.value)
    return thief


def test_a_copy_of_a_log_in_opens_nothing_once_its_owner_has_logged_out(ground: Ground) -> None:
    victim = ground.attacker("giam-sat")
    thief, elsewhere = stolen(victim), ground.attacker("giam-sat")
    assert thief.ask(PAGE).status_code == 200

    victim.press("/dang-xuat")

    assert thief.ask(PAGE).status_code == 302
    # On their other devices a person goes on working.
    assert elsewhere.ask(PAGE).status_code == 200


def test_what_is_remembered_of_ended_log_ins_is_no_log_in_and_is_forgotten_in_time(ground: Ground) -> None:
    victim = ground.attacker("giam-sat")
    with victim.client.session_transaction() as kept:
        name = kept[logins.KEPT_AS]["name"]
    victim.press("/dang-xuat")
    with ground.service.database.read() as session:
        (ended,) = session.scalars(sa.select(EndedLogin.name))
    assert ended != name

    with time_machine.travel(now() + 2 * logins.LONGEST, tick=False):
        ground.attacker("giam-sat").press("/dang-xuat")
        with ground.service.database.read() as session:
            assert ended not in set(session.scalars(sa.select(EndedLogin.name)))


def test_however_busy_somebody_is_a_log_in_lasts_no_longer_than_half_a_day(ground: Ground) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        victim = ground.attacker("giam-sat")
        for _hour in range(11):
            clock.shift(timedelta(hours=1))
            assert victim.ask(PAGE).status_code == 200

        clock.shift(timedelta(hours=2))

        assert victim.ask(PAGE).status_code == 302


def test_what_a_browser_was_given_before_the_log_in_is_worth_nothing_after_it(ground: Ground) -> None:
    """Who sets a session in a victim's browser beforehand has another one than the victim then has."""
    attacker = ground.attacker()
    before = attacker.token
    victim = stolen(attacker)
    victim.name = "giam-sat"

    victim.ask("/dang-nhap", "POST", data={"csrf_token": before, "username": "giam-sat", "password": PASSWORD})

    assert victim.ask(PAGE).status_code == 200
    assert attacker.ask(PAGE).status_code == 302
    assert victim.ask("/dang-xuat", "POST", headers={"X-CSRFToken": before}).status_code == 400


def _new_password(staff: Staff) -> None:
    set_password(staff, "một mật khẩu khác")


def _closed(staff: Staff) -> None:
    staff.active = False


@pytest.mark.parametrize("change", [_new_password, _closed, end_logins])
def test_what_ends_a_person_s_log_ins_ends_all_copies_at_the_next_request(
    ground: Ground, change: Callable[[Staff], None]
) -> None:
    victim = ground.attacker("giam-sat")
    thief = stolen(victim)

    with ground.service.database.write() as session:
        change(session.scalars(sa.select(Staff).where(Staff.username == "giam-sat")).one())

    assert thief.ask(PAGE).status_code == victim.ask(PAGE).status_code == 302


@pytest.mark.parametrize("spoil", ["", "x", ".", "a" * 3000])
def test_a_session_that_we_have_not_signed_is_nobody_s(ground: Ground, spoil: str) -> None:
    victim = ground.attacker("giam-sat")
    cookie = victim.client.get_cookie("tannha")
    assert cookie is not None
    head, _dot, tail = cookie.value.partition(".")
    thief = ground.attacker()

    for forged in (spoil, head + spoil + "." + tail, cookie.value[:-3] + spoil, f"{head}.{tail[:6]}.{spoil}"):
        if forged != cookie.value:
            thief.client.set_cookie("tannha", forged)
            assert thief.ask(PAGE).status_code == 302


def test_what_a_citizen_has_proved_ends_after_two_hours_however_often_it_is_used(ground: Ground) -> None:
    with time_machine.travel(now(), tick=False) as clock, ground.app.test_request_context():
        proofs.ENVELOPE.keep(1)
        minutes = 0
        while proofs.ENVELOPE.held() is not None:
            clock.shift(timedelta(minutes=10))
            minutes += 10
            assert minutes <= 120


def test_half_a_log_in_opens_no_page(ground: Ground) -> None:
    """Who has shown the right password and no code yet is nobody for every other page."""
    with ground.service.database.write() as session:
        victim = session.scalars(sa.select(Staff).where(Staff.username == "giam-sat")).one()
        victim.second_factor, victim.second_factor_step = b"x" * 40, 0
    half = ground.attacker("giam-sat")

    assert half.ask("/dang-nhap/ma-xac-nhan").status_code == 200
    assert half.ask(PAGE).location.startswith("/dang-nhap")
    assert half.ask("/buoc-xac-nhan").location.startswith("/dang-nhap")
