"""From a door to the street: the nearest point on a street that the vehicle may ride and come back from."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.ops import substring

from routing.roads.network import Network, Numbers, Reals, Vehicle, apart


class Snapped(NamedTuple):
    """Where places meet the network, `n` each."""

    street: Numbers  # -1: there is no street at all
    share: Reals  # of the street's length, from its tail
    lat: Reals
    lon: Reals
    metres: Reals  # straight from the place; infinite where there is no street

    def of(self, rows: Numbers) -> "Snapped":
        return Snapped(*(column[rows] for column in self))


@dataclass(frozen=True, slots=True)
class Snapper:
    """Finds the nearest of the streets that are all connected with each other, there and back, for one vehicle."""

    network: Network
    streets: Numbers
    shrink: float
    tree: shapely.STRtree

    @classmethod
    def of(cls, network: Network, vehicle: Vehicle) -> "Snapper":
        shrink = float(np.cos(np.radians(network.lat.mean()))) if network.junctions else 1.0
        streets = connected(network, vehicle)
        starts = network.starts
        counts = starts[streets + 1] - starts[streets]
        rows = np.repeat(starts[streets] - np.r_[0, np.cumsum(counts)[:-1]], counts) + np.arange(counts.sum())
        flat = network.points[rows][:, ::-1] * (shrink, 1.0)
        lines = shapely.linestrings(flat, indices=np.repeat(np.arange(len(streets)), counts))
        return cls(network, streets, shrink, shapely.STRtree(lines))

    def snap(self, degrees: npt.NDArray[np.float64]) -> Snapped:
        """The nearest point for each row of latitude and longitude."""
        if not len(self.streets):
            nothing = np.full(len(degrees), np.nan)
            return Snapped(np.full(len(degrees), -1), nothing, nothing, nothing, np.full(len(degrees), np.inf))
        points = shapely.points(degrees[:, ::-1] * (self.shrink, 1.0))
        near = self.tree.query_nearest(points, all_matches=False)[1]
        lines = self.tree.geometries[near]
        share = shapely.line_locate_point(lines, points, normalized=True)
        foot = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
        lat, lon = foot[:, 1], foot[:, 0] / self.shrink
        metres = apart(degrees[:, 0], degrees[:, 1], lat, lon)
        return Snapped(self.streets[near], share, lat, lon, metres)

    def piece(self, street: int, begin: float, end: float) -> Reals:
        """The points of a street between two shares of its length, in either direction, as latitude and longitude."""
        points = self.network.points[self.network.starts[street] : self.network.starts[street + 1]]
        if abs(end - begin) == 1:
            return points if end > begin else points[::-1]
        line = shapely.LineString(points[:, ::-1] * (self.shrink, 1.0))
        part = shapely.get_coordinates(substring(line, begin, end, normalized=True))
        return part[:, ::-1] / (1.0, self.shrink)


def connected(network: Network, vehicle: Vehicle) -> Numbers:
    """The streets between the junctions of the largest strongly connected part, as far as the vehicle may use them."""
    ahead, back = (network.ahead & vehicle.bit) > 0, (network.back & vehicle.bit) > 0
    tails = np.r_[network.tail[ahead], network.head[back]]
    heads = np.r_[network.head[ahead], network.tail[back]]
    if not len(tails):
        return np.zeros(0, np.int64)
    shape = network.junctions, network.junctions
    graph = coo_array((np.ones(len(tails), np.int8), (tails, heads)), shape=shape)
    _, part = connected_components(graph, connection="strong")
    largest = part == np.bincount(part).argmax()
    return np.flatnonzero((ahead | back) & largest[network.tail] & largest[network.head])
