"""Courier routes: a problem in, a plan out, checked by code that does not trust the solver. Knows no certificates."""

from routing.check import check
from routing.errors import InfeasibleLocks, InvalidProblem, RoutingError, UnsupportedInput
from routing.plan import LeftOut, Plan, Progress, Reason, Reload, Rest, Route, Visit
from routing.problem import Break, Courier, Problem, Shipment, Stop, TimeWindow
from routing.solve import Engine, solve
from routing.travel import HaversineTravel, Location, MatrixTravel, Travel

__all__ = [
    "Break",
    "Courier",
    "Engine",
    "HaversineTravel",
    "InfeasibleLocks",
    "InvalidProblem",
    "LeftOut",
    "Location",
    "MatrixTravel",
    "Plan",
    "Problem",
    "Progress",
    "Reason",
    "Reload",
    "Rest",
    "Route",
    "RoutingError",
    "Shipment",
    "Stop",
    "TimeWindow",
    "Travel",
    "UnsupportedInput",
    "Visit",
    "check",
    "solve",
]
