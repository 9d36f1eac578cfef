"""A courier's phone is let in at the desk by a secret used once, sees today's round alone, and can be put out."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from werkzeug.test import TestResponse

from delivery.models import AuditEntry, Courier, PairedPhone, Pairing, Role
from delivery.moments import now
from delivery.wiring import Service
from tests.web.conftest import PASSWORD, Browser
from tests.web.own_team.conftest import Rounds
from web.app import create_app
from web.paired_phones import CODE_LENGTH, LASTS, SECRET_BYTES, accounts_of, offer, short
from web.people import add_staff

LogIn = Callable[[str], Browser]
ROUND, PAIR, APP = "/rounds/hom-nay.json", "/rounds/ghep-may", "/rounds/mang-theo"
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
DOES_NOT_HOLD = "Mã này không dùng được"


def courier_of(service: Service, rounds: Rounds) -> Courier:
    with service.database.read() as session:
        return session.scalars(sa.select(Courier).where(Courier.code == rounds.courier.upper())).one()


def offered(service: Service, rounds: Rounds) -> tuple[str, str]:
    """The secret and the code that the desk shows."""
    with service.database.write() as session:
        courier = session.scalars(sa.select(Courier).where(Courier.code == rounds.courier.upper())).one()
        made = offer(session, accounts_of(session, courier)[0], service.blind, "giamsat", now())
        return made.secret, made.code


def desk(service: Service, rounds: Rounds) -> str:
    return f"/nguoi-phat/{courier_of(service, rounds).id}/dien-thoai"


def show_a_code(supervisor: Browser, service: Service, rounds: Rounds) -> str:
    """The page with the picture and the code."""
    here = desk(service, rounds)
    account = re.search(r'name="tai_khoan" value="(\d+)"', supervisor.get(here).text)
    assert account is not None
    return supervisor.post(here, on=here, tai_khoan=account[1]).text


def code_on(page: str) -> str:
    found = re.search(r"pairing-code\">([^<]+)<", page)
    assert found is not None
    return found[1]


def press(phone: Browser, address: str, shown: str) -> TestResponse:
    """Send the form of the phone's page, and stay where it leads."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', phone.get(PAIR).text)
    assert token is not None
    form = {"csrf_token": token[1], "ma": shown}
    return phone.client.post(address, data=form, headers={"User-Agent": ANDROID})


def let_in(phone: Browser, shown: str) -> TestResponse:
    assert press(phone, PAIR, shown).status_code == 200
    return press(phone, f"{PAIR}/nhan", shown)


@pytest.fixture
def phone(service: Service, rounds: Rounds, anyone: Browser) -> Browser:
    """The phone of the courier of the round, let in by the picture's secret."""
    assert let_in(anyone, offered(service, rounds)[0]).location == APP
    return anyone


def test_a_typed_code_lets_the_phone_in_and_the_desk_sees_which_and_when(
    service: Service, rounds: Rounds, logged_in: LogIn, anyone: Browser
) -> None:
    supervisor = logged_in("giamsat")
    page = show_a_code(supervisor, service, rounds)
    progress = re.search(r'hx-get="([^"]+)"', page)
    assert progress is not None
    assert "Đang chờ điện thoại. Mã còn dùng được 5 phút" in supervisor.get(progress[1]).text
    assert "<svg" in page

    asked = press(anyone, PAIR, code_on(page).lower())

    assert courier_of(service, rounds).name in asked.text
    assert press(anyone, f"{PAIR}/nhan", code_on(page)).location == APP
    assert anyone.get(ROUND).get_json()["rounds"][0]["batch"] == rounds.code
    seen = supervisor.get(progress[1]).text
    assert "Đã ghép: Android · Chrome, lúc 09:00" in seen
    assert "hx-trigger" not in seen
    assert "Android · Chrome" in supervisor.get(desk(service, rounds)).text


def test_a_secret_is_used_once_even_where_two_phones_have_looked(
    service: Service, rounds: Rounds, browser: Callable[[], Browser]
) -> None:
    secret, code = offered(service, rounds)
    first, second = browser(), browser()
    for one in (first, second):
        assert press(one, PAIR, secret).status_code == 200

    assert press(first, f"{PAIR}/nhan", secret).status_code == 302

    for shown in (secret, code):
        refused = press(second, f"{PAIR}/nhan", shown)
        assert (refused.status_code, DOES_NOT_HOLD in refused.text) == (401, True)
    assert second.get(ROUND).status_code == 302


def test_whatever_does_not_hold_is_answered_alike(
    service: Service, rounds: Rounds, anyone: Browser, morning: time_machine.Traveller
) -> None:
    """Old, replaced, of a closed account, or never there: whoever guesses learns nothing from the answer."""
    replaced, _code = offered(service, rounds)
    old, old_code = offered(service, rounds)
    answers = [press(anyone, PAIR, shown) for shown in (replaced, "ABCD2345", "", "x" * 90)]
    morning.shift(LASTS)
    answers += [press(anyone, PAIR, shown) for shown in (old, old_code)]
    closed, _code = offered(service, rounds)
    with service.database.write() as session:
        accounts_of(session, session.merge(courier_of(service, rounds)))[0].active = False
    answers.append(press(anyone, PAIR, closed))

    said = {re.sub(r'value="[^"]+"', "", answer.text) for answer in answers}
    assert (len(said), {answer.status_code for answer in answers}) == (1, {401})
    assert DOES_NOT_HOLD in said.pop()


def test_neither_secret_nor_code_lies_anywhere_in_the_database(service: Service, rounds: Rounds) -> None:
    secret, code = offered(service, rounds)

    assert (SECRET_BYTES * 8, len(code)) == (256, CODE_LENGTH)
    with service.database.read() as session:
        (kept,) = session.scalars(sa.select(Pairing)).all()
        audit = [repr(entry.facts) for entry in session.scalars(sa.select(AuditEntry))]
    lies = repr(vars(kept)) + "".join(audit)
    assert secret not in lies
    assert code not in lies
    assert len(kept.secret_hash) == len(kept.code_hash) == 32


@pytest.mark.parametrize("address", [PAIR, f"{PAIR}/nhan"])
def test_a_guesser_is_told_to_wait(service: Service, address: str) -> None:
    strict = Service(service.settings.model_copy(update={"tries_per_minute": 1}), service.database)
    guesser = Browser(create_app(strict).test_client())
    guesser.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"

    assert press(guesser, address, "ABCD2345").status_code == 401

    refused = press(guesser, address, "ABCD2346")
    assert (refused.status_code, 0 < int(refused.headers["Retry-After"]) <= 60) == (429, True)


def test_without_the_token_of_the_page_nobody_is_let_in(service: Service, rounds: Rounds, anyone: Browser) -> None:
    secret, _code = offered(service, rounds)

    assert anyone.client.post(f"{PAIR}/nhan", data={"ma": secret}).status_code == 400
    assert let_in(anyone, secret).status_code == 302


def test_a_paired_phone_opens_the_round_and_nothing_of_the_account(phone: Browser, rounds: Rounds) -> None:
    assert phone.get(rounds.address).status_code == 200
    for page in ("/mat-khau", "/buoc-xac-nhan"):
        assert phone.get(page).status_code == 403
        assert f'href="{page}"' not in phone.get(rounds.address).text


def test_a_phone_that_the_desk_puts_out_hears_so_at_its_next_request_and_it_can_be_undone_for_a_moment(
    service: Service, rounds: Rounds, logged_in: LogIn, phone: Browser, morning: time_machine.Traveller
) -> None:
    supervisor, here = logged_in("giamsat"), desk(service, rounds)
    with service.database.read() as session:
        number = session.scalars(sa.select(PairedPhone.id)).one()

    supervisor.post(f"{here}/{number}/ket-thuc", on=here)

    # The app drops what it keeps; a page leads to where a new code is shown.
    assert phone.get(ROUND).status_code == 410
    assert phone.get(rounds.address).location == PAIR
    supervisor.post(f"{here}/{number}/lui", on=here)
    assert phone.get(ROUND).status_code == 200
    supervisor.post(f"{here}/{number}/ket-thuc", on=here)
    morning.shift(timedelta(minutes=3))
    assert "Đã quá lúc hoàn tác" in supervisor.post(f"{here}/{number}/lui", on=here).text
    assert phone.get(ROUND).status_code == 410


def test_who_let_a_phone_in_and_who_put_it_out_is_in_the_book(
    service: Service, rounds: Rounds, logged_in: LogIn, anyone: Browser
) -> None:
    supervisor, here = logged_in("giamsat"), desk(service, rounds)
    let_in(anyone, code_on(show_a_code(supervisor, service, rounds)))
    with service.database.read() as session:
        number = session.scalars(sa.select(PairedPhone.id)).one()
    supervisor.post(f"{here}/{number}/ket-thuc", on=here)

    with service.database.read() as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        told = [
            (entry.actor, entry.action) for entry in entries if "phone" in entry.action or "pairing" in entry.action
        ]
    assert told == [
        ("giamsat", "offered a pairing"), (rounds.courier, "paired a phone"), ("giamsat", "ended a phone's log-in"),
    ]  # fmt: skip


def test_a_copy_of_what_a_phone_keeps_opens_nothing_once_it_has_logged_out(
    browser: Callable[[], Browser], phone: Browser, rounds: Rounds
) -> None:
    kept = phone.client.get_cookie("tannha")
    assert kept is not None
    thief = browser()
    thief.client.set_cookie("tannha", kept.value)
    assert thief.get(rounds.address).status_code == 200

    phone.post("/dang-xuat", on=rounds.address)

    assert thief.get(ROUND).status_code == 410


def test_a_phone_that_nobody_uses_is_logged_out(
    service: Service, rounds: Rounds, morning: time_machine.Traveller
) -> None:
    hasty = Service(service.settings.model_copy(update={"phone_idle_hours": 2}), service.database)
    phone = Browser(create_app(hasty).test_client())
    let_in(phone, offered(service, rounds)[0])

    for minutes, answer in ((119, 200), (119, 200), (121, 410)):
        morning.shift(timedelta(minutes=minutes))
        assert phone.get(ROUND).status_code == answer


def test_however_busy_it_is_the_day_s_end_logs_a_phone_out(phone: Browser, morning: time_machine.Traveller) -> None:
    for _hour in range(14):
        morning.shift(timedelta(hours=1))
        assert phone.get(ROUND).status_code == 200

    morning.shift(timedelta(hours=2))

    assert phone.get(ROUND).status_code == 410


def test_it_is_noted_when_a_phone_was_here_last(
    service: Service, phone: Browser, rounds: Rounds, morning: time_machine.Traveller
) -> None:
    morning.shift(timedelta(minutes=30))
    phone.get(rounds.address)

    with service.database.read() as session:
        seen = session.scalars(sa.select(PairedPhone)).one()
    assert timedelta(minutes=30) <= seen.seen_at - seen.paired_at < timedelta(minutes=35)


def test_a_phone_is_let_in_by_those_who_plan_and_not_by_a_clerk_or_an_administrator(
    service: Service, rounds: Rounds, logged_in: LogIn
) -> None:
    with service.database.write() as session:
        add_staff(session, "dieuphoi", "Điều phối", Role.DISPATCHER, "BD", PASSWORD)
    here = desk(service, rounds)

    assert logged_in("bode").get(here).status_code == 403
    assert "Người điều phối và giám sát ghép điện thoại" in logged_in("quantri").get(here).text
    assert logged_in("quantri").post(here, on=here, tai_khoan="1").status_code == 403
    assert "pairing-code" in show_a_code(logged_in("dieuphoi"), service, rounds)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (ANDROID, "Android · Chrome"),
        (ANDROID.replace("Chrome/131", "SamsungBrowser/26.0 Chrome/131"), "Android · Samsung Internet"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "iPhone · Safari"),
        ("<script>", "?"),
    ],
)
def test_of_what_a_browser_says_of_itself_little_is_kept(agent: str, words: str) -> None:
    assert short(agent) == words
