"""A batch as the optimiser sees it: its envelopes are stops, its office's couriers have hours, rests and bags."""

from collections.abc import Iterator, Mapping, Sequence

import routing
from delivery.dispatch.wishes import NO_WISHES, Shift, Wishes
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import Batch, Courier, Custody, Item
from delivery.rules.slots import parse_slots

# Seconds at the door: find the person, check the paper, take the signature; and once per address to park and walk.
AT_THE_DOOR = 150
AT_THE_PLACE = 60
# Where the door is known only roughly, the courier looks for it: so many seconds for each metre, up to a bound.
EXACT_M, SECONDS_A_METRE, LONGEST_LOOK = 50, 0.5, 180
Orders = Mapping[int, Sequence[int]]
# Couriers, by id, with the seconds since midnight until which they are out with an earlier batch of the day.
Busy = Mapping[int, int]
NOBODY: Busy = {}


def to_carry(batch: Batch) -> list[Item]:
    """What of a batch may go out: it lies at the ward and nobody has called it back."""
    return [item for item in batch.items if item.custody is Custody.WARD and item.recalled_at is None]


def on_duty(batch: Batch, wishes: Wishes = NO_WISHES, busy: Busy = NOBODY) -> list[Courier]:
    """The couriers of the batch's office who have a route to drive on its day, and time for it."""
    there = [one for one in batch.office.couriers if one.is_there(batch.day) and one.id not in wishes.off]
    return [one for one in there if (hours := hours_with(one, wishes, busy))[0] < hours[1]]


def hours_with(courier: Courier, wishes: Wishes = NO_WISHES, busy: Busy = NOBODY) -> Shift:
    """The courier's hours for a batch: the usual ones or those of the day, from when no earlier trip holds them."""
    start, end = wishes.shifts.get(courier.id, (courier.shift_start, courier.shift_end))
    return max(start, busy.get(courier.id, 0)), end


def problem_of(
    batch: Batch, wishes: Wishes = NO_WISHES, orders: Orders | None = None, *, busy: Busy = NOBODY,
    with_out: bool = False,
) -> routing.Problem:  # fmt: skip
    """The batch to be planned as the dispatcher wishes; `orders` are the items in each courier's route up to now.

    Until a moment of `busy` a courier is out with an earlier batch. What is left out by hand is no part of the problem,
    unless `with_out`. Ways are straight lines until it is given others. Raises NotNow when an envelope has lost its
    place on the map.
    """
    items = [item for item in to_carry(batch) if with_out or item.id not in wishes.out]
    couriers = on_duty(batch, wishes, busy)
    here, known = {courier.id for courier in couriers}, {item.id for item in items}
    promised = {
        courier: [item for item in order if item in known]
        for courier, order in (orders or {}).items()
        if courier in wishes.held
    }
    pinned = {item: courier for item, courier in wishes.pinned.items() if courier in here}
    return routing.Problem(
        stops=tuple(_stop(item, pinned.get(item.id)) for item in items),
        couriers=tuple(_courier(one, hours_with(one, wishes, busy), promised.get(one.id, [])) for one in couriers),
    )


def places_of(problem: routing.Problem) -> Iterator[routing.Location]:
    """Every place of a problem, the couriers' among them."""
    yield from (stop.location for stop in problem.stops)
    for courier in problem.couriers:
        yield from (courier.start, courier.home)


def hours_of(problems: Sequence[routing.Problem]) -> range:
    """The hours of the day in which somebody is out."""
    shifts = [courier.shift for problem in problems for courier in problem.couriers]
    first, last = min((s.start for s in shifts), default=0), max((s.end for s in shifts), default=1)
    return range(first // 3600, -(-last // 3600))


def searching(radius_m: int | None) -> int:
    """Seconds that finding the door takes beside parking, when its place is known within `radius_m`."""
    return min(LONGEST_LOOK, round(SECONDS_A_METRE * max(0, (radius_m or 0) - EXACT_M)))


def _stop(item: Item, courier: int | None) -> routing.Stop:
    result = item.first
    if result.lat is None or result.lon is None:
        raise NotNow(_("An envelope of this batch has lost its place on the map. Run: tannha geocode"))
    return routing.Stop(
        id=str(item.id),
        location=routing.Location(result.lat, result.lon),
        service=AT_THE_DOOR,
        windows=tuple(routing.TimeWindow(*slot) for slot in parse_slots(result.slots)),
        # Neighbours in one house are one parking: the place is the point on the map to about ten metres.
        place=f"{result.lat:.4f},{result.lon:.4f}",
        place_setup=AT_THE_PLACE + searching(result.radius_m),
        couriers=frozenset() if courier is None else frozenset({str(courier)}),
    )


def _courier(courier: Courier, shift: Shift, promised: Sequence[int]) -> routing.Courier:
    breaks: tuple[routing.Break, ...] = ()
    begins, ends, length = courier.break_start, courier.break_end, courier.break_length
    # Who leaves after the time of rest has rested before.
    if begins is not None and ends is not None and length and shift[0] <= ends:
        window = routing.TimeWindow(max(begins, shift[0]), ends)
        breaks = (routing.Break(windows=(window,), duration=length),)
    return routing.Courier(
        id=str(courier.id),
        start=routing.Location(courier.office.lat, courier.office.lon),
        shift=routing.TimeWindow(*shift),
        capacity=(courier.capacity,),
        breaks=breaks,
        locked=tuple(map(str, promised)),
    )
