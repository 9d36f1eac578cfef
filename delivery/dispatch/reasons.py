"""Why an envelope found no place in a plan, in words a dispatcher can act on."""

from collections.abc import Mapping

import routing
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.moments import clock

REASONS: dict[str, str] = {
    "cannot_arrive_by": marked("the courier cannot be there before {earliest}, the slot ends at {latest}"),
    "too_big": marked("does not fit into any courier's bag"),
    "shift_too_short": marked("the way there and back does not fit into any shift"),
    "stops_limit": marked("the most stops that a courier may have are reached"),
    "distance_limit": marked("the way is longer than a courier may go in a day"),
    "driving_limit": marked("the way takes longer than a courier may drive in a day"),
    "duration_limit": marked("the day would be longer than a courier's day may be"),
    "no_skill": marked("no courier of this office has what it takes for this envelope"),
    "not_allowed": marked("it is meant for a certain courier, who is not on duty"),
    "locked_elsewhere": marked("it is promised to a courier who has no time left for it"),
    "overlooked": marked("there would be a place; let the optimiser search longer"),
    "not_tested": marked("has no place yet; its batch's board says why"),
    "no_courier": marked("this office has no courier on duty"),
    "no_courier_left": marked("all couriers are full or out of time; add a courier or a longer shift"),
    "cheaper_without": marked("would cost more than leaving it for tomorrow"),
    "by_hand": marked("waits at the ward because somebody wished so"),
}
OTHER = marked("found no place in the routes")
OTHER_PLACE = marked("This place cannot be kept")

# Why an envelope cannot go to a certain place in a route.
PINS: dict[routing.Pin, str] = {
    routing.Pin.OWN_WINDOW: marked("The courier would not be there in the slot that was promised"),
    routing.Pin.OTHER_WINDOWS: marked("Another door's slot could no longer be kept"),
    routing.Pin.REST: marked("The courier's rest would have no place any more"),
    routing.Pin.SHIFT: marked("The courier would not be back before the shift ends"),
    routing.Pin.ROOM: marked("The courier's bag is full"),
    routing.Pin.LOCK: marked("The route is held. Release it first"),
    routing.Pin.NOT_ALLOWED: marked("The envelope is pinned to another courier"),
}


def pin_words(pin: str) -> str:
    """What forbids a place, as a sentence."""
    return _(PINS.get(routing.Pin(pin), OTHER_PLACE))


def explain(reason: str, facts: Mapping[str, object]) -> str:
    """The reason with its facts; seconds since midnight become times on the wall."""
    shown = {name: clock(value) if isinstance(value, int) else value for name, value in facts.items()}
    try:
        return _(REASONS.get(reason, OTHER)).format(**shown)
    except KeyError:
        return _(OTHER)
