"""Plans in English sentences, for whoever reads them in a terminal."""

from collections.abc import Iterator

from routing.explain import Explanation, Pin
from routing.plan import Change, LeftOut, Reason, Remedy

REASONS: dict[Reason, str] = {
    Reason.NO_COURIER: "there is no courier",
    Reason.NO_SKILL: "nobody has the skills it asks for",
    Reason.NOT_ALLOWED: "nobody of those it names may go there",
    Reason.TOO_BIG: "it fits into no bag",
    Reason.CANNOT_ARRIVE_BY: "it cannot be reached before {earliest}, and its last window ends at {latest}",
    Reason.SHIFT_TOO_SHORT: "the way there and back fits into no shift",
    Reason.STOPS_LIMIT: "the most stops allowed are reached",
    Reason.DISTANCE_LIMIT: "the longest distance allowed is too short",
    Reason.DRIVING_LIMIT: "the longest driving allowed is too short",
    Reason.DURATION_LIMIT: "the longest day allowed is too short",
    Reason.LOCKED_ELSEWHERE: "it is promised to a courier who cannot take it",
    Reason.NO_COURIER_LEFT: "all are full or out of time",
    Reason.CHEAPER_WITHOUT: "serving it costs more than leaving it out",
    Reason.OVERLOOKED: "it would fit; the search did not see it",
    Reason.NOT_TESTED: "not tested: too many were left out",
}
REMEDIES: dict[Change, str] = {
    Change.INSERTION: "put it into the route of {courier} as it is",
    Change.PENALTY: "raise its penalty by {amount}; {courier} would go",
    Change.WINDOW_LATER: "let window {which} end {span} later; {courier} could knock then",
    Change.WINDOW_EARLIER: "let window {which} begin {span} earlier; {courier} could knock then",
    Change.SHIFT_LATER: "let {courier} work {span} longer",
    Change.SHIFT_EARLIER: "let {courier} begin {span} earlier",
    Change.ROOM: "give {courier} room for {amount} more (dimension {which})",
    Change.STOPS: "allow {courier} {amount} more stops",
    Change.DISTANCE: "allow {courier} {amount} m more",
    Change.DRIVING: "allow {courier} {span} more driving",
    Change.DURATION: "allow {courier} a day longer by {span}",
    Change.SKILL: "give {courier} the skills ({amount})",
    Change.PERMISSION: "let {courier} go there, too",
    Change.UNLOCK: "promise it to nobody; {courier} could take it",
    Change.COURIER: "one more courier like {courier}",
}
PINS: dict[Pin, str] = {
    Pin.NOTHING: "This is its cheapest place in the route",
    Pin.LOCK: "It is promised at this place",
    Pin.OWN_WINDOW: "Its own window keeps it from place {nearest}, which is nearer",
    Pin.OTHER_WINDOWS: "The windows of others keep it from place {nearest}, which is nearer",
    Pin.REST: "A rest keeps it from place {nearest}, which is nearer",
    Pin.SHIFT: "The shift or a limit keeps it from place {nearest}, which is nearer",
    Pin.ROOM: "There is no room for it at place {nearest}, which is nearer",
    Pin.NOT_ALLOWED: "This courier may not serve it, also not at place {nearest}, which is nearer",
    Pin.SEARCH: "Place {nearest} would be nearer by the way; something else in the price speaks against it",
}


def clock(seconds: int) -> str:
    """Seconds since midnight as on the wall."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def span(seconds: int) -> str:
    """So many minutes and seconds."""
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def of_left_out(left: LeftOut) -> Iterator[str]:
    facts = {name: clock(value) for name, value in left.facts.items()}
    yield f"Stop {left.stop_id} is left out: {REASONS[left.reason].format(**facts)}."
    yield from (f"  - {_of_remedy(one)} (price {one.price})" for one in left.remedies)
    if left.untried:
        yield f"  {left.untried} couriers were not looked at."


def _of_remedy(remedy: Remedy) -> str:
    which = remedy.which + 1
    return REMEDIES[remedy.change].format(
        courier=remedy.courier_id, amount=remedy.amount, span=span(remedy.amount), which=which
    )


def of_served(one: Explanation) -> Iterator[str]:
    yield (
        f"Stop {one.stop_id} is served by {one.courier_id} as number {one.position + 1}, at {clock(one.visit.start)}; "
        f"that costs {one.cost}."
    )
    for other in one.elsewhere:
        if other.cost is not None:
            yield f"  With {other.courier_id} it would cost {other.cost} ({other.cost - one.cost:+})."
        elif other.reason is not None:
            yield f"  Not with {other.courier_id}: {_at_one(other.reason)}."
    second = f"; the next-best costs {one.second:+}" if one.second is not None else ""
    yield f"  {PINS[one.pin].format(nearest=one.nearest + 1)}{second}."
    yield f"  The knock could be {span(one.slack)} later without breaking anything after it."


def _at_one(reason: Reason) -> str:
    short = {
        Reason.NO_SKILL: "a skill is missing",
        Reason.NOT_ALLOWED: "it names others",
        Reason.TOO_BIG: "it does not fit into the bag",
        Reason.CANNOT_ARRIVE_BY: "no window can be reached in time",
        Reason.SHIFT_TOO_SHORT: "the way there and back does not fit into the shift",
        Reason.LOCKED_ELSEWHERE: "it is promised to another",
        Reason.NO_COURIER_LEFT: "the route is full or out of time",
    }
    return short.get(reason, REASONS[reason])
