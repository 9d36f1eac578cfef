"""Whatever dies, refuses or stays silent while a message is sent: no gateway sends the same thing twice."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.failpoints import DIED
from delivery.messages.looking import channel_states, counts_of, forget_messages
from delivery.models import JobState, Message
from delivery.moments import local, now
from delivery.rules.lifecycle import Fact
from delivery.rules.messages import MessageChannel, MessageState, Occasion, Why
from delivery.wiring import Service
from tests.messages.conftest import Citizen, Telling
from tests.messages.servers import Gateway, Mailbox, running_gateway, running_mailbox

WAITING, TRYING, SENT = MessageState.WAITING, MessageState.TRYING, MessageState.SENT
IN_DOUBT = MessageState.IN_DOUBT

ONE_JOB = """
import sys
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import due
from delivery.jobs.work import do
from delivery.settings import Settings
from delivery.wiring import Service
settings = Settings.model_validate_json(sys.stdin.read())
service = Service.from_settings(settings.model_copy(update={"sms_key": type(settings.sms_key)("khoa")}))
with service.database.read() as session:
    jobs = due(session, kinds=["message"])
for job in jobs:
    do(service, HANDLERS, job, "a worker that dies")
"""


def dies(service: Service, at: str) -> None:
    """A worker takes up the message and is dead at that point."""
    worker = subprocess.run(
        [sys.executable, "-c", ONE_JOB], input=service.settings.model_dump_json(), text=True, check=False,
        env={**os.environ, "TANNHA_FAILPOINT": at}, capture_output=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert worker.returncode == DIED, worker.stderr


def patience(habit: str) -> float:
    """Seconds: only for an answer that never comes a test need not wait long."""
    return 3.0 if habit == "slow" else 20.0


def lease_ends(citizen: Citizen) -> None:
    with citizen.service.database.write() as session:
        session.execute(sa.text("UPDATE job SET lease_until = :past WHERE state = 'leased'"),
                        {"past": now() - timedelta(minutes=1)})  # fmt: skip


@pytest.mark.parametrize("point", ["after_intent", "after_send", "before_commit"])
def test_a_sender_that_dies_doubles_nothing_where_repetitions_are_known(
    telling: Telling, gateway: Gateway, tmp_path: Path, point: str
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    dies(citizen.service, point)
    lease_ends(citizen)
    citizen.send()

    assert citizen.states() == [(Occasion.UNDER_WAY, SENT)]
    assert len(gateway.sent) == 1
    assert len({one["request_id"] for one in gateway.asked}) == 1


@pytest.mark.parametrize(("point", "sent"), [("after_intent", 0), ("after_send", 1)])
def test_a_sender_that_dies_leaves_in_doubt_what_nobody_may_repeat(
    telling: Telling, tmp_path: Path, point: str, sent: int
) -> None:
    with running_gateway(knows_repetitions=False) as gateway:
        citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
        dies(citizen.service, point)
        assert citizen.last().state is TRYING
        lease_ends(citizen)
        citizen.send(2)

        assert (citizen.last().state, citizen.last().why) == (IN_DOUBT, Why.NO_ANSWER)
        assert len(gateway.sent) == sent
        assert citizen.open_jobs() == []


@pytest.mark.parametrize("habit", ["lost", "slow", "garbage", "500", "77"])
def test_a_lost_answer_is_asked_for_again_only_where_repetitions_are_known(
    telling: Telling, tmp_path: Path, habit: str
) -> None:
    with running_gateway(habit) as gateway:
        citizen = Citizen.waits(
            telling("sms", sms_gateway=gateway.profile(tmp_path), message_seconds=patience(habit)), tmp_path
        )  # fmt: skip
        citizen.send()
        assert citizen.last().state is TRYING
        citizen.send()

        assert citizen.last().state is SENT
        assert len(gateway.sent) == 1


@pytest.mark.parametrize("habit", ["lost", "slow", "garbage", "500", "77"])
def test_a_lost_answer_of_a_gateway_that_would_send_twice_is_left_in_doubt(
    telling: Telling, tmp_path: Path, habit: str
) -> None:
    with running_gateway(habit, knows_repetitions=False) as gateway:
        service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), message_seconds=patience(habit),
                          smtp_url="smtp://127.0.0.1:9")  # fmt: skip
        citizen = Citizen.waits(service, tmp_path)
        citizen.send(3)

        assert citizen.last().state is IN_DOUBT
        assert len(gateway.asked) == 1


def test_after_the_time_for_which_repetitions_are_known_nothing_is_repeated(telling: Telling, tmp_path: Path) -> None:
    with running_gateway("lost") as gateway:
        citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path, hours=1)), tmp_path)
        citizen.send()
        citizen.age(first_tried_at=now() - timedelta(hours=1))
        citizen.send()

        assert citizen.last().state is IN_DOUBT
        assert len(gateway.asked) == 1


def test_what_is_in_doubt_and_not_true_any_more_is_not_repeated(telling: Telling, tmp_path: Path) -> None:
    with running_gateway("lost") as gateway:
        citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
        citizen.send()
        citizen.hears(Fact.DELIVERED)
        citizen.age(tried_at=now() - timedelta(minutes=11))
        citizen.send(2)

        assert citizen.states() == [(Occasion.UNDER_WAY, IN_DOUBT), (Occasion.DELIVERED, SENT)]
        assert len(gateway.asked) == 2


@pytest.mark.parametrize(
    ("habit", "why"),
    [("429", Why.THROTTLED), ("503", Why.UNREACHABLE), ("401", Why.LOG_IN), ("404", Why.SETUP), ("103", Why.SETUP)],
)
def test_what_was_surely_not_taken_is_tried_again_and_not_by_another_channel(
    telling: Telling, tmp_path: Path, habit: str, why: Why
) -> None:
    with running_gateway(habit, knows_repetitions=False) as gateway:
        service = telling("sms,email", sms_gateway=gateway.profile(tmp_path), smtp_url="smtp://127.0.0.1:9")
        citizen = Citizen.waits(service, tmp_path)
        citizen.send()
        assert (citizen.last().state, citizen.last().why) == (WAITING, why)
        with service.database.read() as session:
            (state, _email) = channel_states(session, service.settings.channels)
        assert (state.why, state.waiting, state.last_sent) == (why, 1, None)
        assert state.failing_since is not None

        citizen.send()

        assert citizen.last().state is SENT
        assert citizen.last().channel is MessageChannel.SMS


def test_a_gateway_that_asks_for_patience_is_given_it(telling: Telling, tmp_path: Path) -> None:
    with running_gateway("429") as gateway:
        citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
        citizen.send()
        (job,) = citizen.open_jobs()
        assert timedelta(seconds=5) < job.next_at - now() <= timedelta(seconds=7)

        # The same worker leaves it alone, whatever else is to be sent.
        citizen.day.hurry()
        citizen.day.work("message")

        assert len(gateway.asked) == 1
        assert citizen.open_jobs()[0].state is JobState.READY


def test_a_dead_gateway_is_left_alone_after_three_failures(telling: Telling, tmp_path: Path) -> None:
    with running_gateway(*["503"] * 9) as gateway:
        citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
        for _ in range(5):
            citizen.day.hurry()
            citizen.day.work("message")

        assert len(gateway.asked) == 3


def test_a_mail_whose_answer_was_lost_comes_again_under_the_same_name(telling: Telling, tmp_path: Path) -> None:
    with running_mailbox(Mailbox(drops=1)) as mailbox:
        citizen = Citizen.waits(telling("email", smtp_url=mailbox.url), tmp_path)
        citizen.send()
        assert citizen.last().state is TRYING
        citizen.send()

        assert citizen.last().state is SENT
        assert len(mailbox.came) == 2
        assert len({mail["Message-ID"] for mail in mailbox.came}) == 1


def test_a_mailbox_that_does_not_exist_is_given_up_and_a_grey_list_is_not(telling: Telling, tmp_path: Path) -> None:
    with running_mailbox() as mailbox:
        mailbox.recipients.extend(["451 greylisted", "550 no such user"])
        citizen = Citizen.waits(telling("email", smtp_url=mailbox.url), tmp_path)
        citizen.send()
        assert (citizen.last().state, citizen.last().why) == (WAITING, Why.THROTTLED)
        citizen.send(2)

        assert (citizen.last().state, citizen.last().why) == (MessageState.FAILED, Why.REFUSED)
        assert mailbox.came == []


def test_a_day_is_counted_and_old_messages_are_forgotten(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    service = citizen.service
    with service.database.read() as session:
        (count,) = counts_of(session, local(now()).date())
    assert (count.occasion, count.channel, count.state, count.messages) == (
        Occasion.UNDER_WAY, MessageChannel.SMS, SENT, 1,
    )  # fmt: skip

    assert forget_messages(service.database, now() - timedelta(days=90)) == 0
    citizen.age(created_at=now() - timedelta(days=91))
    assert forget_messages(service.database, now() - timedelta(days=90)) == 1
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0


def test_what_was_forgotten_is_not_told_again(telling: Telling, gateway: Gateway, tmp_path: Path) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)
    citizen.send()
    forget_messages(citizen.service.database, now() + timedelta(days=1))
    with citizen.service.database.write() as session:
        session.execute(sa.text("UPDATE event SET occurred_at = :then"), {"then": now() - timedelta(days=91)})
    citizen.hears(Fact.IN_TRANSIT, timedelta(days=80))
    citizen.send()

    assert len(gateway.sent) == 1
