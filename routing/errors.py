"""What can go wrong in planning.

RoutingError
├── CannotMove         a stop cannot be put where somebody wants it; the text and `pin` say what forbids it
├── InvalidProblem     the problem contradicts itself; the text names the part
├── InfeasibleLocks    what is locked to a courier cannot be kept; the text names the courier
├── TravelUnavailable  the routing server that a setting names gives no travel times; the text says why
└── UnsupportedInput   a file asks for something that this planner would have to ignore
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Explanations raise errors themselves.
    from routing.explain import Pin


class RoutingError(Exception):
    """The base of everything this package raises on purpose."""


class CannotMove(RoutingError):
    """A stop cannot be put somewhere, or taken away; `pin` says what forbids it, and so does the text."""

    def __init__(self, message: str, pin: "Pin") -> None:
        super().__init__(message)
        self.pin = pin


class InfeasibleLocks(RoutingError):
    """A courier cannot serve the locked stops in their order; the text names the courier."""


class InvalidProblem(RoutingError):
    """The problem cannot be meant as it is; the text names the stop or courier."""


class TravelUnavailable(RoutingError):
    """The routing server gives no travel times: not running, too slow, or something else than it should be."""


class UnsupportedInput(RoutingError):
    """The file uses a key or form that would have to be ignored; nothing is ever ignored silently."""
