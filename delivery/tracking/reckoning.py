"""The books of a day or a month, ready for paper: each envelope that was handed over, its end, and its money."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.handover import Finding
from delivery.errors import NotNow
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Item, Scan
from delivery.moments import local, short_date
from delivery.privacy.chain import head_of
from delivery.rules.lifecycle import OUT, State, fold
from delivery.rules.policy import PAYERS, Payer
from delivery.tracking.closing import DIFFERENCES, close_offices
from delivery.tracking.following import STATES
from labels.closing import Account, AtWard, Books, Difference, End, closing_workbook, draw_closing

CLOSING_SHEETS = {"pdf": draw_closing, "xlsx": closing_workbook}
ENDS: dict[State, End] = {State.DELIVERED: "delivered", State.RETURNED: "returned", **dict.fromkeys(OUT, "out")}
# So many consignments are read together, with their events.
TOGETHER = 500


def books_of_day(session: Session, day: date, at: datetime, offices: Collection[int] | None = None) -> Books:
    """What was handed over on `day`, as known at `at`; where `offices` are named, by these only.

    Raises NotNow when the day has no batch.
    """
    return _books(session, day, day, short_date(day), at, offices)


def closing_sheet(books: Books, kind: str) -> bytes:
    """A day's books in the reader's language, as one of CLOSING_SHEETS. Raises FontsMissing."""
    return CLOSING_SHEETS[kind](books, "en" if current_language() == "en" else "vi")


def books_of_month(session: Session, month: date, at: datetime) -> Books:
    """What was handed over in the month of that date, as known at `at`.

    Raises NotNow when the month has no batch.
    """
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return _books(session, first, last, f"{first:%m/%Y}", at)


def _books(
    session: Session, first: date, last: date, period: str, at: datetime, offices: Collection[int] | None = None
) -> Books:
    wanted = sa.select(Batch).where(Batch.day.between(first, last)).options(selectinload(Batch.office))
    if offices is not None:
        wanted = wanted.where(Batch.office_id.in_(offices))
    batches = session.scalars(wanted.order_by(Batch.id)).all()
    if not batches:
        raise NotNow(_("There is no batch in {period}").format(period=period))
    days = sorted({batch.day for batch in batches})
    balances = [balance for day in days for _office, balance in close_offices(session, day, offices)]
    return Books(
        period=period,
        moment=f"{local(at):%H:%M %d/%m/%Y}",
        offices=tuple(sorted({batch.office.name for batch in batches})),
        accounts=tuple(_accounts(session, batches)),
        differences=tuple(
            Difference(found.item_code, found.dossier_code, _(DIFFERENCES[found.why]))
            for balance in balances
            for found in balance.differences
        ),
        at_ward=tuple(_at_ward(session, batches)),
        book=_book(session),
    )


def _book(session: Session) -> str:
    head = head_of(session)
    return f"{head.seq} {head.hash}" if head.seq else ""


def _accounts(session: Session, batches: Sequence[Batch]) -> list[Account]:
    """The envelopes whose scan was accepted, in the order of their batches."""
    by_id = {batch.id: batch for batch in batches}
    accepted = (
        sa.select(Scan.consignment_id, Scan.batch_id)
        .where(Scan.batch_id.in_(by_id), Scan.finding == Finding.OK.value, Scan.consignment_id.is_not(None))
        .order_by(Scan.batch_id, Scan.id)
    )
    scanned = {consignment: batch for consignment, batch in session.execute(accepted) if consignment is not None}
    ids = list(scanned)
    accounts = []
    for start in range(0, len(ids), TOGETHER):
        wanted = (
            sa.select(Consignment)
            .where(Consignment.id.in_(ids[start : start + TOGETHER]))
            .options(selectinload(Consignment.events), selectinload(Consignment.item).selectinload(Item.results))
        )
        found = {consignment.id: consignment for consignment in session.scalars(wanted)}
        accounts += [_account(found[each], by_id[scanned[each]]) for each in ids[start : start + TOGETHER]]
    return accounts


def _account(consignment: Consignment, batch: Batch) -> Account:
    state = fold(event.as_event() for event in consignment.events).state
    return Account(
        day=short_date(batch.day),
        order=batch.day.isoformat(),
        batch=batch.code,
        office=batch.office.ward_name,
        item_code=consignment.item_code,
        end=ENDS.get(state, "unclear"),
        state=_(STATES[state]),
        payer=_(PAYERS[Payer(consignment.item.first.payer)]),
        postage=consignment.postage,
        to_collect=consignment.to_collect,
    )


def _at_ward(session: Session, batches: Sequence[Batch]) -> list[AtWard]:
    """What each batch holds that no hand-over of it took; for every batch, so that none is missing on the sheet."""
    handed_over = sa.select(Consignment.id).where(
        Consignment.item_id == Item.id, Consignment.handed_over_in == Item.batch_id
    )
    left = (
        sa.select(Item.batch_id, sa.func.count())
        .where(Item.batch_id.in_([batch.id for batch in batches]), ~handed_over.exists())
        .group_by(Item.batch_id)
    )
    counts = dict(session.execute(left).all())
    return [AtWard(batch.code, batch.office.ward_name, counts.get(batch.id, 0)) for batch in batches]
