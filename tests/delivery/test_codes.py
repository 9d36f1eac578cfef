"""A status code that no table explains is kept, shown to a person, and read when somebody knows what it means."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.models import CaseKind, TrackingEvent
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.codes import learn_code, read_anew, table_of, unknown_codes
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import Post, running_post
from tests.delivery.test_carriers import day_with, habits
from tests.delivery.typed import typed


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox", "--speed", "50000", "--through-nights") as started:
        yield started


@pytest.fixture(params=["sandbox", "myvnpost"])
def day(request: pytest.FixtureRequest, service: Service, post: Post, intake: Intake) -> Day:
    """Three envelopes at the end of their journeys, of which the carrier tells in codes that nobody knows."""
    at_end = day_with(service, post, intake, request.param).prepare(3)
    at_end.submit()
    habits(post, unknown_codes=1)
    post.collect(list(post.ledger()), HANDED_OVER_AT)
    post.play_the_day()
    at_end.poll()
    return at_end


def learn_all(day: Day) -> None:
    """What the sandbox post means by its strange codes: the place of the kind of event in our list."""
    with day.service.database.write() as session:
        for each in unknown_codes(session):
            kinds = [fact for fact in Fact if fact is not Fact.HANDED_OVER]
            learn_code(session, each.table, each.code, kinds[int(each.code) - 900], by="huong", at=NOW)


def test_every_code_is_kept_and_asked_about_once_for_each_envelope(day: Day) -> None:
    with day.service.database.read() as session:
        facts = set(session.scalars(sa.select(TrackingEvent.fact).where(TrackingEvent.source == "feed")))
        listed = unknown_codes(session)
        cases = [case for case in open_cases(session) if case.kind is CaseKind.UNKNOWN_CODE]

    assert facts == {Fact.UNKNOWN}
    assert {each.table for each in listed} == {table_of(day.service.settings.carrier, "feed")}
    assert max(each.items for each in listed) == 3
    assert len(cases) == 3
    assert all(case.facts["codes"] for case in cases)
    assert set(day.states().values()) == {State.REGISTERED}


def test_what_is_learnt_is_applied_to_what_came_before_and_the_cases_close(day: Day) -> None:
    learn_all(day)

    with day.service.database.read() as session:
        assert unknown_codes(session) == []
        assert CaseKind.UNKNOWN_CODE not in {case.kind for case in open_cases(session)}
    assert set(day.states().values()) <= {State.DELIVERED, State.RETURNED}


def test_what_is_learnt_holds_for_what_comes_afterwards(day: Day) -> None:
    learn_all(day)
    with day.service.database.write() as session:
        from delivery.models import Feed  # noqa: PLC0415

        session.execute(sa.delete(TrackingEvent).where(TrackingEvent.source == "feed"))
        session.execute(sa.update(Feed).values(cursor=None))

    day.poll()

    with day.service.database.read() as session:
        assert unknown_codes(session) == []
        assert set(session.scalars(sa.select(TrackingEvent.source))) == {"feed", "ward"}


def test_what_a_newer_table_explains_is_read_anew(day: Day) -> None:
    with day.service.database.write() as session:
        # As if an older version, whose table did not have it, had taken this event in.
        session.execute(sa.update(TrackingEvent).where(TrackingEvent.source == "feed").values(code="10"))
        count = read_anew(session, by="huong", at=NOW)
        assert count > 0

    assert set(day.states().values()) == {State.WITH_CARRIER}


def test_the_commands_list_the_codes_and_take_their_meaning(day: Day) -> None:
    listed = json.loads(typed(day.service, "carrier", "codes", "--json").stdout)["unknown"]
    table, code = listed[0]["table"], listed[0]["code"]

    learnt = typed(day.service, "carrier", "learn", table, code, "in_transit")
    known = typed(day.service, "carrier", "learn", "ngsp", "4", "returned")
    again = json.loads(typed(day.service, "carrier", "codes", "--apply", "--json").stdout)

    assert learnt.returncode == 0, learnt.stderr
    assert known.returncode == 1
    assert code not in [each["code"] for each in again["unknown"]]
    assert typed(day.service, "carrier", "codes").returncode == 0
