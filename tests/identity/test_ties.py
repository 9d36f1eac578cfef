"""Who is tied to whom, on both databases: one person of ours to one of the provider's, whoever tries at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from delivery.database import Database
from delivery.errors import NotNow, NotProven
from delivery.models import ProviderTie, Role, Staff
from delivery.moments import now
from delivery.rules.identity import Doubt, Shown
from tests.web.second_factor import meet
from web import ties
from web.people import add_staff
from web.second_factor import locked

ISSUER, KEY = "https://sso.example.vn", b"k" * 32
ALICE = Shown(ISSUER, "0001", {})


@pytest.fixture
def people(database: Database) -> list[int]:
    """Two supervisors whose accounts may be tied."""
    with database.write() as session:
        made = [add_staff(session, name, name, Role.SUPERVISOR, None, "mật khẩu để thử") for name in ("an", "binh")]
        for person in made:
            ties.offer(session, person, ISSUER, "quantri", now())
        return [person.id for person in made]


def tied(database: Database) -> int:
    with database.read() as session:
        standing = ProviderTie.tied_at.is_not(None) & ProviderTie.ended_at.is_(None)
        return len(session.scalars(sa.select(ProviderTie).where(standing)).all())


def person(database: Database, number: int) -> Staff:
    with database.read() as session:
        return session.get_one(Staff, number)


def test_of_two_who_tie_the_same_at_once_one_does(database: Database, people: list[int]) -> None:
    both = Barrier(2)

    def tie(number: int) -> str:
        try:
            with database.write() as session:
                staff = locked(session, number)
                assert staff is not None
                meet(both)
                ties.tie(session, staff, ALICE, KEY, now())
        except NotProven as refused:
            return refused.doubt
        return "tied"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(tie, people))

    assert said == [Doubt.TAKEN, "tied"]
    assert tied(database) == 1


def test_an_offer_ends_after_a_week_and_is_used_once(database: Database, people: list[int]) -> None:
    def said(at: datetime) -> str:
        try:
            with database.write() as session:
                ties.tie(session, session.get_one(Staff, people[0]), ALICE, KEY, at)
        except NotProven as refused:
            return refused.doubt
        return "tied"

    late = now() + ties.OFFER_LASTS + timedelta(seconds=1)
    assert [said(at) for at in (late, now(), now())] == [Doubt.NOT_OFFERED, "tied", Doubt.NOT_OFFERED]
    with database.write() as session, pytest.raises(NotNow):
        ties.offer(session, session.get_one(Staff, people[0]), ISSUER, "quantri", now())


def test_the_same_number_at_another_provider_is_somebody_else(database: Database, people: list[int]) -> None:
    with database.write() as session:
        ties.tie(session, session.get_one(Staff, people[0]), ALICE, KEY, now())
    for shown, key in ((Shown("https://other.example", "0001", {}), KEY), (ALICE, b"x" * 32)):
        with database.write() as session, pytest.raises(NotProven):
            ties.enter(session, shown, key, now(), is_second_factor=False)
    with database.write() as session:
        assert ties.enter(session, ALICE, KEY, now(), is_second_factor=False).id == people[0]


def test_what_is_ended_and_given_back_ends_every_log_in_once(database: Database, people: list[int]) -> None:
    with database.write() as session:
        ties.tie(session, session.get_one(Staff, people[0]), ALICE, KEY, now())
    for _time in range(2):
        with database.write() as session:
            ties.end(session, session.get_one(Staff, people[0]), ISSUER, "quantri", now())
        with database.write() as session:
            # An offer that was made meanwhile gives way.
            ties.offer(session, session.get_one(Staff, people[0]), ISSUER, "quantri", now())
            ties.give_back(session, session.get_one(Staff, people[0]), ISSUER, "quantri", now())
        assert tied(database) == 1
    assert person(database, people[0]).login_round == 2
