"""What must be true after every fault, counted in the carrier's own books and in ours."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.models import Callback, Case, Consignment, Custody, Item, Job, JobState, Result, Submission
from delivery.models.item import CUSTODY
from delivery.rules.lifecycle import fold
from tests.faults.house import House, Verdict
from tests.faults.onlookers import shown


def judge(house: House) -> Verdict:
    """Look at all books once the dust has settled."""
    orders = house.post.orders()
    with house.service.database.read() as session:
        sent = _orders_by_item(session, orders)
        return Verdict(
            lost=sum(1 for _item in _lost(session, house.asked, sent)),
            twice=sum(count - 1 for count in sent.values() if count > 1),
            broken=tuple(_broken(session, house)),
        )


def assert_sound(house: House) -> None:
    """Nothing lost, sent twice or shown, all invariants hold; the house remembers the verdict for the report."""
    verdict = judge_all(house)
    house.verdict = verdict
    assert (verdict.lost, verdict.twice, verdict.broken, verdict.shown) == (0, 0, (), ())


def judge_all(house: House) -> Verdict:
    """Look at all books, and at what others are let see of them."""
    return replace(judge(house), shown=tuple(shown(house)))


def _orders_by_item(session: Session, orders: list[dict[str, object]]) -> Counter[int]:
    """How many orders that stand the carrier has of each item, under whatever reference they came."""
    items = dict(session.execute(sa.select(Consignment.reference, Consignment.item_id)).all())
    counted: Counter[int] = Counter()
    for order in orders:
        # The sandbox post marks a second order of one reference with #.
        item = items.get(str(order["orderNumber"]).partition("#")[0])
        assert item is not None, "the carrier has an order that is not in our books"
        counted[item] += order["state"] != "cancelled"
    return counted


def _lost(session: Session, asked: list[int], sent: Counter[int]) -> Iterator[int]:
    """Items that somebody asked to send and the carrier does not have, while nobody works on it and nobody was asked.

    And those that our books take for accepted although the carrier has never heard of them.
    """
    for consignment in session.scalars(sa.select(Consignment).where(Consignment.id.in_(asked))):
        if sent[consignment.item_id]:
            continue
        if consignment.submission is Submission.ACCEPTED or not _cared_for(session, consignment):
            yield consignment.item_id


def _cared_for(session: Session, consignment: Consignment) -> bool:
    # What is parked counts as well: that a person was asked about it is an invariant of its own.
    jobs = sa.select(Job.id).where(Job.kind == "submit", Job.key == consignment.id, Job.state != JobState.DONE)
    case = sa.select(Case.id).where(Case.subject == f"item:{consignment.item_id}", Case.closed_at.is_(None))
    return session.scalar(jobs.limit(1)) is not None or session.scalar(case.limit(1)) is not None


def _broken(session: Session, house: House) -> Iterator[str]:
    yield from _each_result_is_in_one_item(session)
    yield from _one_live_consignment(session)
    yield from _custody_is_what_the_facts_say(session)
    yield from _what_was_acknowledged_is_kept(session, house.acknowledged)
    yield from _states_are_refolds(session)
    yield from _what_is_parked_has_a_case(session)


def _each_result_is_in_one_item(session: Session) -> Iterator[str]:
    """I1: every result of a dossier copy is there once, and every item holds one."""
    copies = sa.select(Result.dossier_code).group_by(Result.dossier_code, Result.copy_no).having(sa.func.count() > 1)
    if session.scalar(copies.limit(1)) is not None:
        yield "I1: a result stands twice in the books"
    empty = sa.select(Item.id).where(~sa.exists().where(Result.item_id == Item.id))
    if session.scalar(empty.limit(1)) is not None:
        yield "I1: an item without a result"


def _one_live_consignment(session: Session) -> Iterator[str]:
    """I2, in our books; in the carrier's it is counted as sent twice."""
    live = sa.and_(Consignment.submission != Submission.VOID, Consignment.journey != "returned")
    many = sa.select(Consignment.item_id).where(live).group_by(Consignment.item_id).having(sa.func.count() > 1)
    if session.scalar(many.limit(1)) is not None:
        yield "I2: an item with two live consignments"


def _custody_is_what_the_facts_say(session: Session) -> Iterator[str]:
    """I3: every paper is in exactly one pair of hands, and in those that the last sending's facts name."""
    for item in session.scalars(sa.select(Item).options(selectinload(Item.consignments))):
        if item.consignments and item.custody is not CUSTODY.get(item.consignments[-1].journey, Custody.CARRIER):
            yield f"I3: item {item.id} is with {item.custody}"


def _what_was_acknowledged_is_kept(session: Session, acknowledged: list[str]) -> Iterator[str]:
    """I4: whoever was told "ok" finds it in the database."""
    kept = set(session.scalars(sa.select(Callback.dedupe_key)))
    if missing := set(acknowledged) - kept:
        yield f"I4: {len(missing)} acknowledged callbacks are gone"


def _states_are_refolds(session: Session) -> Iterator[str]:
    """I5: no state says anything else than its facts, read anew."""
    for consignment in session.scalars(sa.select(Consignment).options(selectinload(Consignment.events))):
        if fold(event.as_event() for event in consignment.events).state is not consignment.journey:
            yield f"I5: consignment {consignment.id} is {consignment.journey}, which its facts do not say"


def _what_is_parked_has_a_case(session: Session) -> Iterator[str]:
    """I7: what no machine works on any more, a person has been asked about."""
    for job in session.scalars(sa.select(Job).where(Job.state == JobState.PARKED)):
        if session.scalar(sa.select(Case.id).where(Case.subject == f"job:{job.id}").limit(1)) is None:
            yield f"I7: job {job.id} is parked and nobody was asked"
