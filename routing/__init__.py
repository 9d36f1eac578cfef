"""Courier routes: a problem in, a plan out, checked by code that does not trust the solver. Knows no certificates."""

from routing.check import check
from routing.days import Day, Days, Item, spread
from routing.errors import (
    CannotMove,
    InfeasibleLocks,
    InvalidProblem,
    RoutingError,
    TravelUnavailable,
    UnsupportedInput,
)
from routing.explain import Explanation, Pin, why
from routing.goals import Goals, goals
from routing.insert import Disturbance, disturbance, insert, lock
from routing.moves import Choice, choices, dropped, moved, timed
from routing.plan import Change, LeftOut, Plan, Progress, Reason, Reload, Remedy, Rest, Route, Visit
from routing.problem import Break, Courier, Problem, Shipment, Stop, TimeWindow
from routing.remedies import remedied
from routing.solve import Engine, solve
from routing.travel import HaversineTravel, Location, MatrixTravel, Travel

__all__ = [
    "Break",
    "CannotMove",
    "Change",
    "Choice",
    "Courier",
    "Day",
    "Days",
    "Disturbance",
    "Engine",
    "Explanation",
    "Goals",
    "HaversineTravel",
    "InfeasibleLocks",
    "InvalidProblem",
    "Item",
    "LeftOut",
    "Location",
    "MatrixTravel",
    "Pin",
    "Plan",
    "Problem",
    "Progress",
    "Reason",
    "Reload",
    "Remedy",
    "Rest",
    "Route",
    "RoutingError",
    "Shipment",
    "Stop",
    "TimeWindow",
    "Travel",
    "TravelUnavailable",
    "UnsupportedInput",
    "Visit",
    "check",
    "choices",
    "disturbance",
    "dropped",
    "goals",
    "insert",
    "lock",
    "moved",
    "remedied",
    "solve",
    "spread",
    "timed",
    "why",
]
