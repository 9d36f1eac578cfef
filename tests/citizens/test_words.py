"""What recipients say: it has its effect once, reaches staff, and can be taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import find_open
from delivery.citizens.own import own_view
from delivery.citizens.words import CITIZEN, may_say, said_of, say, take_back
from delivery.dispatch.batching import batch_due
from delivery.dispatch.recalling import send_again
from delivery.dispatch.returns import Fetched, agree, ask_to_send_again, hand_out
from delivery.errors import BadInput, NotNow
from delivery.models import Amendment, CaseKind, CitizenWord, Consignment, Item, WordKind
from delivery.rules.doorstep import Paper, Receiver
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.events import Report, record
from delivery.tracking.figures import ended_between, figures_of
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day, told_day

LATER = HANDED_OVER_AT + timedelta(hours=6)
ID = Fetched(Receiver.RECIPIENT, (Paper.IDENTITY_CARD,))
Deed = Callable[[Session, Item], object]


class Recipient:
    """Whoever the first envelope is for."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def does(self, deed: Deed) -> None:
        with self.service.database.write() as session:
            deed(session, session.scalars(sa.select(Item).order_by(Item.id)).all()[0])

    def says(self, kind: WordKind, words: str = "", stars: int | None = None) -> None:
        self.does(lambda session, item: say(session, item, kind, LATER, words=words, stars=stars))

    def unsays(self, kind: WordKind) -> None:
        self.does(lambda session, item: take_back(session, item, kind, LATER))

    def may(self) -> set[WordKind]:
        found: list[WordKind] = []
        self.does(lambda _session, item: found.extend(may_say(item)))
        return set(found)

    def is_asked(self, kind: CaseKind) -> bool:
        found: list[bool] = []
        self.does(lambda session, item: found.append(find_open(session, kind, f"item:{item.id}") is not None))
        return found[0]

    def is_held(self) -> bool:
        found: list[bool] = []
        self.does(lambda _session, item: found.append(item.recalled_at is not None))
        return found[0]


def hears(session: Session, item: Item, fact: Fact) -> None:
    sent = item.consignments[-1]
    record(session, sent, Report(fact, "feed", f"{fact}-1", LATER), LATER)


@pytest.fixture
def lan(service: Service, intake: Intake) -> Recipient:
    """Her envelope lies planned, printed and told to a post on the table."""
    told_day(service, intake, 1)
    return Recipient(service)


@pytest.fixture
def delivered(lan: Recipient) -> Recipient:
    Day(lan.service, Intake(lan.service.database, lan.service.settings.home), batch="BD-261125-1").hand_over()
    lan.does(lambda session, item: hears(session, item, Fact.DELIVERED))
    return lan


@pytest.fixture
def returned(lan: Recipient) -> Recipient:
    Day(lan.service, Intake(lan.service.database, lan.service.settings.home), batch="BD-261125-1").hand_over()
    lan.does(lambda session, item: hears(session, item, Fact.RETURNED))
    return lan


def test_who_will_fetch_it_has_it_kept_at_the_ward_and_staff_are_told(lan: Recipient) -> None:
    assert lan.may() == {WordKind.FETCH}
    lan.says(WordKind.FETCH)
    lan.says(WordKind.FETCH)

    assert lan.is_held()
    assert lan.is_asked(CaseKind.FETCH)
    with lan.service.database.read() as session:
        # Once asked of the carrier, however often it is said.
        assert [one.wanted_by for one in session.scalars(sa.select(Amendment))] == [CITIZEN]
        assert len(session.scalars(sa.select(CitizenWord)).all()) == 1
    lan.unsays(WordKind.FETCH)
    assert not lan.is_held()
    assert not lan.is_asked(CaseKind.FETCH)
    with pytest.raises(NotNow):
        lan.unsays(WordKind.FETCH)


def test_what_the_ward_holds_back_for_its_own_reasons_is_not_let_go_by_a_recipient(lan: Recipient) -> None:
    lan.does(lambda _session, item: setattr(item, "recalled_at", NOW))
    lan.says(WordKind.FETCH)
    lan.unsays(WordKind.FETCH)
    assert lan.is_held()


def test_what_the_ward_lets_go_all_the_same_is_not_promised_to_lie_there(lan: Recipient) -> None:
    def is_promised() -> bool:
        with lan.service.database.read() as session:
            return WordKind.FETCH in own_view(session, session.scalars(sa.select(Item)).one(), LATER).said

    lan.says(WordKind.FETCH)
    assert is_promised()
    lan.does(lambda session, item: send_again(session, item, by="bode", at=LATER))
    assert not is_promised()
    lan.says(WordKind.FETCH)
    assert is_promised()
    assert lan.is_held()


def test_what_is_on_its_way_is_not_kept_any_more(lan: Recipient) -> None:
    Day(lan.service, Intake(lan.service.database, lan.service.settings.home), batch="BD-261125-1").hand_over()
    assert lan.may() == set()
    with pytest.raises(NotNow):
        lan.says(WordKind.FETCH)
    assert not lan.is_held()


def test_what_came_back_is_fetched_or_asked_for_once_more_but_never_both(returned: Recipient) -> None:
    assert returned.may() == {WordKind.FETCH, WordKind.AGAIN}
    returned.says(WordKind.AGAIN, "sau 17 giờ")
    returned.says(WordKind.FETCH)
    with returned.service.database.read() as session:
        item = session.scalars(sa.select(Item)).one()
        assert set(said_of(session, item)) == {WordKind.FETCH}
    # Whatever is said, a second sending stays two people's decision.
    returned.says(WordKind.AGAIN)
    assert not returned.is_asked(CaseKind.FETCH)
    assert not returned.is_held()
    with returned.service.database.write() as session:
        batch_due(session, DAY + timedelta(days=1), LATER)
        assert session.scalars(sa.select(Item)).one().batch_id == 1
    returned.does(lambda session, item: ask_to_send_again(session, item, by="bode", reason="đã gọi", at=LATER))
    returned.does(lambda session, item: agree(session, item, by="lan", at=LATER))


def test_once_it_is_fetched_the_question_is_closed(returned: Recipient) -> None:
    returned.says(WordKind.FETCH)
    assert returned.is_asked(CaseKind.FETCH)
    returned.does(lambda session, item: hand_out(session, item, ID, by="bode", at=LATER))
    assert not returned.is_asked(CaseKind.FETCH)
    assert returned.may() == {WordKind.RATING, WordKind.DISPUTE}
    with pytest.raises(NotNow):
        returned.unsays(WordKind.FETCH)


def test_what_never_arrived_is_looked_into_until_it_is_found(delivered: Recipient) -> None:
    delivered.says(WordKind.DISPUTE, "  không ai   ở nhà ")
    with delivered.service.database.read() as session:
        item = session.scalars(sa.select(Item)).one()
        case = find_open(session, CaseKind.DISPUTE, f"item:{item.id}")
        assert case is not None
        assert case.facts["said"] == "không ai ở nhà"
        assert case.office_id == item.office_id
        assert own_view(session, item, LATER).is_looked_into
        # What the carrier has proved stays as it is; a person judges.
        assert session.scalars(sa.select(Consignment)).one().journey is State.DELIVERED
    delivered.unsays(WordKind.DISPUTE)
    assert not delivered.is_asked(CaseKind.DISPUTE)


def test_stars_are_counted_once_an_envelope_as_they_were_given_last(delivered: Recipient) -> None:
    for wrong in (None, 0, 6):
        with pytest.raises(BadInput):
            delivered.says(WordKind.RATING, stars=wrong)
    delivered.says(WordKind.RATING, stars=2)
    delivered.says(WordKind.RATING, "bưu tá lịch sự", stars=5)
    with delivered.service.database.read() as session:
        offices = {session.scalars(sa.select(Item)).one().office_id}
        figures = figures_of(ended_between(session, DAY, DAY, offices))
    assert (figures.delivered, figures.rating, figures.rated) == (1, 5.0, 1)
    delivered.unsays(WordKind.RATING)
    with delivered.service.database.read() as session:
        assert figures_of(ended_between(session, DAY, DAY, offices)).rated == 0


def test_nothing_can_be_rated_or_missed_before_it_came(lan: Recipient) -> None:
    for kind in (WordKind.RATING, WordKind.DISPUTE, WordKind.AGAIN):
        with pytest.raises(NotNow):
            lan.says(kind, stars=5)


def test_the_window_is_told_only_while_somebody_is_under_way(lan: Recipient) -> None:
    def window(at_hours: int) -> bool:
        with lan.service.database.read() as session:
            item = session.scalars(sa.select(Item)).one()
            return own_view(session, item, HANDED_OVER_AT + timedelta(hours=at_hours)).window is not None

    assert not window(0)
    Day(lan.service, Intake(lan.service.database, lan.service.settings.home), batch="BD-261125-1").hand_over()
    assert window(0)
    assert not window(12)
    assert not window(24)
    lan.does(lambda session, item: hears(session, item, Fact.DELIVERED))
    assert not window(0)
