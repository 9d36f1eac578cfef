"""A citizen is told what happens to the envelope: each thing once, in time, and nothing that is not so any more."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from delivery.messages.addresses import hash_of, stop_messages
from delivery.models import Channel, Consignment, Job, Result
from delivery.moments import local, now
from delivery.rules.doorstep import Outcome, Reason
from delivery.rules.lifecycle import Fact
from delivery.rules.messages import EVENING, MessageChannel, MessageState, Occasion, Why
from delivery.tracking.doorstep import Said, Teller, record_act
from tests.messages.conftest import EMAIL, PHONE, Citizen, Telling
from tests.messages.servers import Gateway, Mailbox

WAITING, SENT, DROPPED = MessageState.WAITING, MessageState.SENT, MessageState.DROPPED


def test_from_the_table_to_the_door_a_citizen_hears_of_each_step_once(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    citizen.hears(Fact.ATTEMPT_FAILED)
    citizen.send()
    citizen.hears(Fact.OUT_FOR_DELIVERY)
    citizen.send()
    citizen.hears(Fact.DELIVERED)
    citizen.send(3)

    told = [Occasion.UNDER_WAY, Occasion.MISSED, Occasion.OUT_TODAY, Occasion.DELIVERED]
    if local(now()).time() >= EVENING:
        told.remove(Occasion.OUT_TODAY)
    assert [occasion for occasion, state in citizen.states() if state is SENT] == told
    assert len(gateway.sent) == len(told)
    assert {one["to"] for one in gateway.sent} == {PHONE}
    assert [one.masked for one in citizen.messages() if one.state is SENT] == ["•••• ••• 001"] * len(told)


def test_nobody_is_told_anything_while_no_channel_is_set(telling: Telling, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling(""), tmp_path)
    citizen.hears(Fact.DELIVERED)

    assert citizen.messages() == []
    assert citizen.open_jobs() == []


def test_what_goes_over_the_counter_is_not_told_of(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path, handed_over=False)
    citizen.change(wants_delivery=False)
    citizen.day.hand_over()

    assert citizen.messages() == []


def test_the_same_fact_from_two_sources_is_told_once(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    for minutes in (5, 3, 4):
        citizen.hears(Fact.DELIVERED, timedelta(minutes=minutes))
        citizen.send()

    assert citizen.states() == [(Occasion.UNDER_WAY, DROPPED), (Occasion.DELIVERED, SENT)]
    assert len(gateway.sent) == 1


def test_a_visit_in_vain_that_waited_over_night_is_not_told_after_the_delivery(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    citizen.hears(Fact.ATTEMPT_FAILED)
    citizen.hears(Fact.DELIVERED)
    citizen.send(2)

    assert citizen.states()[1:] == [(Occasion.MISSED, DROPPED), (Occasion.DELIVERED, SENT)]
    assert citizen.messages()[1].why is Why.SUPERSEDED
    assert len(gateway.sent) == 2


def test_what_comes_to_our_ears_too_late_is_not_told(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    with citizen.service.database.write() as session:
        session.execute(sa.text("UPDATE event SET occurred_at = :at"), {"at": now() - timedelta(days=5)})
    citizen.hears(Fact.DELIVERED, timedelta(days=3))
    citizen.send()

    assert citizen.states() == [(Occasion.UNDER_WAY, SENT)]


def test_what_could_not_be_sent_in_time_is_dropped(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    gateway.habits.extend(["503"] * 3)
    citizen.send(2)
    assert citizen.last().state is WAITING
    assert citizen.last().why is Why.UNREACHABLE

    citizen.age(worth_until=now())
    citizen.send()

    assert (citizen.last().state, citizen.last().why) == (DROPPED, Why.TOO_LATE)
    assert gateway.sent == []


def test_a_slip_of_the_hand_that_is_taken_back_in_time_is_never_told(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    citizen.hears(Fact.DELIVERED, name="slip")
    assert citizen.last().due_at >= citizen.last().created_at + timedelta(minutes=10)
    citizen.hears(Fact.TAKEN_BACK, takes_back="slip")
    citizen.send()

    assert len(gateway.sent) == 1
    assert citizen.last().state is DROPPED


def test_a_mistake_that_was_told_is_corrected_and_the_truth_told_again(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    citizen.hears(Fact.DELIVERED, name="wrong one")
    citizen.send()
    citizen.hears(Fact.TAKEN_BACK, takes_back="wrong one")
    citizen.send()
    citizen.hears(Fact.DELIVERED)
    citizen.send()

    assert [occasion for occasion, _state in citizen.states()] == [
        Occasion.UNDER_WAY, Occasion.DELIVERED, Occasion.NOT_YET, Occasion.DELIVERED,
    ]  # fmt: skip
    assert len(gateway.sent) == 4
    assert "tin truoc la nham" in gateway.texts[2].lower()


def test_the_address_counts_that_holds_when_it_is_sent(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.change(phone="+84987654321")
    citizen.send()

    assert [one["to"] for one in gateway.sent] == ["0987654321"]
    assert citizen.last().masked.endswith("321")


def test_no_message_and_no_job_holds_an_address(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    gateway.habits.append("99")
    citizen.send(3)
    with citizen.service.database.read() as session:
        rows = [*session.execute(sa.text("SELECT * FROM message")), *session.execute(sa.select(Job.__table__))]

    assert rows
    assert not any(secret in str(row) for row in rows for secret in (PHONE[1:], EMAIL, "Người Thử"))


def test_without_a_phone_or_an_e_mail_it_is_written_down_that_nobody_could_be_told(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url="smtp://127.0.0.1:9")
    citizen = Citizen.waits(service, tmp_path, Số_điện_thoại="", Email="")
    citizen.send()

    assert (citizen.last().state, citizen.last().why) == (DROPPED, Why.NO_ADDRESS)


def test_the_next_channel_is_tried_where_the_first_cannot_reach_the_address_and_only_then(
    telling: Telling, gateway: Gateway, mailbox: Mailbox, tmp_path: Path
) -> None:
    service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url=mailbox.url)
    citizen = Citizen.waits(service, tmp_path)
    gateway.habits.extend(["429", "99"])
    citizen.send()
    assert (mailbox.came, citizen.last().state) == ([], WAITING)

    citizen.send(2)

    assert citizen.last().state is SENT
    assert citizen.last().channel is MessageChannel.EMAIL
    assert citizen.last().masked == "n•••@e•••.vn"
    assert citizen.last().refused == {"sms": "refused"}
    assert len(mailbox.came) == 1
    assert gateway.sent == []


def test_what_every_channel_refuses_has_failed_for_good(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    gateway.habits.append("400")
    citizen.send(3)

    assert (citizen.last().state, citizen.last().why) == (MessageState.FAILED, Why.REFUSED)
    assert len(gateway.asked) == 1
    assert citizen.open_jobs() == []


def test_where_a_phone_wants_no_messages_nothing_goes_to_it_and_the_e_mail_still_comes(
    telling: Telling, gateway: Gateway, mailbox: Mailbox, tmp_path: Path
) -> None:
    service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url=mailbox.url)
    citizen = Citizen.waits(service, tmp_path)
    with service.database.write() as session:
        stop_messages(session, hash_of(service.blind, PHONE), by="bode", at=now())
    citizen.send()
    assert (gateway.asked, len(mailbox.came)) == ([], 1)

    with service.database.write() as session:
        stop_messages(session, hash_of(service.blind, f" {EMAIL.upper()}"), by="link", at=now())
    citizen.hears(Fact.DELIVERED)
    citizen.send()

    assert (gateway.asked, len(mailbox.came)) == ([], 1)
    assert citizen.last().state is MessageState.NOT_WANTED


def test_at_night_nobody_is_disturbed(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    # The quiet is laid around this moment, whenever it is.
    here = local(now())
    quiet = f"{here - timedelta(hours=1):%H:%M}-{here + timedelta(hours=2):%H:%M}"
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path), message_quiet=quiet), tmp_path)
    citizen.send()

    assert gateway.asked == []
    (job,) = citizen.open_jobs()
    assert timedelta(hours=1, minutes=58) < job.next_at - now() <= timedelta(hours=2)
    assert citizen.last().due_at == job.next_at
    assert citizen.last().state is WAITING


def test_who_is_being_told_something_hears_the_next_only_afterwards(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    with citizen.service.database.write() as session:
        session.execute(sa.text("UPDATE message SET state = 'trying', tried_at = :at"), {"at": now()})
        session.execute(sa.update(Job).where(Job.kind == "message").values(state="done"))
    citizen.hears(Fact.DELIVERED)
    citizen.send()
    assert gateway.asked == []

    citizen.age(tried_at=now() - timedelta(minutes=11))
    citizen.send()

    assert citizen.last().state is SENT


def test_what_was_fetched_at_the_counter_meanwhile_needs_no_message(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.with_the_post()
    citizen.send()
    citizen.hears(Fact.RETURNED)
    with citizen.service.database.write() as session:
        sent = session.scalars(sa.select(Consignment)).one()
        sent.item.collected_at = now()
    citizen.send()

    assert len(gateway.sent) == 1
    assert citizen.last().state is DROPPED


SECRETS = ("Bí Mật", "Bi Mat", "Người Thử", "khai sinh", "1.001193", "ngách", "Tơ Lụa", "To Lua")


def test_no_message_says_what_is_inside_for_whom_or_where(
    telling: Telling, gateway: Gateway, mailbox: Mailbox, tmp_path: Path
) -> None:
    sms = Citizen.waits(
        telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url=mailbox.url), tmp_path,
        Người_nhận="Trần Thị Bí Mật", Số_điện_thoại=PHONE, Địa_chỉ_nhận="Số 7 ngách Tơ Lụa, phường Bồ Đề, Hà Nội",
    )  # fmt: skip
    sms.with_the_post()
    for fact in (Fact.ATTEMPT_FAILED, Fact.OUT_FOR_DELIVERY, Fact.DELIVERED, Fact.TAKEN_BACK, Fact.RETURNED):
        for refuses in (False, True):
            if refuses:
                gateway.habits.extend(["99"])
            sms.hears(fact, name=f"{fact}-{refuses}", takes_back=f"{Fact.DELIVERED}-{refuses}")
            sms.send(2)

    read = gateway.texts + [str(body) for body in gateway.asked]
    read += [f"{mail['Subject']} {mail['From']} {mail.get_content()}" for mail in mailbox.came]
    assert {one.channel for one in sms.messages() if one.state is SENT} == {MessageChannel.SMS, MessageChannel.EMAIL}
    with sms.service.database.read() as session:
        dossier = session.scalar(sa.select(Result.dossier_code))
    for secret in (dossier, *SECRETS):
        assert not any(str(secret) in one for one in read)
    assert not any(PHONE[1:] in one for one in [*gateway.texts, *read[-len(mailbox.came) :]])


def said_at_the_door(citizen: Citizen, outcome: Outcome, why: Reason | None = None) -> None:
    """The own team says what happened: on the phone at the door, or at the counter when it is back."""
    teller = Teller("binh", Channel.COUNTER if outcome is Outcome.BACK else Channel.PHONE)
    with citizen.service.database.write() as session:
        sent = session.scalars(sa.select(Consignment)).one()
        record_act(session, sent.id, Said(uuid4(), outcome, now(), reason=why), teller, now())


def test_what_the_own_team_takes_along_again_nobody_is_asked_to_fetch(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    said_at_the_door(citizen, Outcome.FAILED, Reason.ABSENT)
    said_at_the_door(citizen, Outcome.BACK)
    citizen.send(2)

    assert citizen.states() == [(Occasion.UNDER_WAY, SENT), (Occasion.MISSED, SENT)]


def test_what_the_own_team_does_not_bring_again_is_to_be_fetched_also_when_the_reason_comes_late(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    said_at_the_door(citizen, Outcome.BACK)
    citizen.send()
    assert len(gateway.sent) == 1
    said_at_the_door(citizen, Outcome.FAILED, Reason.REFUSED)
    citizen.send(2)

    assert citizen.states()[-1] == (Occasion.BACK, SENT)
    assert len(gateway.sent) == 2
