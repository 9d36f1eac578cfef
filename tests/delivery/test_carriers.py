"""Each carrier is switched on by settings alone: an envelope is told, followed, and never told twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.communes import refresh_communes
from delivery.dispatch.doubt import MISSED
from delivery.errors import BadSetting
from delivery.models import CaseKind, Consignment, Submission, SubmitTry
from delivery.rules.lifecycle import State
from delivery.tracking.callbacks import NotAuthentic
from delivery.tracking.polling import ask_for_polls
from delivery.wiring import Service
from postal_api.carrier import Order, Receipt
from postal_api.errors import OrderRefused
from postal_api.own_team import OwnTeam
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day, receive
from tests.delivery.post import Post, running_post

ENDS = {State.DELIVERED, State.RETURNED}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox", "--speed", "50000", "--through-nights") as started:
        yield started


def day_with(service: Service, post: Post, intake: Intake, carrier: str, **settings: Any) -> Day:
    wanted = {"carrier": carrier, "sandbox_port": post.port, **settings}
    return Day(Service(service.settings.model_copy(update=wanted), service.database), intake)


def habits(post: Post, **shares: float) -> None:
    asked = {name.replace("_", "-"): share for name, share in shares.items()}
    httpx.post(f"{post.url}/sandbox/habits", json={"habits": asked}).raise_for_status()


@pytest.mark.parametrize("carrier", ["ngsp", "ngsp-provincial", "myvnpost"])
def test_an_envelope_reaches_its_end_by_every_carrier_with_a_feed(
    service: Service, post: Post, intake: Intake, carrier: str
) -> None:
    day = day_with(service, post, intake, carrier).prepare(2)
    day.submit()
    day.print("this carrier numbers the envelopes itself")

    post.collect(list(post.ledger()), at=HANDED_OVER_AT)
    post.play_the_day()
    day.poll()

    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}
    assert {c.journey for c in day.consignments()} <= ENDS
    assert len(post.ledger()) == 2


def test_numbers_that_the_carrier_gives_replace_ours_and_void_the_printed_label(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "myvnpost").prepare(1)

    day.submit()

    assert day.item_codes() == list(post.ledger())
    with service.database.read() as session:
        (consignment,) = (session.merge(c) for c in day.consignments())
        assert [label.voided_at is not None for label in consignment.labels] == [True]


def test_an_order_whose_answer_was_lost_is_looked_up_not_sent_again(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "myvnpost", carrier_per_second=1000).prepare(3)
    habits(post, lost_replies=1)
    day.submit()
    assert {c.submission for c in day.consignments()} == {Submission.IN_DOUBT}

    habits(post)
    day.hurry()
    day.work("submit")

    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}
    assert len(post.ledger()) == 3


def test_an_order_that_never_arrived_is_sent_again_only_after_the_settle_time(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "myvnpost", carrier_settle_seconds=900).prepare(1)
    refresh_communes(day.service)
    habits(post, closed=1)
    day.submit()
    habits(post)
    with service.database.write() as session:
        # The worker died before a byte left the house: only the intention is on disk.
        session.execute(sa.update(Consignment).values(submission=Submission.IN_DOUBT))
        session.execute(sa.update(SubmitTry).values(outcome=None, ended_at=None))

    for _ in range(3):
        day.hurry()
        day.work("submit")
    assert post.ledger() == {}
    with service.database.write() as session:
        assert session.scalars(sa.select(SubmitTry.outcome)).all() == [MISSED]
        session.execute(
            sa.update(SubmitTry).values(intended_at=NOW.replace(year=2020), ended_at=NOW.replace(year=2020))
        )
    day.hurry()
    day.work("submit")

    assert len(post.ledger()) == 1
    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}


def test_another_envelope_s_number_is_not_believed(service: Service, post: Post, intake: Intake) -> None:
    day = day_with(service, post, intake, "myvnpost").prepare(2)
    habits(post, wrong_ids=1)
    day.submit()
    habits(post)
    day.hurry()
    day.work("submit")

    assert sorted(day.item_codes()) == sorted(post.ledger())
    assert len(post.ledger()) == 2


def test_without_look_up_and_without_recognition_a_lost_answer_is_a_person_s(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "viettelpost").prepare(1)
    habits(post, lost_replies=1)
    day.submit()
    habits(post)
    day.hurry()
    day.work("submit")

    assert len(post.ledger()) == 1
    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.CARRIER_SILENT]


def test_viettel_post_s_report_of_our_reference_proves_an_order_whose_answer_was_lost(
    service: Service, post: Post, intake: Intake
) -> None:
    day = day_with(service, post, intake, "viettelpost").prepare(1)
    habits(post, lost_replies=1)
    day.submit()
    habits(post)
    day.hurry()
    day.work("submit")
    (doubted,), (number,) = day.consignments(), post.ledger()

    tell(day, number, 103, "25/11/2026 08:00:00")
    assert [c.submission for c in day.consignments()] == [Submission.IN_DOUBT]
    tell(day, number, 104, "25/11/2026 08:30:00", reference=doubted.reference)

    (settled,) = day.consignments()
    assert (settled.submission, settled.item_code, settled.journey) == (Submission.ACCEPTED, number, State.REGISTERED)
    with service.database.read() as session:
        assert open_cases(session) == []
        assert all(label.voided_at is not None for label in session.merge(settled).labels)
    day.submit()
    assert list(post.ledger()) == [number]


def test_a_report_with_another_envelope_s_number_proves_nothing(service: Service, post: Post, intake: Intake) -> None:
    day = day_with(service, post, intake, "viettelpost").prepare(2)
    habits(post, lost_replies=1)
    day.submit()
    habits(post)
    first, second = day.consignments()

    tell(day, second.item_code, 103, "25/11/2026 08:00:00", reference=first.reference)

    assert [c.submission for c in day.consignments()] == [Submission.IN_DOUBT] * 2


def test_a_refusal_after_the_carrier_s_own_report_is_only_of_the_repetition(
    service: Service, post: Post, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = day_with(service, post, intake, "viettelpost").prepare(1)
    send = day.service.carrier.submit

    def sent_twice_on_the_way(order: Order) -> Receipt:
        send(order)
        tell(day, next(iter(post.ledger())), 104, "25/11/2026 08:30:00", reference=order.reference)
        raise OrderRefused("given", "we have this one")

    monkeypatch.setattr(day.service.carrier, "submit", sent_twice_on_the_way)
    day.submit()

    (consignment,) = day.consignments()
    assert (consignment.submission, consignment.refusal) == (Submission.ACCEPTED, "")
    with service.database.read() as session:
        assert open_cases(session) == []


def tell(day: Day, number: str, status: int, at: str, reference: str = "") -> None:
    """A callback of Viettel Post, and the job that reads it."""
    said = {"ORDER_NUMBER": number, "ORDER_STATUS": status, "ORDER_STATUSDATE": at, "ORDER_REFERENCE": reference}
    receive(day.service, json.dumps({"DATA": said, "TOKEN": "sandbox-only"}).encode(), NOW)
    day.apply_callbacks()


def test_viettel_post_s_callbacks_bring_an_envelope_to_its_end(service: Service, post: Post, intake: Intake) -> None:
    day = day_with(service, post, intake, "viettelpost").prepare(1)
    day.submit()
    (number,) = day.item_codes()
    body = {
        "DATA": {"ORDER_NUMBER": number, "ORDER_STATUS": 501, "ORDER_STATUSDATE": "25/11/2026 09:00:00"},
        "TOKEN": "sandbox-only",
    }

    assert receive(day.service, json.dumps(body).encode(), NOW)
    assert not receive(day.service, json.dumps(body).encode(), NOW)
    day.apply_callbacks()

    assert [c.journey for c in day.consignments()] == [State.DELIVERED]
    with pytest.raises(NotAuthentic):
        receive(day.service, json.dumps({**body, "TOKEN": "guess"}).encode(), NOW)
    with service.database.write() as session:
        ask_for_polls(session, day.service, NOW)
    day.work("poll")


def test_the_own_team_needs_nobody_else(service: Service, intake: Intake) -> None:
    settings = service.settings.model_copy(update={"carrier": "own-team", "sandbox_port": 9})
    day = Day(Service(settings, service.database), intake).prepare(2)

    day.submit()

    assert isinstance(day.service.carrier, OwnTeam)
    assert {c.submission for c in day.consignments()} == {Submission.ACCEPTED}


def test_an_address_that_is_none_is_a_wrong_setting(service: Service) -> None:
    settings = service.settings.model_copy(update={"carrier": "myvnpost", "myvnpost_url": "connect"})

    with pytest.raises(BadSetting):
        _ = Service(settings, service.database).carrier
