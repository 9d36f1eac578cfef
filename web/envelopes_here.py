"""What still has to be packed: the envelopes of the last days' batches that have not left the ward."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.dispatch.contents import contents_of
from delivery.models import Batch, Consignment, Custody, Item, Label, Result

MOST_SHOWN = 30
# What was left behind longer ago was gathered anew since.
BACK = timedelta(days=7)
# Whoever answers for more offices than this packs for none of them before a result is scanned.
FEW_OFFICES = 3


@dataclass(frozen=True, slots=True)
class ToPack:
    """The envelopes that lie here: how many are sealed, those begun and not sealed, and those not begun."""

    sealed: int
    begun: Sequence[Item]
    untouched: Sequence[Item]
    more: int


def to_pack(session: Session, offices: Sequence[int], today: date) -> ToPack | None:
    """What these offices' batches still hold at the ward; of what is not begun the first few are named.

    None where there are too many offices to be one table.
    """
    if len(offices) > FEW_OFFICES:
        return None
    wanted = (
        sa.select(Item)
        .join(Batch, Item.batch_id == Batch.id)
        .options(selectinload(Item.results), selectinload(Item.consignments))
        .where(
            Batch.office_id.in_(offices), Batch.day >= today - BACK, Item.custody == Custody.WARD,
            Item.recalled_at.is_(None), Item.collected_at.is_(None),
        )
        .order_by(Item.id)
    )  # fmt: skip
    here = [item for item in session.scalars(wanted) if _goes_out(item)]
    inside = contents_of(session, here)
    whole = sum(inside[item.id].is_whole(item) for item in here)
    begun = [item for item in here if inside[item.id].is_begun and not inside[item.id].is_whole(item)]
    untouched = [item for item in here if not inside[item.id].is_begun]
    return ToPack(whole, begun, untouched[:MOST_SHOWN], max(0, len(untouched) - MOST_SHOWN))


def _goes_out(item: Item) -> bool:
    """Neither on its way, nor back from it."""
    return item.live.handed_over_in is None if item.live is not None else not item.consignments


def with_labels(item_id: int) -> sa.Select[Item]:
    """The envelope with all that is asked about while it is packed."""
    labels = selectinload(Item.consignments).selectinload(Consignment.labels).selectinload(Label.printings)
    return sa.select(Item).options(labels, selectinload(Item.results)).where(Item.id == item_id)


def candidates(session: Session, offices: Sequence[int], matching: sa.ColumnElement[bool], most: int) -> list[Result]:
    """The results of these offices that lie in an envelope, or may, and hold what was typed."""
    wanted = sa.select(Result).where(Result.office_id.in_(offices), matching)
    return list(session.scalars(wanted.order_by(Result.item_id.is_(None), Result.id.desc()).limit(most)))
