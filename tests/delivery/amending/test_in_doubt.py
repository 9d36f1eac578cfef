"""A recall whose answer is lost, or whose order is in doubt: never void while in doubt, never sent twice."""

import pytest
import sqlalchemy as sa

from delivery.dispatch.communes import refresh_communes
from delivery.dispatch.doubt import MISSED
from delivery.jobs.queue import put
from delivery.models import (
    Amendment,
    AmendmentState,
    Consignment,
    Submission,
    SubmitTry,
)
from delivery.rules.lifecycle import State
from delivery.wiring import Service
from tests.delivery.amending.envelopes import GARBLED, NETWORKED, accepted, amendment, ask_back, sent, work_on
from tests.delivery.conftest import NOW, Intake
from tests.delivery.post import Post
from tests.delivery.test_carriers import day_with, habits


@pytest.mark.parametrize("carrier", NETWORKED)
def test_an_answer_that_cannot_be_read_leaves_it_in_force_until_one_can(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = accepted(service, post, intake, carrier)
    ask_back(day)
    habits(post, **GARBLED)
    work_on(day)
    assert sent(day) == [Submission.ACCEPTED]
    assert amendment(day).ended_at is None

    habits(post)
    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert [order["state"] for order in post.ledger().values()] == ["cancelled"]


@pytest.mark.parametrize("carrier", NETWORKED)
def test_a_worker_that_died_after_asking_asks_again(service: Service, post: Post, intake: Intake, carrier: str) -> None:
    day = accepted(service, post, intake, carrier)
    ask_back(day)
    work_on(day)
    with service.database.write() as session:
        # The carrier has cancelled it; the answer never came to be written.
        session.execute(sa.update(Amendment).values(state=AmendmentState.ASKED, ended_at=None))
        session.execute(sa.update(Consignment).values(submission=Submission.ACCEPTED, journey=State.REGISTERED))
        put(session, "amend", session.scalars(sa.select(Amendment.id)).one())

    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert len(post.ledger()) == 1


@pytest.mark.parametrize("carrier", ["sandbox", "myvnpost"])
def test_what_is_in_doubt_is_first_found_out_and_then_taken_back(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = day_with(service, post, intake, carrier).prepare(1)
    habits(post, lost_replies=1)
    day.submit()
    assert sent(day) == [Submission.IN_DOUBT]
    habits(post)

    ask_back(day)
    work_on(day)
    assert sent(day) == [Submission.IN_DOUBT]
    day.hurry()
    day.work("submit")
    work_on(day)

    assert sent(day) == [Submission.VOID]
    assert [order["state"] for order in post.ledger().values()] == ["cancelled"]


def test_what_is_recalled_in_doubt_and_was_never_there_is_void_without_being_sent(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "myvnpost", carrier_settle_seconds=900).prepare(1)
    refresh_communes(day.service)
    habits(post, closed=1)
    day.submit()
    habits(post)
    long_ago = NOW.replace(year=2020)
    with service.database.write() as session:
        # The worker died before a byte left the house; meanwhile the settle time has passed.
        session.execute(sa.update(Consignment).values(submission=Submission.IN_DOUBT))
        session.execute(sa.update(SubmitTry).values(outcome=MISSED, intended_at=long_ago, ended_at=long_ago))

    ask_back(day)
    day.hurry()
    day.work("submit")
    work_on(day)

    assert post.ledger() == {}
    assert sent(day) == [Submission.VOID]
