"""Erasing what is due: a few hundred rows at a time, never what is still needed, and each time with proof."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database, database_now, take_turns
from delivery.jobs.work import Work
from delivery.models import ConfirmedDoor, Consignment, Erasure, Item, Result
from delivery.privacy.files import erase_files
from delivery.privacy.lasting import Held, codes_of, last_acts
from delivery.privacy.sealing import BEGINNING, linked
from delivery.privacy.terms import terms_of
from delivery.privacy.wipes import PARTS, Gone, Wipe
from delivery.rules.retention import TABLE, After, Kept, of_name

JOB = "erase"
CHUNK = 300
# Those who erase take turns: each record is sealed to the one before. `delivery.database.take_turns`.
ERASING = 34
# A result of which these are gone is over: an old file must not bring them back.
OVER = frozenset({"contact", "address", "name", "versions"})
# A person may wish to be forgotten as soon as it has ended; what must stay for complaints and as proof stays its time.
AT_ONCE = tuple(kept.name for kept in TABLE if kept.after is After.END and kept.least < 183)
# A door was confirmed with their consent, which ends with their wish.
THEIR_DOOR = Wipe(ConfirmedDoor, ConfirmedDoor.result_id, of=Result.id)


@dataclass(frozen=True, slots=True)
class Order:
    """By whom something is erased, at which moment, and of one request only where one is named."""

    by: str
    at: datetime
    request: int | None = None


def keep_terms(work: Work) -> None:
    """The job of each day: erase what is due."""
    with work.service.database.read() as session:
        at = database_now(session)
    erase_due(work.service.database, terms_of(work.service.settings.home), Order("worker", at))
    erase_files(work.service, terms_of(work.service.settings.home), at)
    with work.service.database.write() as session:
        work.lease.finish(session)


def erase_due(database: Database, table: Sequence[Kept], order: Order) -> Counter[str]:
    """Erase all that is due by the table, in transactions of a few hundred rows; how many by column.

    Cut short, it has done what it has done, with its records; running it again does the rest.
    """
    done: Counter[str] = Counter()
    for kept in table:
        for wipe in PARTS.get(kept.name, ()):
            walk = _dossiers if kept.after is After.END else _rows
            for counts in walk(database, kept, wipe, order):
                done.update(counts)
    return done


def erase_for(session: Session, results: Sequence[Result], order: Order) -> Counter[str]:
    """Erase of some results what no law obliges to keep, for their person wishes it; how many by column.

    Nothing of what has not come to its end, is in a case or on hold.
    """
    done: Counter[str] = Counter()
    ids = [one.id for one in results]
    for name in AT_ONCE:
        for wipe in PARTS[name]:
            done.update(_erase_of(session, of_name(name), wipe, ids, order, order.at))
    done.update(_erase_of(session, of_name("door"), THEIR_DOOR, ids, order, order.at))
    return done


def _dossiers(database: Database, kept: Kept, wipe: Wipe, order: Order) -> Iterator[Mapping[str, int]]:
    cut_off, last = kept.cut_off(order.at), 0
    while True:
        with database.write() as session:
            ids = session.scalars(_candidates(wipe, cut_off, last)).all()
            counts = _erase_of(session, kept, wipe, ids, order, cut_off) if ids else {}
        yield counts
        if len(ids) < CHUNK:
            return
        last = ids[-1]


def _candidates(wipe: Wipe, cut_off: datetime, last: int) -> sa.Select[int]:
    """Results that came in before the moment and of which something is there; whether they have ended is seen later."""
    found = sa.select(Result.id).where(Result.received_at < cut_off, Result.id > last)
    if wipe.of is Result.id:
        mine = wipe.owner == Result.id
    elif wipe.of is Item.id:
        mine = wipe.owner == Result.item_id
    else:
        mine = sa.and_(wipe.owner == Consignment.id, Consignment.item_id == Result.item_id)
    condition = wipe.dirty if wipe.model is Result else sa.exists().where(mine, wipe.dirty)
    return found.where(condition).order_by(Result.id).limit(CHUNK)


def _erase_of(
    session: Session, kept: Kept, wipe: Wipe, ids: Sequence[int], order: Order, cut_off: datetime
) -> Mapping[str, int]:
    take_turns(session, ERASING)
    # Results, sendings, envelopes: in this order, as everywhere. Whoever opens a case waits, or has done so already.
    locked = sa.select(Result).where(Result.id.in_(ids)).order_by(Result.id)
    results = session.scalars(locked.with_for_update().execution_options(populate_existing=True)).all()
    items = {result.item_id for result in results if result.item_id is not None}
    sent = sa.select(Consignment.id).where(Consignment.item_id.in_(items)).order_by(Consignment.id)
    session.execute(sent.with_for_update()).all()
    session.execute(sa.select(Item.id).where(Item.id.in_(items)).order_by(Item.id).with_for_update()).all()
    due = due_among(session, results, cut_off, Held.now(session, besides=order.request))
    if not due:
        return {}
    gone = wipe.erase(session, wipe.owner.in_(_owners(wipe, due)))
    if kept.name in OVER and gone.counts:
        for result in due:
            result.erased_at = result.erased_at or order.at
    _record(session, kept, cut_off, gone, order)
    return gone.counts


def due_among(session: Session, results: Sequence[Result], cut_off: datetime, held: Held) -> list[Result]:
    """Those that ended before the moment, and against which nothing stands."""
    acts, codes = last_acts(session, results), codes_of(session, results)
    return [
        one for one in results
        if one.id in acts and acts[one.id] <= cut_off and not held.stops(one, codes[one.id])
    ]  # fmt: skip


def _owners(wipe: Wipe, due: Iterable[Result]) -> sa.Select[int] | list[int]:
    if wipe.of is Result.id:
        return [result.id for result in due]
    items = [result.item_id for result in due if result.item_id is not None]
    return items if wipe.of is Item.id else sa.select(Consignment.id).where(Consignment.item_id.in_(items))


def _rows(database: Database, kept: Kept, wipe: Wipe, order: Order) -> Iterator[Mapping[str, int]]:
    cut_off, key = kept.cut_off(order.at), sa.inspect(wipe.model).primary_key[0]
    while True:
        with database.write() as session:
            take_turns(session, ERASING)
            ids = session.scalars(
                sa.select(key).where(wipe.owner < cut_off, wipe.dirty).order_by(key).limit(CHUNK)
            ).all()
            gone = wipe.erase(session, key.in_(ids))
            _record(session, kept, cut_off, gone, order)
        yield gone.counts
        if len(ids) < CHUNK:
            return


def _record(session: Session, kept: Kept, cut_off: datetime, gone: Gone, order: Order) -> None:
    if not gone.counts:
        return
    last = session.scalar(sa.select(Erasure.hash).order_by(Erasure.id.desc()).limit(1))
    made = Erasure(
        at=order.at, by=order.by, kept=kept.name, cut_off=cut_off, counts=dict(gone.counts),
        rows_sha256=hashlib.sha256(gone.names.encode()).hexdigest(), previous=last or BEGINNING,
    )  # fmt: skip
    made.hash = linked(made.previous, facts_of(made))
    session.add(made)
    session.flush()


def facts_of(record: Erasure) -> dict[str, object]:
    """What a record's hash is over."""
    return {
        "at": record.at, "by": record.by, "kept": record.kept, "cut_off": record.cut_off, "counts": record.counts,
        "rows_sha256": record.rows_sha256,
    }  # fmt: skip
