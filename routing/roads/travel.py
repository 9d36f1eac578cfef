"""Travel times along streets, for whoever plans: `NetworkTravel` is a `routing.travel.Travel`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from routing.errors import InvalidProblem
from routing.roads.engine import Doors, Engine, engine
from routing.roads.hours import Factors
from routing.roads.network import Network, Numbers, Vehicle
from routing.roads.prices import FAR, Prices, part, price, told
from routing.roads.snapping import Snapped, Snapper
from routing.roads.speeds import CLASSES
from routing.travel import HaversineTravel, Location, Matrix, Points, flat, in_degrees

Line = tuple[Location, ...]
# Nearer to a street's end than this, a place is on the junction.
ON_A_JUNCTION_M = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What can be set about a courier on the way."""

    scale: float = 1.0  # all speeds of the table are multiplied by it
    walking_kmh: float = 4.5  # between the door and the street
    reach: float = 500.0  # metres from the street beyond which a place is not on the network
    astray: HaversineTravel = field(default_factory=HaversineTravel)  # the ways to and from such places
    factors: Factors = field(default_factory=Factors)

    def __post_init__(self) -> None:
        if not (0.01 <= self.scale <= 100 and 0.1 <= self.walking_kmh <= 100 and 0 <= self.reach <= 1e6):
            raise InvalidProblem("a pace needs a scale and a walking speed above 0 and a reach in metres")


class Snap(NamedTuple):
    """Where a place meets the network."""

    location: Location  # on the street; the place itself where there is none
    metres: float  # from the place to it, straight; infinite without a street
    served: bool  # False: too far, so the ways to and from there are straight lines, lengthened


@dataclass(frozen=True)
class NetworkTravel:
    """The fastest ways on a street network, from door to door.

    Each place is joined to the nearest point of the nearest street that can be left and reached again; between the
    door and the street the courier walks straight. Places beyond `pace.reach` of a street get the straight line that
    `pace.astray` says. `hour` picks the factors of that hour of the day.
    """

    network: Network
    vehicle: Vehicle = Vehicle.MOTORBIKE
    hour: int | None = None
    pace: Pace = field(default_factory=Pace)

    def matrices(self, places: Sequence[Location]) -> tuple[Matrix, Matrix]:
        degrees = in_degrees(places)
        _, first, where = np.unique(degrees, axis=0, return_index=True, return_inverse=True)
        if len(first) == len(places):
            return self._between(degrees)
        seconds, metres = self._between(degrees[first])
        grid = np.ix_(where.ravel(), where.ravel())
        return seconds[grid], metres[grid]

    def chart(self, places: Sequence[Location]) -> Points:
        return flat(places)

    def snap(self, places: Sequence[Location]) -> list[Snap]:
        """Where each place meets the network, and how far off it is."""
        snapped = self._snapper.snap(in_degrees(places))
        served = self._served(snapped)
        rows = zip(places, snapped.lat, snapped.lon, snapped.metres, served, strict=True)
        return [
            Snap(Location(float(lat), float(lon)) if metres < np.inf else place, float(metres), bool(near))
            for place, lat, lon, metres, near in rows
        ]

    def shape(self, stops: Sequence[Location]) -> list[Line]:
        """The line of each leg from one stop to the next, from door to door, along the streets of the fastest way."""
        degrees = in_degrees(stops)
        snapped = self._snapper.snap(degrees)
        doors = self._doors(snapped)
        ends = [Location(*place) for place in degrees.tolist()]
        lines = []
        for leg in range(len(ends) - 1):
            rows = np.array([leg, leg + 1])
            between = [] if ends[leg] == ends[leg + 1] else self._along(snapped.of(rows), doors.of(rows))
            lines.append(tuple(_without_repeats([ends[leg], *between, ends[leg + 1]])))
        return lines

    @cached_property
    def _snapper(self) -> Snapper:
        return Snapper.of(self.network, self.vehicle)

    @cached_property
    def _rides(self) -> tuple[Prices, Prices]:
        """The price of each street ahead and back; FAR against a one-way street or where the vehicle may not be."""
        net = self.network
        kmh = np.array([road.kmh(self.vehicle) for road in CLASSES])[net.road_class]
        kmh = np.where(net.limit > 0, np.minimum(kmh, net.limit), kmh) * self.pace.scale
        seconds = net.metres / (kmh / 3.6) * self.pace.factors.by_class(self.hour)[net.road_class]
        prices = np.maximum(price(seconds, net.metres), 1)
        bit = self.vehicle.bit
        return np.where(net.ahead & bit, prices, FAR), np.where(net.back & bit, prices, FAR)

    @cached_property
    def _engine(self) -> Engine:
        return engine(self.network, *self._rides)

    def _between(self, degrees: Points) -> tuple[Matrix, Matrix]:
        snapped = self._snapper.snap(degrees)
        doors = self._doors(snapped)
        prices = self._engine.table(doors)
        for rows in _sharing(np.where(self._served(snapped), snapped.street, -1)):
            grid = np.ix_(rows, rows)
            prices[grid] = np.minimum(prices[grid], self._on_one_street(snapped.of(rows)))
        seconds, metres = told(prices)
        astray = np.flatnonzero(~self._served(snapped))
        if len(astray):
            straight = self.pace.astray.table(degrees[astray], degrees)
            for table, ways in zip((seconds, metres), straight, strict=True):
                table[astray], table[:, astray] = ways, ways.T
        np.fill_diagonal(seconds, 0)
        np.fill_diagonal(metres, 0)
        return seconds, metres

    def _served(self, snapped: Snapped) -> npt.NDArray[np.bool_]:
        near: npt.NDArray[np.bool_] = snapped.metres <= self.pace.reach
        return near

    def _walks(self, snapped: Snapped) -> Prices:
        return price(snapped.metres / (self.pace.walking_kmh / 3.6), snapped.metres)

    def _doors(self, snapped: Snapped) -> Doors:
        """From the door to the street's ends and back, first walked, then ridden."""
        near = self._served(snapped)
        streets, share = np.where(near, snapped.street, 0), np.where(near, snapped.share, 0)
        if not near.any():
            nowhere, never = np.zeros((len(near), 2), np.int64), np.full((len(near), 2), FAR)
            return Doors(nowhere, never, nowhere, never)
        ahead, back = (side[streets] for side in self._rides)
        walks = self._walks(snapped._replace(metres=np.where(near, snapped.metres, 0)))
        ends = np.stack([self.network.tail[streets], self.network.head[streets]], axis=1).astype(np.int64)
        out = np.stack([part(back, share), part(ahead, 1 - share)], axis=1) + walks[:, None]
        into = np.stack([part(ahead, share), part(back, 1 - share)], axis=1) + walks[:, None]
        # Who meets a street at its very end is on the junction, and free to take any other street from there.
        for end, metres in enumerate(
            (share * self.network.metres[streets], (1 - share) * self.network.metres[streets])
        ):
            on_it = metres <= ON_A_JUNCTION_M
            out[on_it, end] = into[on_it, end] = walks[on_it]
        out[~near] = into[~near] = FAR
        return Doors(ends, np.minimum(out, FAR), ends, np.minimum(into, FAR))

    def _on_one_street(self, snapped: Snapped) -> Prices:
        """From each to each of the places on the same street without leaving it; FAR where it may not be ridden so."""
        ahead, back = (side[snapped.street[0]] for side in self._rides)
        steps = snapped.share - snapped.share[:, None]
        walks = self._walks(snapped)
        rides = np.where(steps > 0, part(ahead, np.maximum(steps, 0)), part(back, np.maximum(-steps, 0)))
        rides[steps == 0] = 0
        return np.asarray(np.minimum(rides + walks + walks[:, None], FAR))

    def _along(self, snapped: Snapped, doors: Doors) -> list[Location]:
        """From where the first place meets the network to where the second does; nothing between places off it."""
        if not self._served(snapped).all():
            return []
        street, share = snapped.street, snapped.share
        steps = self._engine.path(doors.of(np.array([0])), doors.of(np.array([1])))
        if street[0] == street[1] and self._on_one_street(snapped)[0, 1] <= (steps.price if steps else FAR):
            return self._piece(int(street[0]), *share)
        if steps is None:
            return []
        line = self._piece(int(street[0]), share[0], float(steps.leaving))
        for code in steps.streets:
            line += self._piece(code // 2, *((1.0, 0.0) if code % 2 else (0.0, 1.0)))
        return line + self._piece(int(street[1]), float(steps.reaching), share[1])

    def _piece(self, street: int, begin: float, end: float) -> list[Location]:
        """The street's line between two shares of its length, in either direction."""
        return [Location(*point) for point in self._snapper.piece(street, begin, end).tolist()]

    def __getstate__(self) -> dict[str, Any]:
        """What is worked out is worked out anew in another process."""
        return {kept.name: getattr(self, kept.name) for kept in fields(self)}


def _sharing(streets: Numbers) -> list[Numbers]:
    """The rows of each street that has several."""
    order = np.argsort(streets, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(streets[order])) + 1)
    return [rows for rows in groups if len(rows) > 1 and streets[rows[0]] >= 0]


def _without_repeats(line: list[Location]) -> list[Location]:
    return line[:1] + [point for before, point in pairwise(line) if point != before]
