"""What a dispatcher holds fast while routes are made; kept with each version of them, so undoing brings it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from delivery.models.base import Facts

Shift = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wishes:
    """By ids of items and couriers, for one batch.

    `pinned` items go with that courier only. A courier of `held` keeps the route as it is, and may get more after it.
    Who is `off` has no route today; `shifts` are today's hours of others, in seconds since midnight. What is `out`
    waits at the ward: nobody plans it until somebody puts it back.
    """

    pinned: Mapping[int, int] = field(default_factory=dict)
    held: frozenset[int] = frozenset()
    off: frozenset[int] = frozenset()
    shifts: Mapping[int, Shift] = field(default_factory=dict)
    out: frozenset[int] = frozenset()

    @classmethod
    def of(cls, facts: Mapping[str, Any] | None) -> "Wishes":
        """Read them as a version keeps them."""
        kept = facts or {}
        return cls(
            pinned={int(item): int(courier) for item, courier in kept.get("pinned", {}).items()},
            held=frozenset(kept.get("held", ())),
            off=frozenset(kept.get("off", ())),
            shifts={int(courier): (start, end) for courier, (start, end) in kept.get("shifts", {}).items()},
            out=frozenset(kept.get("out", ())),
        )

    def facts(self) -> Facts:
        """As a version keeps them."""
        return {
            "pinned": {str(item): courier for item, courier in sorted(self.pinned.items())},
            "held": sorted(self.held),
            "off": sorted(self.off),
            "shifts": {str(courier): list(hours) for courier, hours in sorted(self.shifts.items())},
            "out": sorted(self.out),
        }

    def pin(self, item: int, courier: int | None) -> "Wishes":
        """The item goes with the courier only; with anybody where that is None."""
        others = {other: who for other, who in self.pinned.items() if other != item}
        return replace(self, pinned=others if courier is None else {**others, item: courier})

    def hold(self, courier: int, *, held: bool) -> "Wishes":
        """The courier's route stays as it is, or is free again."""
        return replace(self, held=self.held | {courier} if held else self.held - {courier})

    def leave_out(self, item: int, *, out: bool) -> "Wishes":
        """The item waits at the ward, or may be planned again; what waits goes with nobody."""
        kept = self.pin(item, None) if out else self
        return replace(kept, out=self.out | {item} if out else self.out - {item})

    def send_home(self, courier: int) -> "Wishes":
        """The courier has no route today, so nothing is held for that courier."""
        pinned = {item: who for item, who in self.pinned.items() if who != courier}
        shifts = {who: hours for who, hours in self.shifts.items() if who != courier}
        return replace(self, off=self.off | {courier}, held=self.held - {courier}, pinned=pinned, shifts=shifts)

    def call_in(self, courier: int, shift: Shift | None) -> "Wishes":
        """The courier works today, in hours of this day or, where None, in the usual ones."""
        others = {who: hours for who, hours in self.shifts.items() if who != courier}
        return replace(self, off=self.off - {courier}, shifts=others if shift is None else {**others, courier: shift})


NO_WISHES = Wishes()
