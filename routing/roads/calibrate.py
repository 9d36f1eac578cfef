"""How well the straight line stands in for the streets: one detour and one speed for all ways, and what they miss."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routing.errors import InvalidProblem
from routing.roads.network import Network, Vehicle
from routing.roads.snapping import connected
from routing.roads.travel import NetworkTravel
from routing.travel import HaversineTravel, Location, Matrix

# Between neighbours the straight line says nothing.
SHORTEST = 300
QUANTILES = (0.5, 0.9, 0.99)
WORST = 5


class Pair(NamedTuple):
    """Two places, with metres on the straight line and along the streets."""

    start: Location
    end: Location
    straight: int
    metres: int


class Fit(NamedTuple):
    """The detour and speed (km/h along the lengthened line) that are right for the median way.

    `length_errors` and `time_errors` are quantiles (QUANTILES) of how far off they are, as a share of the true value.
    """

    pairs: int
    detour: float
    kmh: float
    length_errors: tuple[float, ...]
    time_errors: tuple[float, ...]
    worst: tuple[Pair, ...]


def on_streets(network: Network, vehicle: Vehicle, count: int, seed: int = 1) -> list[Location]:
    """So many points of streets, all streets alike, as places to measure between."""
    streets = connected(network, vehicle)
    if not len(streets):
        raise InvalidProblem(f"the network has no streets for {vehicle}")
    chosen = np.random.default_rng(seed).choice(streets, min(count, len(streets)), replace=False)
    middles = (network.starts[chosen] + network.starts[chosen + 1]) // 2
    return [Location(*point) for point in network.points[middles].tolist()]


def calibrate(travel: NetworkTravel, places: Sequence[Location]) -> Fit:
    """Fit the straight line to the network, over all pairs that are at least SHORTEST apart."""
    _, straight = HaversineTravel(detour=1.0).matrices(places)
    seconds, metres = travel.matrices(places)
    rows, columns = np.nonzero((straight >= SHORTEST) & (metres > 0))
    if not len(rows):
        raise InvalidProblem(f"there are no two places {SHORTEST} m apart to measure between")
    line, far, long = straight[rows, columns], metres[rows, columns], seconds[rows, columns]
    detour = float(np.median(far / line))
    kmh = float(np.median(3.6 * detour * line / long))
    return Fit(
        pairs=len(rows),
        detour=detour,
        kmh=kmh,
        length_errors=_off(detour * line / far),
        time_errors=_off(3.6 * detour * line / kmh / long),
        worst=tuple(_worst(places, straight, metres)),
    )


def _worst(places: Sequence[Location], straight: Matrix, metres: Matrix) -> Iterator[Pair]:
    """The pairs with the longest detours; each place in one of them at most."""
    detours = np.where(straight >= SHORTEST, metres / np.maximum(straight, 1), 0.0)
    for _ in range(WORST):
        one, other = (int(n) for n in np.unravel_index(np.argmax(detours), detours.shape))
        if not detours[one, other]:
            return
        yield Pair(places[one], places[other], int(straight[one, other]), int(metres[one, other]))
        for row in (one, other):
            detours[row] = detours[:, row] = 0


def _off(shares: npt.NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(float(quantile) for quantile in np.quantile(np.abs(shares - 1), QUANTILES))
