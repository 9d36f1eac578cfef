"""Consignments and their labels: made when an envelope is about to be printed or submitted, at most one live each."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.numbers import take_number
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Item, Label, Stop, Submission
from delivery.moments import local
from delivery.postage import charge_for
from delivery.rules.codes import new_reference
from postal_api.fees import FeeTable

SENDINGS_AT_ONCE = 1000


def planned_stops(batch: Batch) -> list[Stop]:
    """The stops of a batch in the order in which its routes are driven, without what was recalled.

    Raises NotNow while the batch has no plan.
    """
    if batch.plan is None:
        raise NotNow(_("Batch {code} has no plan yet. First: tannha plan {code}").format(code=batch.code))
    mine = {item.id for item in batch.items if item.recalled_at is None}
    return [stop for route in batch.plan.routes for stop in route.stops if stop.item_id in mine]


def leaves_on(batch: Batch, at: datetime) -> date:
    """The day by whose prices a batch is charged, and whose carrier takes it: its own, or today where that is over."""
    return max(batch.day, local(at).date())


def lock_sendings(session: Session, stops: Sequence[Stop]) -> None:
    """Read the live sendings of these stops as they are now, and keep workers that are about to send them waiting."""
    live = [stop.item.live for stop in stops]
    ids = sorted(sent.id for sent in live if sent is not None)
    for start in range(0, len(ids), SENDINGS_AT_ONCE):
        some = sa.select(Consignment).where(Consignment.id.in_(ids[start : start + SENDINGS_AT_ONCE]))
        labels = selectinload(Consignment.labels).selectinload(Label.printings)
        locked = some.options(labels).order_by(Consignment.id).with_for_update()
        session.scalars(locked.execution_options(populate_existing=True)).all()


def consign(
    session: Session, item: Item, carrier: str, fees: FeeTable, *, locked: bool = False
) -> Consignment:  # fmt: skip
    """The item's live consignment; made now if there is none. It is locked here, unless it was before with others.

    One that the carrier has not heard of is made anew when the address has changed since, or when another carrier is
    to have it: its number is then void, so that no scanner can take the old envelope for the new one. Until then it
    costs what it costs now.
    """
    live, charge = item.live, charge_for(item, fees)
    if live is not None and not locked:
        # A worker may be about to send it: whoever has it first decides.
        session.refresh(live, with_for_update=True)
    outdated = live is not None and (live.address_version, live.carrier) != (item.first.address_version, carrier)
    if live is not None and live.submission is not Submission.READY:
        return live
    if live is not None and not outdated:
        live.postage, live.to_collect, live.fee_version = charge.dong, charge.at_the_door, fees.edition
        return live
    if live is not None:
        live.submission = Submission.VOID
        session.flush()
    made = Consignment(
        item=item,
        reference=new_reference(),
        item_code=take_number(session),
        carrier=carrier,
        address_version=item.first.address_version,
        postage=charge.dong,
        to_collect=charge.at_the_door,
        fee_version=fees.edition,
    )
    session.add(made)
    session.flush()
    return made


def label_of(session: Session, consignment: Consignment, at: datetime) -> Label:
    """The one label that counts for a consignment; printing it again is printing the same label."""
    current = next((label for label in consignment.labels if label.voided_at is None), None)
    address_version = consignment.item.first.address_version
    if current is not None and (current.confirmed_at is not None or current.address_version == address_version):
        return current
    if current is not None:
        current.voided_at = at
        session.flush()
    version = max((label.version for label in consignment.labels), default=0) + 1
    made = Label(consignment=consignment, version=version, address_version=address_version, printed_at=at)
    session.add(made)
    session.flush()
    return made
