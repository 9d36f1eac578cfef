"""The roads of an extract as plainly as they can be read, for the engines that are compared with this project's own.

Written apart from `routing.roads`, so that the two check each other: junctions and bends are nodes, one-way streets and
ways closed to motorbikes are minded, turns cost nothing, and what cannot be left or reached is cut off.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from routing.travel import EARTH_RADIUS_M, Location

# Kilometres an hour of a motorbike, by class of road.
KMH = {
    "trunk": 40, "primary": 35, "secondary": 32, "tertiary": 28, "unclassified": 22, "residential": 20,
    "living_street": 12, "service": 12, "road": 20,
    "trunk_link": 30, "primary_link": 28, "secondary_link": 26, "tertiary_link": 24,
}  # fmt: skip
SEED, MOST = 7, 20_000
Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Graph:
    """Arcs from `tail` to `head` with metres and whole milliseconds; places of the nodes in degrees."""

    lat: Real
    lon: Real
    tail: Whole
    head: Whole
    metres: Real
    milliseconds: Whole

    def places(self, count: int) -> tuple[Whole, list[Location]]:
        """So many nodes by chance, and the same as locations; fewer are the first of more."""
        nodes = np.random.default_rng(SEED).integers(len(self.lat), size=MOST)[:count]
        return nodes, [Location(float(self.lat[node]), float(self.lon[node])) for node in nodes]

    def matrix(self, weights: npt.NDArray[np.generic]) -> csr_matrix:
        """As scipy wants it: of two arcs between the same nodes the cheaper counts."""
        order = np.lexsort((weights, self.head, self.tail))
        tail, head, weight = self.tail[order], self.head[order], weights[order]
        first = np.append(True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1]))
        return csr_matrix((weight[first].astype(float), (tail[first], head[first])), (len(self.lat), len(self.lat)))


def read_graph(extract: Path) -> Graph:
    """The largest part of the network in which every node can be reached from every other."""
    index: dict[int, int] = {}
    places: list[tuple[float, float]] = []
    arcs: list[tuple[int, int, int]] = []
    for way in osmium.FileProcessor(str(extract), osmium.osm.WAY | osmium.osm.NODE).with_locations():
        if not isinstance(way, osmium.osm.Way) or way.tags.get("highway") not in KMH or _is_closed(way.tags):
            continue
        nodes = []
        for node in way.nodes:
            if node.location.valid():
                at = index.setdefault(node.ref, len(index))
                if at == len(places):
                    places.append((node.location.lat, node.location.lon))
                nodes.append(at)
        kmh, (along, against) = KMH[way.tags["highway"]], _directions(way.tags)
        for one, other in pairwise(nodes):
            arcs += [(one, other, kmh)] * along + [(other, one, kmh)] * against
    return _largest(np.array(places), np.array(arcs, np.int64))


def _is_closed(tags: osmium.osm.TagList) -> bool:
    said = tags.get("motorcycle", tags.get("motor_vehicle", tags.get("access", "yes")))
    return said in {"no", "private"}


def _directions(tags: osmium.osm.TagList) -> tuple[bool, bool]:
    """Whether one may ride along the way as it is drawn, and against that."""
    default = "yes" if tags.get("junction") in {"roundabout", "circular"} else "no"
    oneway = tags.get("oneway:motorcycle", tags.get("oneway", default))
    return oneway != "-1", oneway not in {"yes", "1", "true"}


def _largest(places: Real, arcs: Whole) -> Graph:
    tail, head, kmh = arcs.T
    reach = csr_matrix((np.ones(len(tail), np.int8), (tail, head)), (len(places), len(places)))
    _, part = connected_components(reach, connection="strong")
    kept = part == np.bincount(part).argmax()
    number = np.cumsum(kept) - 1
    inside = kept[tail] & kept[head] & (tail != head)
    tail, head, kmh = tail[inside], head[inside], kmh[inside]
    metres = _between(places[tail], places[head])
    milliseconds = np.maximum(1, np.rint(metres * 3600 / kmh)).astype(np.int64)
    lat, lon = places[kept].T
    return Graph(lat, lon, number[tail], number[head], metres, milliseconds)


def _between(one: Real, other: Real) -> Real:
    """Great-circle metres, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = np.radians(one.T), np.radians(other.T)
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))
