"""What is known to lie in an envelope, and whether it is sealed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Item, ItemSeal, PackedResult, Result

ITEMS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Contents:
    """The results that were ticked off, by their ids and as they were then, and the seal that is on the envelope."""

    ticks: Mapping[int, PackedResult]
    seal: ItemSeal | None

    @property
    def is_begun(self) -> bool:
        return bool(self.ticks) or self.seal is not None

    @property
    def last_step(self) -> PackedResult | ItemSeal | None:
        """What was done last and may be undone: the seal, else the newest tick."""
        return self.seal or max(self.ticks.values(), key=lambda tick: tick.id, default=None)

    def holds(self, result: Result) -> bool:
        """Whether the result lies inside as it is now: one that was corrected since may be another paper."""
        tick = self.ticks.get(result.id)
        return tick is not None and tick.result_version == result.version

    def lacking(self, item: Item) -> list[Result]:
        """The results of the envelope that nobody has ticked off."""
        return [result for result in item.results if not self.holds(result)]

    def is_whole(self, item: Item) -> bool:
        """Whether all that belongs inside was ticked off, and the envelope is sealed."""
        return self.seal is not None and not self.lacking(item)


def contents_of(session: Session, items: Iterable[Item]) -> dict[int, Contents]:
    """What lies in each of these envelopes, by the item's id."""
    ids = [item.id for item in items]
    ticks: dict[int, dict[int, PackedResult]] = {number: {} for number in ids}
    seals: dict[int, ItemSeal] = {}
    for start in range(0, len(ids), ITEMS_AT_ONCE):
        some = ids[start : start + ITEMS_AT_ONCE]
        stands = sa.select(PackedResult).where(PackedResult.item_id.in_(some), PackedResult.taken_back_at.is_(None))
        for tick in session.scalars(stands):
            ticks[tick.item_id][tick.result_id] = tick
        on_them = sa.select(ItemSeal).where(
            ItemSeal.item_id.in_(some), ItemSeal.taken_back_at.is_(None), ItemSeal.opened_at.is_(None)
        )
        seals |= {seal.item_id: seal for seal in session.scalars(on_them)}
    return {number: Contents(ticks[number], seals.get(number)) for number in ids}


def contents_of_one(session: Session, item: Item) -> Contents:
    """What lies in this envelope."""
    return contents_of(session, [item])[item.id]


def not_whole(session: Session, items: Sequence[Item]) -> set[int]:
    """The ids of those envelopes in which something was not ticked off, or which bear no seal."""
    found = contents_of(session, items)
    return {item.id for item in items if not found[item.id].is_whole(item)}


def open_seal(session: Session, item: Item, at: datetime) -> ItemSeal | None:
    """The seal is broken: what lies inside is looked at anew. Returns the seal that was on it."""
    seal = contents_of_one(session, item).seal
    if seal is not None:
        seal.opened_at = at
        session.flush()
    return seal


def let_go(session: Session, item: Item, result: Result, at: datetime) -> None:
    """What lies in the envelope is changed by this result: the seal is broken, and the result is in it no longer."""
    open_seal(session, item, at)
    tick = contents_of_one(session, item).ticks.get(result.id)
    if tick is not None:
        tick.taken_back_at = at
        session.flush()


def seals_at(session: Session, items: Sequence[int], moment: datetime) -> dict[int, str]:
    """The numbers of the seals that were on these envelopes at that moment, by the items' ids."""
    found: dict[int, str] = {}
    for start in range(0, len(items), ITEMS_AT_ONCE):
        was_on_it = sa.select(ItemSeal.item_id, ItemSeal.number).where(
            ItemSeal.item_id.in_(items[start : start + ITEMS_AT_ONCE]),
            ItemSeal.sealed_at <= moment,
            sa.or_(ItemSeal.taken_back_at.is_(None), ItemSeal.taken_back_at > moment),
            sa.or_(ItemSeal.opened_at.is_(None), ItemSeal.opened_at > moment),
        )
        found |= dict(session.execute(was_on_it.order_by(ItemSeal.id)).all())
    return found
