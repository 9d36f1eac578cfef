"""What came back is fetched at the counter or, if two people agree, sent once more; never both, and never by chance."""

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import find_open
from delivery.dispatch.batching import batch_due
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import Asker, print_batch
from delivery.dispatch.recalling import recall, send_again
from delivery.dispatch.returns import (
    Fetched,
    agree,
    ask_to_send_again,
    hand_out,
    may_be_fetched,
    take_wish_back,
    undo_hand_out,
)
from delivery.errors import BadInput, NotFound, NotNow
from delivery.models import Batch, CaseKind, Consignment, Custody, Item
from delivery.rules.doorstep import Paper, Receiver
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.closing import close_day
from delivery.tracking.events import Report, record
from delivery.tracking.following import public_view
from delivery.tracking.nightly import look
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day, told_day

MORNING = NOW + timedelta(days=3)
CARD = Fetched(Receiver.RECIPIENT, (Paper.IDENTITY_CARD,))


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Two envelopes that were handed over to a post, which has brought the first one back."""
    made = told_day(service, intake, 2)
    made.hand_over()
    with service.database.write() as session:
        sent = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
        assert sent
        tell(session, sent, Fact.RETURNED)
    return made


def tell(session: Session, sent: Consignment, fact: Fact, number: int = 1, hours: int = 30) -> None:
    at = Day.handed_over_at + timedelta(hours=hours)
    record(session, sent, Report(fact, "feed", f"{fact}-{number}", at), at)


def back(session: Session) -> Item:
    """The envelope that came back."""
    sent = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
    assert sent
    return sent.item


def asked(session: Session) -> bool:
    """Whether somebody is asked what becomes of it."""
    return find_open(session, CaseKind.RETURNED, f"item:{back(session).id}") is not None


def gathered(day: Day, on: date) -> set[int]:
    """What the batches of a later day hold."""
    with day.service.database.write() as session:
        batches = batch_due(session, on, MORNING)
        session.flush()
        ids = [batch.id for batch in batches]
        return set(session.scalars(sa.select(Item.id).where(Item.batch_id.in_(ids))))


def test_somebody_is_asked_about_what_came_back_and_it_goes_nowhere_by_itself(day: Day) -> None:
    with day.service.database.read() as session:
        assert asked(session)
    assert gathered(day, DAY + timedelta(days=1)) == set()


def test_what_is_fetched_at_the_counter_is_at_home_in_all_books(day: Day) -> None:
    with day.service.database.write() as session:
        item = back(session)
        hand_out(session, item, CARD, by="bode", at=MORNING)
        code = item.tracking_code
        assert not asked(session)

    assert gathered(day, DAY + timedelta(days=1)) == set()
    assert look(day.service.database, DAY + timedelta(days=1)).findings == []
    with day.service.database.read() as session:
        item = back(session)
        assert (item.custody, item.collected_at) == (Custody.RECIPIENT, MORNING)
        balance = close_day(session, DAY)
        assert (balance.handed_over, balance.returned, balance.still_out) == (2, 1, 1)
        assert balance.balanced
        view = public_view(session, code)
        assert view
        assert view.fetched_at == MORNING


def test_it_is_fetched_once_and_a_mistake_is_taken_back_for_a_day(day: Day) -> None:
    with day.service.database.write() as session:
        hand_out(session, back(session), CARD, by="bode", at=MORNING)
        with pytest.raises(NotNow):
            hand_out(session, back(session), CARD, by="viethung", at=MORNING)
        with pytest.raises(NotNow, match="hơn một ngày"):
            undo_hand_out(session, back(session), MORNING + timedelta(hours=25))
        undo_hand_out(session, back(session), MORNING + timedelta(hours=1))
        item = back(session)
        assert (item.custody, item.collected, item.recalled_at) == (Custody.WARD, None, None)
        assert asked(session)
        with pytest.raises(NotNow):
            undo_hand_out(session, item, MORNING)


@pytest.mark.parametrize(
    "fetched",
    [
        Fetched(
            Receiver.AUTHORISED, (Paper.IDENTITY_CARD, Paper.AUTHORISATION)
        ),  # a birth certificate stays in the family
        Fetched(Receiver.RECIPIENT, ()),
        Fetched(Receiver.HOUSEHOLD, (Paper.AUTHORISATION,)),
    ],
)
def test_nobody_gets_it_whom_the_procedure_does_not_name_or_who_shows_nothing(day: Day, fetched: Fetched) -> None:
    with day.service.database.write() as session:
        with pytest.raises(BadInput):
            hand_out(session, back(session), fetched, by="bode", at=MORNING)
        assert back(session).collected_at is None


def test_what_a_carrier_has_or_may_have_cannot_be_fetched(day: Day) -> None:
    with day.service.database.write() as session:
        out = session.scalars(sa.select(Item).where(Item.custody == Custody.CARRIER)).one()
        with pytest.raises(NotNow):
            hand_out(session, out, CARD, by="bode", at=MORNING)


def test_an_envelope_of_todays_batch_must_be_recalled_first_and_is_then_in_no_paper(
    service: Service, intake: Intake
) -> None:
    day = Day(service, intake).prepare(2)
    with service.database.write() as session:
        item = back(session)
        with pytest.raises(NotNow):
            hand_out(session, item, CARD, by="bode", at=NOW)
        recall(session, item, by="bode", reason="đến lấy", at=NOW)
        assert may_be_fetched(item)
        hand_out(session, item, CARD, by="bode", at=NOW)
        with pytest.raises(NotNow):
            send_again(session, item, by="bode", at=NOW)
        with pytest.raises(NotNow):
            recall(session, item, by="bode", reason="nhầm", at=NOW)

    print_batch(service, day.batch, NOW, asker=Asker("bode", "một phong bì đã lấy"))
    with service.database.write() as session:
        assert [sent.item_id for sent in live(session)] != [back(session).id]
        # Nothing has left the house yet: the routes of the others may still be changed.
        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)


def live(session: Session) -> list[Consignment]:
    return [sent for sent in session.scalars(sa.select(Consignment).order_by(Consignment.id)) if sent.is_live]


def test_what_is_heard_of_it_later_does_not_take_it_out_of_the_recipients_hands(day: Day) -> None:
    with day.service.database.write() as session:
        item = back(session)
        hand_out(session, item, CARD, by="bode", at=MORNING)
        tell(session, item.consignments[0], Fact.IN_TRANSIT, hours=2)
        sent, at = item.consignments[0], MORNING + timedelta(hours=1)
        record(session, sent, Report(Fact.TAKEN_BACK, "feed", "undo", at, takes_back="returned-1"), at)
        assert sent.journey is State.WITH_CARRIER
        assert back(session).custody is Custody.RECIPIENT


def test_whoever_asks_for_a_second_sending_does_not_decide_it(day: Day) -> None:
    with day.service.database.write() as session:
        item = back(session)
        with pytest.raises(NotFound):
            agree(session, item, by="giamsat", at=MORNING)
        with pytest.raises(BadInput):
            ask_to_send_again(session, item, by="bode", reason=" x ", at=MORNING)
        ask_to_send_again(session, item, by="bode", reason="đã gọi, đúng địa chỉ", at=MORNING)
        with pytest.raises(NotNow, match="người khác"):
            agree(session, item, by="bode", at=MORNING)
        with pytest.raises(NotNow):
            ask_to_send_again(session, item, by="giamsat", reason="lần nữa", at=MORNING)
        assert asked(session)
    assert gathered(day, DAY + timedelta(days=1)) == set()


def test_when_two_agree_it_goes_with_the_next_batch_under_a_number_of_its_own(day: Day) -> None:
    following = DAY + timedelta(days=1)
    with day.service.database.write() as session:
        item = back(session)
        ask_to_send_again(session, item, by="bode", reason="đã gọi, đúng địa chỉ", at=MORNING)
        agree(session, item, by="giamsat", at=MORNING)
        assert not asked(session)
        number = item.id

    assert gathered(day, following) == {number}
    assert gathered(day, following) == {number}
    with day.service.database.write() as session:
        batch = session.scalars(sa.select(Batch.code).order_by(Batch.id.desc()).limit(1)).one()
        request_plan(session, code=batch, day=None, seconds=1, at=MORNING)
    day.work("plan")
    print_batch(day.service, batch, MORNING, asker=Asker("bode"))

    with day.service.database.write() as session:
        item = back(session)
        first, second = item.consignments
        assert first.item_code != second.item_code
        assert (first.journey, second.is_live) == (State.RETURNED, True)
        with pytest.raises(NotNow):
            take_wish_back(session, item, by="bode", at=MORNING)
        with pytest.raises(NotNow):
            hand_out(session, item, CARD, by="bode", at=MORNING)
        # What the first carrier still tells of its sending moves nothing of the second.
        tell(session, second, Fact.COLLECTED, hours=60)
        tell(session, first, Fact.RETURNED, number=2, hours=61)
        assert item.custody is Custody.CARRIER


def test_it_comes_back_a_second_time_and_is_asked_about_anew(day: Day) -> None:
    with day.service.database.write() as session:
        item = back(session)
        ask_to_send_again(session, item, by="bode", reason="đúng địa chỉ", at=MORNING)
        agree(session, item, by="giamsat", at=MORNING)
    gathered(day, DAY + timedelta(days=1))
    with day.service.database.write() as session:
        item = back(session)
        batch = session.scalars(sa.select(Batch.code).order_by(Batch.id.desc()).limit(1)).one()
        request_plan(session, code=batch, day=None, seconds=1, at=MORNING)
    day.work("plan")
    print_batch(day.service, batch, MORNING, asker=Asker("bode"))
    with day.service.database.write() as session:
        item = back(session)
        tell(session, item.consignments[-1], Fact.COLLECTED, hours=60)
        tell(session, item.consignments[-1], Fact.RETURNED, hours=70)
        assert asked(session)
    # That two agreed once says nothing of another time.
    assert gathered(day, DAY + timedelta(days=2)) == set()


def test_the_wish_is_withdrawn_and_the_question_is_open_again(day: Day) -> None:
    with day.service.database.write() as session:
        item = back(session)
        ask_to_send_again(session, item, by="bode", reason="đúng địa chỉ", at=MORNING)
        agree(session, item, by="giamsat", at=MORNING)
        take_wish_back(session, item, by="bode", at=MORNING)
        assert asked(session)
    assert gathered(day, DAY + timedelta(days=1)) == set()


def test_it_is_fetched_after_two_have_agreed_and_is_not_sent(day: Day) -> None:
    with day.service.database.write() as session:
        item = back(session)
        ask_to_send_again(session, item, by="bode", reason="đúng địa chỉ", at=MORNING)
        agree(session, item, by="giamsat", at=MORNING)
        hand_out(session, item, CARD, by="bode", at=MORNING)
    assert gathered(day, DAY + timedelta(days=1)) == set()


def test_two_at_two_counters_hand_it_out_once(day: Day) -> None:
    told: list[str] = []
    start = threading.Barrier(2)

    def fetch(by: str) -> None:
        start.wait()
        try:
            with day.service.database.write() as session:
                hand_out(session, back(session), CARD, by=by, at=MORNING)
        except NotNow as error:
            told.append(str(error))

    both = [threading.Thread(target=fetch, args=(by,)) for by in ("bode", "lan")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(told) == 1


def test_what_was_reported_back_by_mistake_is_no_question_any_more(day: Day) -> None:
    with day.service.database.write() as session:
        sent = back(session).consignments[0]
        at = Day.handed_over_at + timedelta(hours=31)
        record(session, sent, Report(Fact.TAKEN_BACK, "feed", "undo", at, takes_back="returned-1"), at)
        assert not asked(session)
