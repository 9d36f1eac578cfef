"""The carrier hears of each envelope exactly once, counted in the carrier's own books, whatever dies on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from delivery.cases import open_cases
from delivery.jobs.queue import claim, due
from delivery.models import CaseKind, Consignment, Submission, SubmitTry
from delivery.rules.codes import new_reference
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.post import Post, running_post
from tests.delivery.test_jobs import expire


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox") as started:
        yield started


def at_post(service: Service, post: Post, intake: Intake) -> Day:
    """A day whose carrier is that post."""
    settings = service.settings.model_copy(update={"ngsp_url": post.url})
    return Day(Service(settings, service.database), intake)


def test_every_planned_envelope_is_in_the_carrier_s_books_once(service: Service, post: Post, intake: Intake) -> None:
    day = at_post(service, post, intake).prepare(4)

    day.submit()
    day.submit()

    ledger = post.ledger()
    assert set(ledger) == set(day.item_codes())
    assert {order["received"] for order in ledger.values()} == {1}
    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}


def test_a_worker_that_died_after_sending_sends_again_and_the_carrier_has_it_once(
    service: Service, post: Post, intake: Intake
) -> None:
    day = at_post(service, post, intake).prepare(1)
    day.submit()
    with service.database.write() as session:
        # The disk says: intended. The answer never came to be written.
        session.execute(sa.update(Consignment).values(submission=Submission.IN_DOUBT, accepted_at=None))
        session.execute(sa.update(SubmitTry).values(outcome=None, ended_at=None))

    day.submit()

    (order,) = post.ledger().values()
    assert order["received"] == 2
    with service.database.read() as session:
        assert session.scalars(sa.select(SubmitTry.outcome).order_by(SubmitTry.try_no)).all() == [None, "duplicate"]


def test_a_worker_that_died_with_the_job_in_hand_is_followed_by_another(
    service: Service, post: Post, intake: Intake
) -> None:
    day = at_post(service, post, intake).prepare(1)
    from delivery.dispatch.batching import find_batch  # noqa: PLC0415
    from delivery.dispatch.submission import request_submission  # noqa: PLC0415

    with service.database.write() as session:
        request_submission(session, find_batch(session, day.batch), "sandbox", FeeTable.parse(DEFAULT))
    with service.database.read() as session:
        (job_id,) = due(session)
    assert claim(service.database, job_id, "dead", 30)
    expire(service, job_id)

    day.work("submit")

    assert len(post.ledger()) == 1


def test_answers_that_are_lost_on_the_way_lose_no_order_and_double_none(
    service: Service, intake: Intake, tmp_path: Path
) -> None:
    with running_post(tmp_path / "careless", "--habit", "lost-replies", "--habit", "stale-tokens") as post:
        day = at_post(service, post, intake).prepare(12)
        day.submit()
        for _ in range(12):
            day.hurry()
            day.work("submit")

        assert set(post.ledger()) == set(day.item_codes())
        assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}


def test_a_carrier_that_is_away_is_asked_again_later(service: Service, intake: Intake, tmp_path: Path) -> None:
    with running_post(tmp_path / "home" / "sandbox") as post:
        port = post.port
    day = at_post(service, Post(tmp_path, port), intake).prepare(2)

    day.submit()

    assert {c.submission for c in day.consignments()} == {Submission.READY}
    with running_post(tmp_path / "home" / "sandbox", "--port", str(port)) as post:
        day.hurry()
        day.work("submit")
        assert len(post.ledger()) == 2


def test_an_order_that_the_carrier_refuses_becomes_a_case(service: Service, post: Post, intake: Intake) -> None:
    day = at_post(service, post, intake)
    stranger = Day(
        Service(day.service.settings.model_copy(update={"ngsp_customer_code": ""}), service.database), intake
    ).prepare(1)

    stranger.submit()

    assert [c.submission for c in day.consignments()] == [Submission.REFUSED]
    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.REFUSED_BY_CARRIER]


def test_with_a_wrong_secret_nothing_is_lost_and_a_person_is_asked_in_the_end(
    service: Service, post: Post, intake: Intake
) -> None:
    day = at_post(service, post, intake)
    wrong = day.service.settings.model_copy(update={"ngsp_secret": SecretStr("wrong")})
    locked_out = Day(Service(wrong, service.database), intake).prepare(1)
    locked_out.submit()
    for _ in range(6):
        locked_out.hurry()
        locked_out.work("submit")

    assert not post.ledger()
    with service.database.read() as session:
        assert CaseKind.CARRIER_SILENT in [case.kind for case in open_cases(session)]
    day.hurry()
    day.work("submit")
    assert not post.ledger() or len(post.ledger()) == 1


def test_a_second_live_consignment_for_an_envelope_is_impossible_in_the_schema(
    service: Service, post: Post, intake: Intake
) -> None:
    day = at_post(service, post, intake).prepare(1)
    (live,) = day.consignments()

    with pytest.raises(IntegrityError), service.database.write() as session:
        session.add(
            Consignment(
                item_id=live.item_id,
                reference=new_reference(),
                item_code="CH999999999VN",
                carrier="sandbox",
                address_version=1,
            )
        )


def test_the_carrier_is_told_neither_the_dossier_nor_what_is_inside(
    service: Service, post: Post, intake: Intake
) -> None:
    from delivery.carriers import order_of  # noqa: PLC0415

    day = at_post(service, post, intake).prepare(1)
    with service.database.read() as session:
        order = order_of(session.scalars(sa.select(Consignment)).one())

    told = str(order)
    assert "khai sinh" not in told.lower()
    assert "H26.41" not in told
    assert day.batch not in told
