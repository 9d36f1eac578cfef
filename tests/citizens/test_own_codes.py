"""A code that is sent to prove a dossier: to whoever it belongs to, once, and never told by the answer."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.citizens import own_codes
from delivery.citizens.own_codes import (
    DIGITS,
    JOB,
    LASTS,
    MOST_AN_HOUR,
    MOST_TRIES,
    ask_for_code,
    confirm,
    forget_codes,
)
from delivery.messages.addresses import hash_of
from delivery.messages.wording import SMS_LENGTH
from delivery.models import Job, JobState, OwnCode, UnwantedAddress
from delivery.moments import now
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.messages.conftest import EMAIL, PHONE, Telling
from tests.messages.servers import Gateway, Mailbox

DOSSIER = "H26.41.118-261120-0001"


class Owner:
    """Whoever has applied, with their telephone."""

    def __init__(self, service: Service, folder: Path, **row: str) -> None:
        self.day = Day(service, Intake(service.database, folder))
        self.service = service
        self.day.import_and_place(a_row(1, **{"Số_điện_thoại": PHONE, "Email": EMAIL, **row}))

    def asks(self, dossier: str = DOSSIER, phone: str = PHONE) -> str:
        with self.service.database.write() as session:
            return ask_for_code(session, dossier, phone, now())

    def work(self) -> None:
        self.day.work(JOB)

    def opens(self, ticket: str, code: str, late: timedelta = timedelta(0)) -> bool:
        with self.service.database.write() as session:
            return confirm(session, self.service.seal, ticket, code, now() + late) is not None


@pytest.fixture
def owner(telling: Telling, gateway: Gateway, tmp_path: Path) -> Owner:
    return Owner(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)


def code_in(text: str) -> str:
    (found,) = re.findall(rf"\b\d{{{DIGITS}}}\b", text)
    return str(found)


def test_the_code_goes_to_the_telephone_that_came_with_the_dossier_and_opens_it_once(
    owner: Owner, gateway: Gateway
) -> None:
    ticket = owner.asks(" h26.41.118-261120-0001 ", "+84 912 345 001")
    owner.work()
    (text,) = gateway.texts
    assert gateway.sent[0]["to"] == PHONE
    assert len(text) <= SMS_LENGTH
    assert text.isascii()
    assert "H26" not in text
    assert not owner.opens(ticket, "000000" if code_in(text) != "000000" else "000001")
    assert owner.opens(ticket, f" {code_in(text)[:3]} {code_in(text)[3:]} ")
    assert not owner.opens(ticket, code_in(text))


@pytest.mark.parametrize(
    ("dossier", "phone"),
    [(DOSSIER, "0987654321"), ("H26.41.118-261120-0002", PHONE), (DOSSIER, ""), ("", PHONE), ("x" * 500, "y" * 500)],
)
def test_what_does_not_belong_together_gets_a_ticket_like_any_other_and_nothing_is_sent(
    owner: Owner, gateway: Gateway, dossier: str, phone: str
) -> None:
    ticket = owner.asks(dossier, phone)
    owner.work()
    assert len(ticket) == len(owner.asks())
    assert gateway.sent == []
    assert not owner.opens(ticket, "000000")
    assert not owner.opens(ticket, "")


def test_who_asks_for_what_is_not_there_does_not_fill_the_books(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_codes, "MOST_STRANGERS_AN_HOUR", 3)
    tickets = {owner.asks(DOSSIER, "0987654321") for _ in range(8)}
    assert len(tickets) == 8
    with owner.service.database.read() as session:
        assert len(session.scalars(sa.select(OwnCode)).all()) == 3
    # Who has a dossier is not held up by that.
    owner.asks()
    with owner.service.database.read() as session:
        assert len(session.scalars(sa.select(OwnCode).where(OwnCode.result_id.is_not(None))).all()) == 1


def test_before_it_is_sent_no_code_opens_anything(owner: Owner) -> None:
    ticket = owner.asks()
    for code in ("", "000000", "None"):
        assert not owner.opens(ticket, code)


def test_the_books_do_not_hold_the_code(owner: Owner, gateway: Gateway) -> None:
    owner.asks()
    owner.work()
    with owner.service.database.read() as session:
        asked = session.scalars(sa.select(OwnCode)).one()
        assert code_in(gateway.texts[0]).encode() not in (asked.code_hash or b"")
        assert asked.code_hash


def test_guessing_and_waiting_end_a_code(owner: Owner, gateway: Gateway) -> None:
    ticket = owner.asks()
    owner.work()
    code = code_in(gateway.texts[0])
    assert not owner.opens(ticket, code, late=LASTS + timedelta(minutes=1))
    wrong = "111111" if code != "111111" else "222222"
    for _ in range(MOST_TRIES):
        owner.opens(ticket, wrong)
    assert not owner.opens(ticket, code)


def test_the_newest_code_alone_counts_and_so_many_an_hour_are_sent(owner: Owner, gateway: Gateway) -> None:
    tickets = []
    for _ in range(MOST_AN_HOUR + 2):
        tickets.append(owner.asks())
        owner.work()
    assert len(gateway.sent) == MOST_AN_HOUR
    codes = [code_in(text) for text in gateway.texts]
    assert not owner.opens(tickets[0], codes[0])
    assert owner.opens(tickets[MOST_AN_HOUR - 1], codes[-1])


def test_who_wants_no_messages_gets_the_code_that_they_ask_for(owner: Owner, gateway: Gateway) -> None:
    with owner.service.database.write() as session:
        session.add(UnwantedAddress(address_hash=hash_of(owner.service.blind, PHONE), said_at=now(), said_by="bode"))
    owner.asks()
    owner.work()
    assert len(gateway.sent) == 1


def test_a_busy_gateway_is_asked_again_and_only_the_code_that_came_opens(owner: Owner, gateway: Gateway) -> None:
    gateway.habits.extend(["503"])
    ticket = owner.asks()
    owner.work()
    assert gateway.sent == []
    owner.day.hurry()
    if (desk := owner.service.__dict__.pop("message_desk", None)) is not None:
        desk.close()
    owner.work()
    assert owner.opens(ticket, code_in(gateway.texts[0]))


def test_a_lost_answer_sends_no_second_code_and_the_first_one_opens(owner: Owner, gateway: Gateway) -> None:
    gateway.habits.extend(["lost"])
    ticket = owner.asks()
    owner.work()
    owner.day.hurry()
    owner.work()
    assert len(gateway.sent) == 1
    assert owner.opens(ticket, code_in(gateway.texts[0]))


def test_where_the_first_channel_does_not_reach_anybody_the_next_one_does(
    telling: Telling, gateway: Gateway, mailbox: Mailbox, tmp_path: Path
) -> None:
    service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url=mailbox.url)
    owner = Owner(service, tmp_path)
    gateway.habits.extend(["99"])
    ticket = owner.asks()
    owner.work()
    assert gateway.sent == []
    (letter,) = mailbox.came
    assert owner.opens(ticket, code_in(letter.get_content()))


def test_a_code_that_comes_too_late_is_not_sent_and_old_ones_are_forgotten(owner: Owner, gateway: Gateway) -> None:
    owner.asks()
    with owner.service.database.write() as session:
        session.execute(sa.update(OwnCode).values(asked_at=now() - timedelta(days=2)))
    owner.work()
    assert gateway.sent == []
    with owner.service.database.write() as session:
        assert session.scalars(sa.select(Job.state).where(Job.kind == JOB)).all() == [JobState.DONE]
        forget_codes(session, now())
        assert session.scalars(sa.select(OwnCode)).all() == []
