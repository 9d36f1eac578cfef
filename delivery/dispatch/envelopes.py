"""What lies in an envelope while it can still be opened: a result is taken out of it, or put in beside another."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import held_back
from delivery.dispatch.contents import let_go
from delivery.dispatch.recalling import UNSENT, is_at_ward, void_labels
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Custody, Item, Result
from delivery.rules.lifecycle import State
from delivery.rules.together import MOST_TOGETHER


def alone(session: Session, item: Item) -> None:
    """Nobody prints, plans, hands over or hands out the envelope until the transaction ends; it is read anew."""
    session.flush()
    session.execute(sa.select(Batch.id).where(Batch.id == item.batch_id).with_for_update())
    # Its sendings before the envelope itself: so does whoever applies what a carrier reports.
    sendings = sa.select(Consignment).where(Consignment.item_id == item.id).order_by(Consignment.id).with_for_update()
    session.scalars(sendings.execution_options(populate_existing=True)).all()
    session.refresh(item, with_for_update=True)
    session.refresh(item, ["consignments", "resends", "results"])


def may_be_opened(item: Item) -> bool:
    """Whether it lies here unsealed: no carrier has heard of it, or the one that had has given it up.

    What came back is one thing: whether it goes out once more is decided for all that is inside.
    """
    lies_here = item.custody is Custody.WARD and item.collected_at is None
    came_back = any(sent.journey is State.RETURNED for sent in item.consignments)
    live = item.live
    return lies_here and not came_back and (live is None or (live.submission in UNSENT and is_at_ward(live)))


def take_out(session: Session, item: Item, result: Result, at: datetime) -> None:
    """Take a result out of an envelope: it waits by itself for the next gathering, or at the counter.

    A label that was printed is void, for the slip beside it names what is no longer inside. Raises NotNow when it is
    not in there, is all that is in there, or the envelope can no longer be opened.
    """
    _open(session, item, result)
    if result.item_id != item.id:
        raise NotNow(_("This result is not in this envelope any more"))
    if len(item.results) == 1:
        raise NotNow(_("It is all that is in this envelope; recall the envelope instead"))
    _let_in_or_out(session, item, result, None, at)


def put_in(session: Session, item: Item, result: Result, day: date, at: datetime) -> None:
    """Put a result that waits for a batch into the envelope of the same person at the same door.

    A label that was printed is void as in `take_out`. Raises NotNow when it may not join, or no longer.
    """
    _open(session, item, result)
    if result.id not in {one.id for one in may_join(session, item, day)}:
        raise NotNow(_("This result cannot go into this envelope any more. Look at both again"))
    _let_in_or_out(session, item, result, item.id, at)


def may_join(session: Session, item: Item, day: date) -> Sequence[Result]:
    """The waiting results, completed by `day`, that could go into an envelope as well."""
    to = item.first.destination
    if item.recalled_at is not None or len(item.results) >= MOST_TOGETHER or not may_be_opened(item):
        return []
    if not to.can_be_shared or not item.belongs_together or not item.first.wants_delivery:
        return []
    waiting = sa.select(Result).where(
        Result.wants_delivery, Result.item_id.is_(None), Result.result_date <= day, Result.lat.is_not(None),
        Result.office_id == to.office_id, Result.address_key == to.door,
    )  # fmt: skip
    found = [one for one in session.scalars(waiting.order_by(Result.id)) if one.destination.agrees(to)]
    held = held_back(session) if found else set()
    return [one for one in found if not held & {f"result:{one.id}", f"result:{one.dossier_code}:{one.copy_no}"}]


def _open(session: Session, item: Item, result: Result) -> None:
    # The result before the batch, as whoever gathers takes them: neither waits for the other.
    session.flush()
    session.refresh(result, with_for_update=True)
    alone(session, item)
    if not may_be_opened(item):
        raise NotNow(_("This envelope can no longer be opened. Recall it first"))


def _let_in_or_out(session: Session, item: Item, result: Result, item_id: int | None, at: datetime) -> None:
    let_go(session, item, result, at)
    result.item_id = item_id
    if item.live is not None:
        void_labels(item.live, at)
    session.flush()
    session.refresh(item, ["results"])
