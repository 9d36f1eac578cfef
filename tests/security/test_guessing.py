"""Guessing passwords and codes gets nobody anywhere: not fast, not from many places, not by what answers give away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from delivery.models import Item, OwnCode, Proving, Result, Role, Staff
from delivery.moments import now
from delivery.rules.codes import new_tracking_code
from delivery.wiring import Service
from tests.security.ground import PASSWORD, Attacker, Ground
from web import people
from web.clients import client_of, networks
from web.limits import Allowance

WRONG = "đoán bừa đoán bừa"
OUTSIDE, ELSEWHERE = "203.0.113.5", "198.51.100.7"


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """The kinds of statements that the database is asked meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement.split(None, 1)[0])

    sa.event.listen(service.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(service.database.engine, "before_cursor_execute", note)


def guess(who: Attacker, username: str, password: str = WRONG) -> int:
    form = {"csrf_token": who.token, "username": username, "password": password}
    return who.ask("/dang-nhap", "POST", data=form).status_code


def test_twenty_wrong_passwords_a_minute_from_one_address_and_no_more(ground: Ground) -> None:
    attacker = ground.attacker(address=OUTSIDE)

    answers = [guess(attacker, f"người-{number}") for number in range(25)]

    assert answers == [401] * 20 + [429] * 5
    refused = attacker.ask("/dang-nhap", "POST", data={"csrf_token": attacker.token})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Quá nhiều" in refused.text
    assert guess(ground.attacker(address=ELSEWHERE), "người-1") == 401


def test_who_types_the_right_password_is_not_counted(ground: Ground) -> None:
    for _time in range(30):
        clerk = ground.attacker(address=OUTSIDE)
        clerk.name = "can-bo-o-day"
        assert clerk.log_in().status_code == 302


def test_one_account_is_guessed_at_five_times_from_wherever_it_is(ground: Ground) -> None:
    for number in range(5):
        assert guess(ground.attacker(address=f"203.0.113.{number}"), "giam-sat") == 401

    # From a sixth address, with the right password: the account rests.
    assert guess(ground.attacker(address="203.0.113.99"), "giam-sat", PASSWORD) == 401


def test_guesses_made_at_once_are_all_counted_and_the_right_one_among_them_comes_too_late(ground: Ground) -> None:
    with ground.service.database.write() as session:
        session.execute(sa.update(Staff).where(Staff.username == "giam-sat").values(failed_logins=4))
    guesses = [ground.attacker(address=f"203.0.113.{number}") for number in range(4)]
    tokens = [each.token for each in guesses]
    assert all(tokens)
    threads = [threading.Thread(target=guess, args=(each, "giam-sat")) for each in guesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with ground.service.database.read() as session:
        staff = session.scalars(sa.select(Staff).where(Staff.username == "giam-sat")).one()
        assert staff.locked_until is not None
    assert guess(ground.attacker(address=ELSEWHERE), "giam-sat", PASSWORD) == 401


def test_more_passwords_than_may_be_are_not_reckoned_at_a_time(ground: Ground) -> None:
    """Each takes 64 MiB and half a processor: a flood of them must not take all."""
    room = ground.app.extensions["limits"].passwords
    taken = 0
    while room.acquire(blocking=False):
        taken += 1

    busy = ground.attacker()
    assert guess(busy, "giam-sat", PASSWORD) == 429
    for _each in range(taken):
        room.release()
    assert taken == 4
    assert guess(busy, "giam-sat", PASSWORD) == 302


def test_while_a_password_is_reckoned_others_can_write(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite one writes at a time: a flood of log-ins would else keep reports of the carrier from the disk."""
    wrote: list[int] = []

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  the library's name
            def write() -> None:
                with ground.service.database.write() as session:
                    session.execute(sa.update(Staff).values(login_round=Staff.login_round))
                wrote.append(1)

            other = threading.Thread(target=write)
            other.start()
            other.join(10)
            assert wrote, "nobody else could write"
            return super().verify(hash, password)

    monkeypatch.setattr(people, "_hasher", Slow)
    attacker = ground.attacker()

    assert guess(attacker, "giam-sat", PASSWORD) == 302


@pytest.mark.parametrize(
    ("known", "unknown"), [("giam-sat", "khong-ai"), ("da-dong", "khong-ai"), ("dang-nghi", "khong-ai")]
)
def test_as_much_is_done_for_a_name_that_is_not_there(
    ground: Ground, known: str, unknown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not seconds are compared but work: hashes reckoned, statements asked, transactions that reach the disk."""
    with ground.service.database.write() as session:
        people.add_staff(session, "da-dong", "Đã Đóng", Role.AUDITOR, None, PASSWORD).active = False
        resting = people.add_staff(session, "dang-nghi", "Đang Nghỉ", Role.AUDITOR, None, PASSWORD)
        for _try in range(6):
            people.count_wrong(session, resting, "log-in failed", now())
    hashed: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, *given: Any) -> Literal[True]:
        hashed.append("hash")
        return verify(self, *given)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    attacker = ground.attacker()
    guess(attacker, "khong-ai-ca")

    work = []
    for name in (known, unknown):
        hashed.clear()
        with counted(ground.service) as statements:
            assert guess(attacker, name) == 401
        work.append((len(hashed), [kind for kind in statements if kind != "INSERT"]))

    assert work[0] == work[1]


def test_a_code_of_six_digits_is_guessed_at_five_times(ground: Ground) -> None:
    with ground.service.database.write() as session:
        result = session.scalars(sa.select(Result)).first()
        assert result is not None
        asked = OwnCode(ticket="vé", result_id=result.id, asked_at=now(), wrong=0)
        asked.code_hash = b"\0" * 32
        session.add(asked)
    stranger = ground.attacker()
    assert stranger.token
    with stranger.client.session_transaction() as kept:
        kept["ticket"] = "vé"

    for number in range(8):
        assert stranger.press("/ho-so-cua-toi/ma", ma=f"{number:06}").status_code == 401

    with ground.service.database.read() as session:
        assert session.scalars(sa.select(OwnCode.wrong)).one() == 5


def test_three_digits_of_a_telephone_are_guessed_at_five_times_and_then_not_even_the_right_ones_open(
    ground: Ground,
) -> None:
    with ground.service.database.read() as session:
        item = session.scalars(sa.select(Item)).first()
        assert item is not None
        code, right = item.tracking_code, item.first.phone[-3:]
    wrong = [f"{number:03}" for number in range(1000) if f"{number:03}" != right]

    for number, digits in enumerate(wrong[:5]):
        stranger = ground.attacker(address=f"203.0.113.{number}")
        assert stranger.press("/phong-bi-cua-toi", ma=code, so=digits).status_code == 401

    assert ground.attacker(address=ELSEWHERE).press("/phong-bi-cua-toi", ma=code, so=right).status_code == 401
    with ground.service.database.read() as session:
        assert session.scalars(sa.select(Proving.wrong)).one() == 5


@pytest.mark.parametrize("page", ["/tra-cuu?ma={code}", "/tin-nhan/{code}"])
def test_codes_in_addresses_are_tried_twenty_times_a_minute(ground: Ground, page: str) -> None:
    stranger = ground.attacker(address=OUTSIDE)

    answers = [stranger.ask(page.format(code=new_tracking_code())).status_code for _try in range(25)]

    assert answers == [404] * 20 + [429] * 5


def test_asking_for_codes_is_counted_each_time_since_no_answer_says_whether_it_was_right(
    with_settings: Callable[..., Ground],
) -> None:
    ground = with_settings(message_channels="email", smtp_url="smtp://127.0.0.1:1", mail_from="a@example.vn")
    stranger = ground.attacker(address=OUTSIDE)

    sent = [
        stranger.press("/ho-so-cua-toi", ho_so="H26.41.118-261120-0001", dien_thoai="0912345678") for _try in range(25)
    ]

    assert [answer.status_code for answer in sent] == [302] * 20 + [429] * 5
    with ground.service.database.read() as session:
        asked = session.scalars(sa.select(OwnCode.result_id)).all()
    # Three for the dossier itself, however many addresses ask.
    assert sum(1 for each in asked if each is not None) <= 3


def test_whoever_looks_at_pages_too_often_waits_and_whoever_works_here_does_not(
    with_settings: Callable[..., Ground],
) -> None:
    ground = with_settings(pages_per_minute=10)
    stranger, clerk = ground.attacker(address=OUTSIDE), ground.attacker("giam-sat", address=ELSEWHERE)

    assert [stranger.ask("/").status_code for _look in range(12)] == [200] * 10 + [429] * 2
    # The probes of whoever runs this, files, and the carrier's machine are not turned away.
    assert stranger.ask("/healthz").status_code == 200
    assert stranger.ask("/static/app.css").status_code in {200, 404}
    assert stranger.ask("/callbacks/vnpost", "POST", data=b"{}").status_code != 429
    assert {clerk.ask("/").status_code for _look in range(15)} == {200}


@pytest.mark.parametrize(
    ("peer", "said", "proxies", "client"),
    [
        ("203.0.113.5", "", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.7", "", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.7", "10.0.0.0/24", "198.51.100.7"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.7", "10.0.0.0/24", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "10.0.0.0/24", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, rubbish", "10.0.0.0/24", "10.0.0.1"),
        ("127.0.0.1", "198.51.100.7", "127.0.0.1", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7", "", None),
        ("10.0.0.1", "", "10.0.0.0/24", None),
        ("2001:db8:1:2:3:4:5:6", "", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "", "", "203.0.113.5"),
        ("", "198.51.100.7", "", None),
    ],
)
def test_only_proxies_that_are_named_are_believed_where_a_request_comes_from(
    peer: str, said: str, proxies: str, client: str | None
) -> None:
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": said}

    assert client_of(environ, networks(proxies)) == client


@given(st.text(alphabet="0123456789.,:abcdef xX", max_size=80))
def test_whatever_a_stranger_writes_there_changes_nothing(said: str) -> None:
    environ = {"REMOTE_ADDR": "203.0.113.5", "HTTP_X_FORWARDED_FOR": said}

    assert client_of(environ, [ip_network("10.0.0.0/8")]) == "203.0.113.5"


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=200))
def test_no_minute_ever_sees_more_than_twice_the_allowance_and_a_long_time_no_more_than_it(
    per_minute: int, pauses: list[float]
) -> None:
    at, given_at = 0.0, []
    allowance = Allowance(per_minute, clock=lambda: at)
    for pause in pauses:
        at += pause
        if allowance.take("x") == 0.0:
            given_at.append(at)

    for begin in given_at:
        assert sum(begin <= each < begin + 60 for each in given_at) <= 2 * per_minute
    assert len(given_at) <= per_minute * (at / 60 + 1) + 1


@given(st.integers(1, 50), st.floats(0, 1e8))
def test_all_of_a_minute_may_be_taken_at_once_however_long_the_machine_has_run(per_minute: int, at: float) -> None:
    allowance = Allowance(per_minute, clock=lambda: at)

    for _ in range(per_minute):
        assert (allowance.look("x"), allowance.take("x")) == (0.0, 0.0)
    assert allowance.look("x") == allowance.take("x") > 0


def test_a_flood_from_ever_new_addresses_fills_no_memory() -> None:
    allowance = Allowance(10, most=100)

    for number in range(1000):
        allowance.take(f"10.0.{number // 256}.{number % 256}")

    assert len(allowance._due) == 100
