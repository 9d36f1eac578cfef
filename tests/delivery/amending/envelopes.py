"""An envelope on its way with each carrier, and what staff and workers do about it."""

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.planning import request_plan
from delivery.dispatch.recalling import recall
from delivery.intake.correcting import Change, correct_by_hand
from delivery.models import (
    Amendment,
    CaseKind,
    Consignment,
    Item,
    Result,
    Submission,
)
from delivery.rules.codes import qr_payload
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import Post
from tests.delivery.test_carriers import day_with

NETWORKED = ["sandbox", "ngsp", "ngsp-provincial", "myvnpost", "viettelpost"]
CARRIERS = [*NETWORKED, "own-team"]
GARBLED = {"garbage": 1}


def ask_back(day: Day, reason: str = "the applicant comes to the counter") -> None:
    with day.service.database.write() as session:
        recall(session, session.scalars(sa.select(Item)).one(), by="huong", reason=reason, at=NOW)


def correct(day: Day, **change: str) -> None:
    with day.service.database.write() as session:
        result = session.scalars(sa.select(Result)).one()
        correct_by_hand(session, result, Change(**change), by="huong", at=NOW)


def amendment(day: Day) -> Amendment:
    with day.service.database.read() as session:
        return session.scalars(sa.select(Amendment).order_by(Amendment.id.desc())).first() or pytest.fail("none")


def item(day: Day) -> Item:
    with day.service.database.read() as session:
        return session.scalars(sa.select(Item)).one()


def sent(day: Day) -> list[Submission]:
    return [consignment.submission for consignment in day.consignments()]


def asked(day: Day) -> set[CaseKind]:
    with day.service.database.read() as session:
        return {case.kind for case in open_cases(session)}


def work_on(day: Day) -> None:
    day.hurry()
    day.work("amend")


def accepted(service: Service, post: Post, intake: Intake, carrier: str) -> Day:
    """An envelope that the carrier has accepted, with a label that counts; it is still at the ward."""
    day = day_with(service, post, intake, carrier).prepare(1)
    day.submit()
    day.print("the carrier may have numbered it")
    assert sent(day) == [Submission.ACCEPTED]
    return day


def qr_of_label(day: Day) -> str:
    """What the valid label's QR code says."""
    with day.service.database.read() as session:
        consignment = session.scalars(sa.select(Consignment)).one()
        valid = next(label for label in consignment.labels if label.voided_at is None)
        return qr_payload(consignment.reference, valid.version, day.service.seal)


def hand_it_over(day: Day) -> None:
    assert day.hand_over([qr_of_label(day)]).accepted


def plan_and_send(day: Day) -> None:
    with day.service.database.write() as session:
        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)
    day.work("plan")
    day.print("it travels again")
    day.submit()
