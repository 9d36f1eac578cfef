"""An envelope in the hand: what each place in the routes would cost, why it is where it is, what would let it in.

Nothing is guessed: every answer was found by trying it (`routing.choices`, `routing.why`, `routing.reasons`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import routing
from delivery.dispatch.changes import DAY, CallIn, Change, Pin
from delivery.dispatch.desk import Desk, Spot
from delivery.dispatch.reasons import explain, pin_words
from delivery.dispatch.versions import BY_HAND
from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.i18n import marked, ngettext
from delivery.moments import clock
from routing.reasons import left_out

# Hours on a wall are told in so many seconds: a shift ends at 17:05, not at 17:03:12.
STEP = 300
# What helps, but is for somebody else to agree to.
WORDS: dict[routing.Change, str] = {
    routing.Change.WINDOW_LATER: marked("The receiver agrees to {minutes} minutes later: ask, correct the slot"),
    routing.Change.WINDOW_EARLIER: marked("The receiver agrees to {minutes} minutes earlier: ask, correct the slot"),
    routing.Change.ROOM: marked("The bag of {courier} takes {count} more"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place for the envelope: what the routes would cost more, in seconds of driving; None where `why` forbids it."""

    spot: Spot
    label: str
    seconds: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would let the envelope in, in words; and the change that does it, where one touch can."""

    words: str
    change: Change | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """The envelope as it is, all its places, and the cheapest at each courier, the cheapest first."""

    item: int
    version: int
    now: Spot | None
    label: str
    is_pinned: bool
    reasons: Sequence[str]
    places: Sequence[Place]
    best: Sequence[Place]
    remedies: Sequence[Remedy]


def weigh(desk: Desk, item: int) -> Weighed:
    """What can be said of the envelope and done with it.

    Raises NotFound when it is not in the batch any more.
    """
    if str(item) not in {stop.id for stop in desk.problem.stops}:
        raise NotFound(_("This envelope is no longer in the batch"))
    found = routing.choices(desk.problem, desk.plan, str(item))
    places = [_place(desk, one) for one in found]
    now = desk.spot(item)
    missed = _missed(desk, item) if now is None and item not in desk.wishes.out else None
    return Weighed(
        item=item,
        version=desk.version,
        now=now,
        label=desk.label(now),
        is_pinned=item in desk.wishes.pinned,
        reasons=list(_reasons(desk, item, missed) if now is None else _why_there(desk, item)),
        places=places,
        best=_best(places, now),
        remedies=list(_remedies(desk, item, missed)) if missed is not None else [],
    )


def span(seconds: int) -> str:
    """So long, as people say it: hours and minutes, at least a minute unless there is none."""
    hours, count = divmod(max(1, round(seconds / 60)) if seconds else 0, 60)
    parts = [ngettext("{count} hour", "{count} hours", hours).format(count=hours)] if hours else []
    if count or not hours:
        parts.append(ngettext("{count} minute", "{count} minutes", count).format(count=count))
    return " ".join(parts)


def longer(seconds: int) -> str:
    """How much longer, or shorter, the couriers drive."""
    return f"{'+' if seconds > 0 else '−'}{span(abs(seconds))}" if seconds else _("no longer")


def _place(desk: Desk, choice: routing.Choice) -> Place:
    spot = Spot(int(choice.courier_id), choice.position + 1)
    why = longer(choice.cost) if choice.cost is not None else pin_words(choice.pin)
    return Place(spot, desk.label(spot), choice.cost, why)


def _best(places: Sequence[Place], now: Spot | None) -> list[Place]:
    """The cheapest other place at each courier."""
    best: dict[int, tuple[int, Place]] = {}
    for place in places:
        known = best.get(place.spot.courier)
        if place.seconds is not None and place.spot != now and (known is None or place.seconds < known[0]):
            best[place.spot.courier] = place.seconds, place
    return [place for _seconds, place in sorted(best.values(), key=lambda one: one[0])]


def _why_there(desk: Desk, item: int) -> Iterator[str]:
    told = routing.why(desk.problem, desk.plan, str(item))
    yield _("Without it the route would be shorter by {span}").format(span=span(max(0, told.cost)))
    if told.pin not in {routing.Pin.NOTHING, routing.Pin.SEARCH}:
        yield _("By the way alone it would come as number {number}, but: {reason}").format(
            number=told.nearest + 1, reason=pin_words(told.pin)
        )
    yield _("The knock could be later by {span}, and all after it would still be on time").format(span=span(told.slack))


def _reasons(desk: Desk, item: int, missed: routing.LeftOut | None) -> Iterator[str]:
    if item in desk.wishes.out:
        yield explain(BY_HAND, {})
    elif missed is not None:
        yield explain(missed.reason.value, missed.facts)


def _missed(desk: Desk, item: int) -> routing.LeftOut | None:
    """Why the envelope has no place, with all the time there is for this one."""
    shown = desk.planned | {item}
    alone = tuple(stop for stop in desk.problem.stops if int(stop.id) in shown)
    return next(iter(left_out(replace(desk.problem, stops=alone), desk.plan)), None)


def _remedies(desk: Desk, item: int, missed: routing.LeftOut) -> Iterator[Remedy]:
    for one in missed.remedies:
        name = desk.names[int(one.courier_id)]
        if one.change in {routing.Change.SHIFT_LATER, routing.Change.SHIFT_EARLIER}:
            yield from _other_hours(desk, one)
        elif one.change is routing.Change.PERMISSION and item in desk.wishes.pinned:
            yield Remedy(_("Unpin it, so that {courier} may take it").format(courier=name), Pin(item, pinned=False))
        elif one.change is routing.Change.COURIER:
            yield from _one_more(desk)
        elif one.change in WORDS:
            yield Remedy(
                _(WORDS[one.change]).format(courier=name, minutes=-(-one.amount // 60), count=one.amount), None
            )


def _other_hours(desk: Desk, remedy: routing.Remedy) -> Iterator[Remedy]:
    """A longer shift, as long as it stays within the day."""
    courier, name = int(remedy.courier_id), desk.names[int(remedy.courier_id)]
    start, end = next(one.shift for one in desk.problem.couriers if one.id == remedy.courier_id)
    if remedy.change is routing.Change.SHIFT_LATER:
        end = -(-(end + remedy.amount) // STEP) * STEP
        words = _("{courier} works until {moment} today").format(courier=name, moment=clock(end))
    else:
        start = (start - remedy.amount) // STEP * STEP
        words = _("{courier} begins at {moment} today").format(courier=name, moment=clock(max(0, start)))
    if start >= 0 and end <= DAY:
        yield Remedy(words, CallIn(courier, (start, end), put_in=True))


def _one_more(desk: Desk) -> Iterator[Remedy]:
    """Whoever has no route today could be called in."""
    for courier in sorted(desk.wishes.off):
        words = _("Call in {courier}").format(courier=desk.names[courier])
        yield Remedy(words, CallIn(courier, None, put_in=True))
    if not desk.wishes.off:
        yield Remedy(_("One more courier would help"), None)
