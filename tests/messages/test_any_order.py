"""Facts in any order and number, senders that die, answers that are lost: nothing comes twice, and the end is true."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from delivery.messages.sending import name_of
from delivery.models import Consignment, Job, JobState, Message, TrackingEvent
from delivery.moments import local, now
from delivery.rules.lifecycle import OUT, Fact, State
from delivery.rules.messages import EVENING, SAID, MessageState, Occasion
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.tracking.events import Report, record, refold
from delivery.wiring import Service
from tests.messages.conftest import PUBLIC, Citizen
from tests.messages.servers import Gateway, running_gateway

DOORS = (Fact.ATTEMPT_FAILED, Fact.DELIVERED, Fact.RETURNED)
HABITS = ("00", "00", "00", "503", "lost", "slow", "77", "dies before", "dies after")


@dataclass
class Wait:
    """A citizen whose telephone is the gateway's, and what the gateway does with each message."""

    citizen: Citizen
    gateway: Gateway

    def begin(self) -> None:
        """Nothing has happened yet but the hand-over, and nothing has been said."""
        self.gateway.sent.clear()
        self.gateway.habits.clear()
        with self.citizen.service.database.write() as session:
            session.execute(sa.delete(Message))
            session.execute(sa.delete(Job).where(Job.kind == "message"))
            session.execute(sa.delete(TrackingEvent).where(TrackingEvent.source == "feed"))
            refold(session, session.scalars(sa.select(Consignment)).one(), now())

    def send(self, habit: str) -> None:
        """One worker's try, at a gateway with that habit; a dead one is missed when its lease ends."""
        if habit.startswith("dies"):
            self._die(after=habit.endswith("after"))
        else:
            if habit != "00":
                self.gateway.habits.append(habit)
            self.citizen.send()
        self.gateway.habits.clear()
        self.citizen.age_tries(now() - timedelta(minutes=11))

    def _die(self, *, after: bool) -> None:
        """What a worker leaves that wrote down its intention and is dead: before sending, or after."""
        service = self.citizen.service
        with service.database.write() as session:
            waiting = sa.select(Message).where(Message.state == MessageState.WAITING).order_by(Message.id)
            for message in session.scalars(waiting):
                message.state, message.channel = MessageState.TRYING, service.settings.channels[0]
                message.first_tried_at = message.tried_at = now()
                if after:
                    self.gateway.sent.append({"request_id": name_of(service, message)})

    def journey(self) -> State:
        return self.citizen.day.consignments()[0].journey


@pytest.fixture(scope="module")
def wait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wait]:
    folder: Path = tmp_path_factory.mktemp("wait")
    with running_gateway(knows_repetitions=False) as gateway:
        service = Service.from_settings(
            Settings(home=folder / "home", message_channels="sms", message_quiet="", public_url=PUBLIC,
                     sms_gateway=gateway.profile(folder), sms_key=SecretStr("khoa"), carrier="own-team",
                     message_seconds=0.2, _env_file=None)  # type: ignore[call-arg]
        )  # fmt: skip
        set_up(service)
        service.database.migrate()
        citizen = Citizen.waits(service, folder)
        citizen.with_the_post()
        yield Wait(citizen, gateway)
        service.close()


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[Fact, int, str, str]]:
    """Facts by name, so many minutes ago, and of those that are told at doors some that are taken back."""
    made: list[tuple[Fact, int, str, str]] = []
    for number in range(draw(st.integers(1, 5))):
        fact = draw(st.sampled_from((Fact.AT_OFFICE, Fact.OUT_FOR_DELIVERY, *DOORS)))
        made.append((fact, draw(st.integers(0, 300)), str(number), ""))
        if fact in DOORS and draw(st.booleans()):
            made.append((Fact.TAKEN_BACK, 0, f"back-{number}", str(number)))
    return made


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(lives(), st.lists(st.sampled_from(HABITS), min_size=15, max_size=15), st.integers(0, 2**32 - 1))
def test_each_thing_comes_once_and_the_last_is_true(
    wait: Wait, facts: list[tuple[Fact, int, str, str]], habits: list[str], seed: int
) -> None:
    chance = random.Random(seed)
    wait.begin()
    heard = [*facts, *chance.sample(facts, k=len(facts) // 2)]
    chance.shuffle(heard)
    at = now()
    for (fact, ago, name, takes_back), habit in zip(heard, habits, strict=False):
        _hear(wait, Report(fact, "feed", name, at - timedelta(minutes=ago), takes_back=takes_back), at)
        wait.send(habit)
    for _ in range(4):
        wait.send("00")

    assert max(Counter(one["request_id"] for one in wait.gateway.sent).values(), default=0) <= 1
    said = [one for one in wait.citizen.messages() if one.state in SAID]
    assert {one.state for one in wait.citizen.messages()} <= {*SAID, MessageState.DROPPED} - {MessageState.TRYING}
    last, end = said[-1].occasion if said else None, wait.journey()
    # That it comes today after all is not told so late in the evening.
    is_late = end is State.OUT_FOR_DELIVERY and local(now()).time() >= EVENING
    assert is_late or last is not Occasion.DELIVERED or end is State.DELIVERED
    assert is_late or last is not Occasion.BACK or end is State.RETURNED
    assert end in OUT or last is {State.DELIVERED: Occasion.DELIVERED, State.RETURNED: Occasion.BACK}[end]
    open_jobs = [job for job in wait.citizen.open_jobs() if job.state is not JobState.DONE]
    assert open_jobs == []


def _hear(wait: Wait, report: Report, at: datetime) -> None:
    with wait.citizen.service.database.write() as session:
        record(session, session.scalars(sa.select(Consignment)).one(), report, at)
