"""Batching: which results are due on a day, sealed into items, gathered per office."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from delivery.cases import HOLDS_BACK
from delivery.errors import BadInput, NotFound
from delivery.i18n import gettext as _
from delivery.models import (
    Batch,
    Case,
    Consignment,
    Custody,
    Item,
    Label,
    Office,
    Plan,
    Resend,
    Result,
    Route,
    Submission,
)
from delivery.models.result import result_name
from delivery.models.sealed import opened_values, seals_of
from delivery.moments import short_date
from delivery.noting import note_envelopes
from delivery.rules.codes import new_tracking_code
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import State
from delivery.rules.together import MOST_TOGETHER, Destination
from delivery.sealing import FieldSeals

FARTHEST = timedelta(days=366)
ROWS_AT_ONCE = 1000
# What a `Destination` is made of.
DESTINATION = (
    Result.office_id, Result.kept_recipient_name, Result.kept_phone, Result.kept_address,
    sa.func.coalesce(Result.address_key, "").label("door"), Result.slots, Result.payer,
)  # fmt: skip


class _Due(NamedTuple):
    """A result that is due."""

    id: int
    dossier_code: str
    copy_no: int
    to: Destination

    @property
    def office_id(self) -> int:
        return self.to.office_id


def batch_due(session: Session, day: date, at: datetime, offices: Collection[int] | None = None) -> list[Batch]:
    """Gather all that is due on `day` into one batch per office; running it again adds only what has come since.

    What goes to one person at one door shares an envelope (`delivery.rules.together`). `offices` limits it to some; the
    batches of these on that day are returned.

    Due is a result that wants delivery, was completed by `day`, lies on the map and has no open question; an envelope
    of an earlier day that is still at the ward; and one that the ward's own team brought back for another visit.

    Raises BadInput for a day more than a year ahead: envelopes that a typing error took there would not come back.
    """
    if day > at.date() + FARTHEST:
        raise BadInput(_("{day} is more than a year ahead; is the year right?").format(day=short_date(day)))
    due = [result for result in _due_results(session, day) if offices is None or result.office_id in offices]
    left_over = [item for item in _left_over(session, day) if offices is None or item.office_id in offices]
    concerned = sorted({result.office_id for result in due} | {item.office_id for item in left_over})
    # One office after the other in the order of their numbers: two who gather at once do not wait for each other.
    open_for = {office: _open_batch(session, office, day, at) for office in concerned}
    _seal(session, _together(due), open_for, at)
    for item in left_over:
        item.batch_id = open_for[item.office_id]
    session.flush()
    return [batch for batch in batches_of(session, day) if offices is None or batch.office_id in offices]


def batches_of(session: Session, day: date) -> list[Batch]:
    """The batches of a day with their offices, by office."""
    wanted = sa.select(Batch).options(joinedload(Batch.office)).where(Batch.day == day).order_by(Batch.code)
    return list(session.scalars(wanted))


def sizes_of(session: Session, day: date) -> dict[int, int]:
    """How many items each batch of a day holds, by the batch's id."""
    counted = sa.select(Item.batch_id, sa.func.count()).join(Batch, Item.batch_id == Batch.id).where(Batch.day == day)
    return {batch: count for batch, count in session.execute(counted.group_by(Item.batch_id)) if batch is not None}


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

    What was read of it before is read anew, all of it at once: its envelopes with what they hold and their sendings.
    """
    session.flush()
    session.execute(sa.select(Batch.id).where(Batch.id == batch.id).with_for_update())
    session.expire_all()
    read_whole(session, batch)


def read_whole(session: Session, batch: Batch) -> None:
    """Read all of a batch at once: its envelopes with what they hold, their sendings and labels, its plan."""
    labels = selectinload(Batch.items).selectinload(Item.consignments).selectinload(Consignment.labels)
    whole = (
        selectinload(Batch.items).selectinload(Item.results),
        labels.selectinload(Label.printings),
        selectinload(Batch.plan).selectinload(Plan.routes).selectinload(Route.stops),
    )
    session.scalars(sa.select(Batch).where(Batch.id == batch.id).options(*whole)).one()


def has_left(session: Session, batch: Batch) -> bool:
    """Whether an envelope of the batch has been handed over, so that its routes can no longer change."""
    left = sa.select(Item.id).where(
        Item.batch_id == batch.id, Item.custody != Custody.WARD, Item.collected_at.is_(None)
    )  # fmt: skip
    return session.scalar(left.limit(1)) is not None


def held_back(session: Session) -> set[str]:
    """The subjects of open questions that keep a result at the counter."""
    open_questions = sa.select(Case.subject).where(Case.closed_at.is_(None), Case.kind.in_(HOLDS_BACK))
    return set(session.scalars(open_questions))


def _due_results(session: Session, day: date) -> Iterable[_Due]:
    held, seals = held_back(session), seals_of(session)
    due = sa.select(Result.id, Result.dossier_code, Result.copy_no, *DESTINATION).where(
        Result.wants_delivery, Result.item_id.is_(None), Result.result_date <= day, Result.lat.is_not(None)
    )
    # Taken for this transaction: nobody else who gathers at the same moment may seal them into a second envelope.
    for found in session.execute(due.order_by(Result.promised_date, Result.id).with_for_update()):
        if not held & {f"result:{found.id}", f"result:{found.dossier_code}:{found.copy_no}"}:
            yield _Due(found.id, found.dossier_code, found.copy_no, _destination(seals, found))


def _destination(seals: FieldSeals | None, found: Any) -> Destination:  # noqa: ANN401  a row of several columns
    said = opened_values(
        seals, Result, result_name(found.dossier_code, found.copy_no),
        recipient_name=found.kept_recipient_name, phone=found.kept_phone, address=found.kept_address,
    )  # fmt: skip
    return Destination(found.office_id, door=found.door, slots=found.slots, payer=found.payer, **said)


def _together(due: Iterable[_Due]) -> list[Sequence[_Due]]:
    """What goes into one envelope, at most so many; in the order of the first of each."""
    envelopes: list[Sequence[_Due]] = []
    open_for: dict[tuple[object, ...], list[_Due]] = {}
    for each in due:
        to = each.to
        begun = open_for.get((to.who, to.door)) if to.can_be_shared else None
        if begun is not None and len(begun) < MOST_TOGETHER:
            begun.append(each)
            continue
        open_for[to.who, to.door] = begun = [each]
        envelopes.append(begun)
    return envelopes


def _seal(
    session: Session, envelopes: Sequence[Sequence[_Due]], batches: Mapping[int, int], at: datetime
) -> None:  # fmt: skip
    """Make envelopes of what belongs together, in its office's batch; so many at a time go to the database."""
    for start in range(0, len(envelopes), ROWS_AT_ONCE):
        some = envelopes[start : start + ROWS_AT_ONCE]
        codes = [new_tracking_code() for _each in some]
        rows = [
            {"office_id": first.office_id, "batch_id": batches[first.office_id], "tracking_code": code,
             "custody": Custody.WARD, "created_at": at}
            for (first, *_others), code in zip(some, codes, strict=True)
        ]  # fmt: skip
        session.execute(sa.insert(Item), rows)
        # SQLite gives new rows' numbers back one by one only; their codes find them all at once.
        made: dict[str, int] = dict(
            session.execute(sa.select(Item.tracking_code, Item.id).where(Item.tracking_code.in_(codes))).all()
        )
        session.execute(
            sa.update(Result),
            [
                {"id": each.id, "item_id": made[code]}
                for inside, code in zip(some, codes, strict=True)
                for each in inside
            ],
        )
        note_envelopes(session, made.values())


def _left_over(session: Session, day: date) -> list[Item]:
    """Envelopes of earlier days that never left the ward, or are back and go out again; not those recalled."""
    live = sa.and_(Consignment.submission != Submission.VOID, Consignment.journey != State.RETURNED)
    posted_back = sa.and_(Consignment.journey == State.RETURNED, Consignment.carrier != OWN_TEAM)
    of_item = sa.select(Consignment.id).where(Consignment.item_id == Item.id)
    # What a post has brought back stays for ever: it is left out by the database, not read and judged every day.
    # Whether its last sending is the one that is meant is looked at below: those that were agreed to are few.
    agreed = sa.select(Resend.item_id).where(Resend.agreed_at.is_not(None), Resend.taken_back_at.is_(None))
    may_go = sa.or_(~of_item.where(posted_back).exists(), of_item.where(live).exists(), Item.id.in_(agreed))
    earlier = (
        sa.select(Item)
        .join(Batch, Item.batch_id == Batch.id)
        .options(selectinload(Item.consignments), selectinload(Item.resends))
        .where(Batch.day < day, Item.custody == Custody.WARD, Item.recalled_at.is_(None), may_go)
    )
    return [item for item in session.scalars(earlier) if _goes_out(item)]


def _goes_out(item: Item) -> bool:
    """What a post brought back waits for two people to agree; what the own team brought back goes out once more."""
    if item.live is not None or all(sent.journey is not State.RETURNED for sent in item.consignments):
        return True
    if item.wish is not None and item.wish.agreed_at is not None:
        return True
    return item.is_tried_again


def _open_batch(session: Session, office_id: int, day: date, at: datetime) -> int:
    """The id of the office's batch of the day of which nothing has left the house yet; made now if there is none.

    What comes late so joins a batch that is planned already: on its board it waits for a place.
    """
    office = session.get_one(Office, office_id, with_for_update=True)
    todays = session.scalars(
        # Locked, so that nobody begins to hand it over while something is put into it.
        sa.select(Batch).where(Batch.office_id == office.id, Batch.day == day).order_by(Batch.id).with_for_update()
    ).all()
    if todays and not has_left(session, todays[-1]):
        return todays[-1].id
    code = f"{office.code}-{day:%y%m%d}-{len(todays) + 1}"
    batch = Batch(code=code, office_id=office.id, day=day, created_at=at)
    session.add(batch)
    session.flush()
    return batch.id
