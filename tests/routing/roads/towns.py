"""Small towns to ride in, as OpenStreetMap files and as networks made up at random."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
from hypothesis import strategies as st

from routing.roads.network import Network, Vehicle, apart
from routing.roads.order import contraction_order
from routing.roads.osm import read_network
from routing.travel import Location

# A hundredth of a degree is about a kilometre: 1,112 m to the north, 1,038 m to the east.
LAT, LON, STEP = 21.04, 105.88, 0.01
Way = tuple[Sequence[str], Mapping[str, str]]


def at(east: float, north: float) -> Location:
    """So many steps of about a kilometre from the town's corner."""
    return Location(round(LAT + STEP * north, 7), round(LON + STEP * east, 7))


def a_map(path: Path, nodes: Mapping[str, tuple[float, float]], ways: Sequence[Way]) -> Path:
    """An extract with named nodes (steps east and north) and ways through them."""
    number = {name: n for n, name in enumerate(nodes, 1)}
    path.unlink(missing_ok=True)
    writer = osmium.SimpleWriter(str(path))
    for name, (east, north) in nodes.items():
        place = at(east, north)
        writer.add_node(osmium.osm.mutable.Node(id=number[name], location=(place.lon, place.lat)))
    for n, (through, tags) in enumerate(ways, 1):
        refs = [number.get(name, 999_999) for name in through]
        writer.add_way(osmium.osm.mutable.Way(id=n, nodes=refs, tags=dict(tags)))
    writer.close()
    return path


def a_town(path: Path, nodes: Mapping[str, tuple[float, float]], ways: Sequence[Way]) -> Network:
    return read_network(a_map(path / "town.osm.pbf", nodes, ways))


def street(*through: str, **tags: str) -> Way:
    return through, {"highway": "residential"} | {key.replace("__", ":"): value for key, value in tags.items()}


# A block of four streets, A to D, each a kilometre long, one of them one-way:
#   D ── C
#   │    │
#   A →→ B
CORNERS = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (1.0, 1.0), "D": (0.0, 1.0)}
BLOCK = (street("A", "B", oneway="yes"), street("B", "C"), street("C", "D"), street("D", "A"))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Up to fifteen junctions anywhere and up to thirty straight streets between them, some one-way, some loops."""
    size = draw(st.integers(1, 15))
    count = draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    lat, lon = LAT + STEP * random.random(size), LON + STEP * random.random(size)
    tail, head = random.integers(0, size, (2, count), dtype=np.int32)
    open_to = np.array([0, Vehicle.MOTORBIKE.bit, 15], np.uint8)
    middle = np.stack([LAT + STEP * random.random(count), LON + STEP * random.random(count)], axis=1)
    ends = np.stack([lat, lon], axis=1)
    points = np.stack([ends[tail], middle, ends[head]], axis=1)
    first, second, third = (points[:, n].T for n in range(3))
    return Network(
        lat=lat,
        lon=lon,
        tail=tail,
        head=head,
        metres=apart(*first, *second) + apart(*second, *third),
        road_class=random.integers(0, 14, count).astype(np.uint8),
        limit=random.choice(np.array([0, 30], np.uint8), count),
        ahead=random.choice(open_to, count),
        back=random.choice(open_to, count),
        starts=np.arange(count + 1, dtype=np.int64) * 3,
        points=points.reshape(-1, 2),
        order=contraction_order(tail, head, lat, lon),
    )
