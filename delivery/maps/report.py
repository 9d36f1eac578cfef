"""What an import found, what it left out, and what somebody should look at."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from delivery.maps.reading import Extract, Road
from delivery.maps.streets import Street
from delivery.maps.wards import WardShape
from delivery.places.rows import NumberRow, PlaceRow, StreetRow

EXAMPLES = 40


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward of the map; `streets` counts its streets and alleys, `source` says who drew it."""

    code: str
    name: str
    kind: str
    old: bool
    source: str
    streets: int


@dataclass(frozen=True, slots=True)
class Network:
    """How the streets hang together. `islands` are the parts away from the largest, which has `largest_share` of the
    points; `loose_bridges` are bridges with an end that no other road meets."""

    points: int
    islands: int
    largest_share: float
    bridges: int
    loose_bridges: int


@dataclass(frozen=True, slots=True)
class Report:
    """The report of an import; `made` is the day of the data, `sizes` are bytes by file, `left_out` counts reasons."""

    version: str
    file: str
    sha256: str
    made: str | None
    box: tuple[float, float, float, float]
    streets: int
    alleys: int
    houses: int
    numbers: int
    places: dict[str, int]
    in_no_ward: int
    alleys_without_street: int
    alleys_without_street_names: tuple[str, ...]
    wards: tuple[Ward, ...]
    network: Network
    left_out: dict[str, int]
    sizes: dict[str, int]
    seconds: float
    peak_mb: int

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> "Report":
        """Read what `write` wrote."""
        stored = json.loads(file.read_text(encoding="utf-8"))
        stored["wards"] = tuple(Ward(**ward) for ward in stored["wards"])
        stored["network"] = Network(**stored["network"])
        for name in ("box", "alleys_without_street_names"):
            stored[name] = tuple(stored[name])
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Findings:
    """The rows that an extract gave, to be counted."""

    extract: Extract
    streets: list[Street]
    rows: list[StreetRow]
    numbers: list[NumberRow]
    places: list[PlaceRow]
    wards: list[WardShape]

    def lost_alleys(self) -> list[str]:
        """The names of the alleys whose street could not be told."""
        return sorted(street.name for street in self.streets if street.alley is not None and not street.parent)

    def ward_counts(self) -> tuple[Ward, ...]:
        """The wards with the number of their streets and alleys."""
        counted = Counter(row.ward for row in self.rows)
        return tuple(
            Ward(ward.code, ward.name, ward.kind, not ward.today, ward.source, counted[ward.code] if ward.today else 0)
            for ward in self.wards
        )


def network_of(roads: Iterable[Road]) -> Network:
    """What can be told about the network from its ways alone, whoever may drive on them."""
    roads = list(roads)
    ids, where = np.unique(np.concatenate([road.nodes for road in roads]), return_inverse=True)
    ends = np.cumsum([len(road.nodes) for road in roads])
    inside = np.ones(len(where), bool)
    inside[ends - 1] = False
    steps = np.flatnonzero(inside)
    graph = coo_array((np.ones(len(steps), np.int8), (where[steps], where[steps + 1])), shape=(len(ids), len(ids)))
    parts, label = connected_components(graph, directed=False)
    met = np.bincount(where)
    bridges = [road for road in roads if road.bridge]
    degree = dict(zip(ids.tolist(), met.tolist(), strict=True))
    loose = sum(degree[int(road.nodes[0])] == 1 or degree[int(road.nodes[-1])] == 1 for road in bridges)
    share = float(np.bincount(label).max() / len(ids))
    return Network(len(ids), parts - 1, round(share, 4), len(bridges), loose)
