"""Batching: which results are due on a day, sealed into items, gathered per office."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput, NotFound
from delivery.i18n import gettext as _
from delivery.models import Batch, Case, CaseKind, Custody, Item, Office, Result
from delivery.moments import short_date
from delivery.rules.codes import new_tracking_code
from delivery.rules.doorstep import OWN_TEAM, comes_again
from delivery.rules.lifecycle import State

FARTHEST = timedelta(days=366)

# While one of these questions about a result is open, it stays at the counter.
HOLDS_BACK = (CaseKind.ADDRESS, CaseKind.SECOND_COPY, CaseKind.OLDER_VERSION)


def batch_due(session: Session, day: date, at: datetime, offices: Collection[int] | None = None) -> list[Batch]:
    """Gather all that is due on `day` into one batch per office; running it again adds only what has come since.

    `offices` limits it to some; the batches of these on that day are returned.

    Due is a result that wants delivery, was completed by `day`, lies on the map and has no open question; an envelope
    of an earlier day that is still at the ward; and one that the ward's own team brought back for another visit.

    Raises BadInput for a day more than a year ahead: envelopes that a typing error took there would not come back.
    """
    if day > at.date() + FARTHEST:
        raise BadInput(_("{day} is more than a year ahead; is the year right?").format(day=short_date(day)))
    due = [result for result in _due_results(session, day) if offices is None or result.office_id in offices]
    left_over = [item for item in _left_over(session, day) if offices is None or item.office_id in offices]
    items = [*_sealed(session, due, at), *left_over]
    by_office: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        by_office[item.office_id].append(item)
    for office_id, found in sorted(by_office.items()):
        batch = _open_batch(session, session.get_one(Office, office_id, with_for_update=True), day, at)
        for item in found:
            item.batch_id = batch.id
    session.flush()
    return [batch for batch in batches_of(session, day) if offices is None or batch.office_id in offices]


def batches_of(session: Session, day: date) -> list[Batch]:
    """The batches of a day, by office."""
    return list(session.scalars(sa.select(Batch).where(Batch.day == day).order_by(Batch.code)))


def find_batch(session: Session, code: str) -> Batch:
    """The batch of that code.

    Raises NotFound.
    """
    batch = session.scalar(sa.select(Batch).where(Batch.code == code.strip().upper()))
    if batch is None:
        raise NotFound(_("There is no batch {code}. `tannha batch --date …` lists them").format(code=code))
    return batch


def lock_batch(session: Session, batch: Batch) -> None:
    """Work on a batch alone until the transaction ends: who pressed the button at the same moment comes after.

    What was read of it before is read anew.
    """
    session.flush()
    session.execute(sa.select(Batch.id).where(Batch.id == batch.id).with_for_update())
    session.expire_all()


def held_back(session: Session) -> set[str]:
    """The subjects of open questions that keep a result at the counter."""
    open_questions = sa.select(Case.subject).where(Case.closed_at.is_(None), Case.kind.in_(HOLDS_BACK))
    return set(session.scalars(open_questions))


def _due_results(session: Session, day: date) -> Iterable[Result]:
    held = held_back(session)
    due = sa.select(Result).where(
        Result.wants_delivery, Result.item_id.is_(None), Result.result_date <= day, Result.lat.is_not(None)
    )
    # Taken for this transaction: nobody else who gathers at the same moment may seal them into a second envelope.
    for result in session.scalars(due.order_by(Result.promised_date, Result.id).with_for_update()):
        if not held & {f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}"}:
            yield result


def _sealed(session: Session, results: Iterable[Result], at: datetime) -> list[Item]:
    items = []
    for result in results:
        item = Item(office_id=result.office_id, tracking_code=new_tracking_code(), created_at=at)
        item.results.append(result)
        items.append(item)
    session.add_all(items)
    session.flush()
    return items


def _left_over(session: Session, day: date) -> list[Item]:
    """Envelopes of earlier days that never left the ward, or are back and go out again; not those recalled."""
    earlier = (
        sa.select(Item)
        .join(Batch, Item.batch_id == Batch.id)
        .where(Batch.day < day, Item.custody == Custody.WARD, Item.recalled_at.is_(None))
    )
    return [item for item in session.scalars(earlier) if _goes_out(item)]


def _goes_out(item: Item) -> bool:
    """What a post brought back waits for a person; what the own team brought back goes out once more."""
    back = [sent for sent in item.consignments if sent.journey is State.RETURNED]
    if not back or item.live is not None:
        return True
    reasons = [act.reason for sent in item.consignments for act in sent.acts if act.stands and act.reason is not None]
    is_ours = all(sent.carrier == OWN_TEAM for sent in back)
    return is_ours and item.first.wants_delivery and comes_again(reasons)


def _open_batch(session: Session, office: Office, day: date, at: datetime) -> Batch:
    todays = session.scalars(
        sa.select(Batch).where(Batch.office_id == office.id, Batch.day == day).order_by(Batch.id)
    ).all()
    if todays and todays[-1].plan_id is None:
        return todays[-1]
    code = f"{office.code}-{day:%y%m%d}-{len(todays) + 1}"
    batch = Batch(code=code, office_id=office.id, day=day, created_at=at)
    session.add(batch)
    session.flush()
    return batch
