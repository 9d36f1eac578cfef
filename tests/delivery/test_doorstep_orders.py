"""Phones, the counter and the network in any order and number: the same acts leave the same books."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from delivery.cases import open_cases
from delivery.errors import NotFound
from delivery.models import Channel, Consignment, DoorAct
from delivery.rules.doorstep import Outcome, Paper, Reason, Receiver
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.tracking.doorstep import Said, Teller, record_act, take_back
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.own_team import Round, clock

NAMES = UUID(int=7)
MORNING, EVENING = clock("08:00"), clock("18:00")
SPEAKERS = (Teller("binh", Channel.COMMAND, supervises=True), Teller("bode", Channel.COUNTER, supervises=True))


@dataclass(frozen=True)
class Message:
    """An act, or the taking back of the one with that number, as a phone keeps it until it was taken over."""

    said: Said
    by: Teller
    takes_back: bool


@st.composite
def messages(draw: st.DrawFn) -> list[Message]:
    """What several people say of one envelope in a day, mistakes and their corrections included."""
    made: list[Message] = []
    for number in range(draw(st.integers(1, 5))):
        outcome = draw(st.sampled_from(Outcome))
        said = Said(
            uuid5(NAMES, str(number)), outcome, MORNING + timedelta(minutes=draw(st.integers(0, 500))),
            draw(st.sampled_from((Receiver.RECIPIENT, Receiver.HOUSEHOLD))) if outcome is Outcome.DELIVERED else None,
            (Paper.PASSPORT,) if outcome is Outcome.DELIVERED else (),
            draw(st.sampled_from(Reason)) if outcome is Outcome.FAILED else None,
        )  # fmt: skip
        by = draw(st.sampled_from(SPEAKERS))
        made.append(Message(said, by, takes_back=False))
        if draw(st.booleans()):
            made.append(Message(said, by, takes_back=True))
    return made


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """One envelope in a bag; each example begins with it and is undone."""
    home: Path = tmp_path_factory.mktemp("bag")
    service = Service.from_settings(Settings(home=home, carrier="own-team", _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    yield Round.begin(service, Intake(service.database, home), 1)
    service.close()


def books_after(bag: Round, heard: list[Message]) -> tuple[object, ...]:
    """What the books say of the envelope when everything that was kept has been taken over."""
    with bag.day.service.database.writing() as session:
        consignment_id = bag.consignment().id
        waiting = deque(heard)
        while waiting:
            message = waiting.popleft()
            if not _taken_over(session, consignment_id, message):
                waiting.append(message)
        sent = session.get_one(Consignment, consignment_id)
        acts = session.scalars(sa.select(DoorAct).order_by(DoorAct.act_id)).all()
        found = (
            sent.journey, sent.since, sent.attempts, sent.item.custody,
            [(act.act_id, act.stands) for act in acts], sorted(case.kind for case in open_cases(session)),
        )  # fmt: skip
        session.rollback()
    return found


def _taken_over(session: Session, consignment_id: int, message: Message) -> bool:
    """False while what is to be taken back has not arrived: the phone tries again."""
    if not message.takes_back:
        record_act(session, consignment_id, message.said, message.by, EVENING)
        return True
    try:
        take_back(session, message.said.act_id, uuid5(message.said.act_id, "back"), message.by, EVENING)
    except NotFound:
        return False
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_what_is_said_leaves_the_same_books(
    bag: Round, said: list[Message], chance: random.Random
) -> None:
    in_order = books_after(bag, said)
    heard = [*said, *chance.sample(said, k=len(said) // 2)]
    chance.shuffle(heard)

    assert books_after(bag, heard) == in_order
