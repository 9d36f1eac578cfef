"""From ways to streets: pieces of one name that belong together, and which alley leaves which street."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from rapidfuzz import fuzz

from delivery.maps.geometry import in_metres, line_of
from delivery.maps.names import AlleyName, alley_name, street_name
from delivery.maps.reading import Road
from delivery.places.text import fold

# A street goes on behind a crossing or a stretch without a name; beyond this it is another street of that name.
GAP_M = 400.0
# Alleys that do not say their street ("Ngõ 6") have many namesakes nearby: only what touches is one alley.
BARE_GAP_M = 1.0
ALIKE = 85


@dataclass(frozen=True, slots=True)
class Street:
    """A street or an alley: its full name, its ways, and for an alley the street it leaves and its number there.

    An alley whose street could not be told has a `number` and no `parent`.
    """

    name: str
    roads: tuple[Road, ...]
    alley: AlleyName | None = None
    parent: str = ""
    number: str = ""
    key: str = field(init=False)
    nodes: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", fold(self.name))
        object.__setattr__(self, "nodes", frozenset(np.concatenate([road.nodes for road in self.roads]).tolist()))


def find_streets(roads: Iterable[Road]) -> list[Street]:
    """Every street and alley with a name; each alley with its street wherever its name or the network tells it."""
    streets: list[Street] = []
    alleys: list[Street] = []
    for name, alley, ways in _by_name(roads):
        for together in _clusters(ways, GAP_M if alley is None or alley.street else BARE_GAP_M):
            if alley is None:
                streets.append(Street(name, together))
            else:
                alleys.append(Street(name, together, alley, parent=alley.street, number=alley.number))
    return streets + _resolved(alleys, streets)


def _by_name(roads: Iterable[Road]) -> Iterator[tuple[str, AlleyName | None, list[Road]]]:
    """The ways of each name, however it is typed; the commonest spelling stands for all."""
    written: dict[str, list[Road]] = defaultdict(list)
    for road in roads:
        if road.name:
            written[road.name].append(road)
    groups: dict[str, list[tuple[str, Road]]] = defaultdict(list)
    for full, ways in written.items():
        alley = alley_name(full)
        spelling = street_name(full) if alley is None else alley.on(alley.street)
        groups[fold(spelling)].extend((spelling, way) for way in ways)
    for _, members in sorted(groups.items()):
        spellings = [spelling for spelling, _ in members]
        name = max(sorted(set(spellings)), key=spellings.count)
        yield name, alley_name(name), [road for _, road in members]


def _clusters(ways: list[Road], gap_m: float) -> list[tuple[Road, ...]]:
    if len(ways) == 1:
        return [tuple(ways)]
    lines = in_metres(np.array([line_of(way.points) for way in ways]), float(ways[0].points[0, 0]))
    near = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=gap_m)
    return [tuple(ways[index] for index in members) for members in _components(near, len(ways))]


def _components(pairs: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    # Only who imports a map loads this: a web server, which shows maps, begins without it.
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(pairs.shape[1], np.int8), (pairs[0], pairs[1])), shape=(count, count))
    found, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == each) for each in range(found)]


def _resolved(alleys: list[Street], streets: list[Street]) -> list[Street]:
    """The alleys with the street they leave, from the street inwards for as long as something is learnt."""
    at: dict[int, set[int]] = defaultdict(set)
    known = [*streets, *alleys]
    for index, street in enumerate(known):
        for node in street.nodes:
            at[node].add(index)
    touching = {
        index: sorted(set().union(*(at[node] for node in known[index].nodes)) - {index})
        for index in range(len(streets), len(known))
    }
    keys = {street.key for street in streets}
    for index, neighbours in touching.items():
        known[index] = _spelt(known[index], [known[other] for other in neighbours], keys)
    learnt = True
    while learnt:
        learnt = False
        for index, neighbours in touching.items():
            better = _placed(known[index], [known[other] for other in neighbours])
            if better != known[index]:
                known[index], learnt = better, True
    return known[len(streets) :]


def _placed(alley: Street, touching: list[Street]) -> Street:
    """What the streets and alleys that an alley touches tell about it; the alley itself when they tell nothing new."""
    name = alley.alley
    if name is None or (alley.parent and (not name.short or alley.number != name.number)):
        return alley
    outer = _outer_alley(alley, name, touching)
    if outer is not None:
        number = alley.number if alley.number.startswith(f"{outer.number}/") else f"{outer.number}/{alley.number}"
        return _on(alley, name, outer.parent, number)
    crossed = {street.key: street.name for street in touching if street.alley is None}
    if not alley.parent and len(crossed) == 1 and "/" not in alley.number:
        return _on(alley, name, next(iter(crossed.values())), alley.number)
    return alley


def _spelt(alley: Street, touching: list[Street], keys: set[str]) -> Street:
    """The alley with its street's right name, where it says one that does not exist and touches one much like it."""
    name, parent = alley.alley, fold(alley.parent)
    if name is None or not parent or parent in keys:
        return alley
    like = {each.key: each.name for each in touching if each.alley is None and _are_alike(parent, each.key)}
    return _on(alley, name, next(iter(like.values())), alley.number) if len(like) == 1 else alley


def _are_alike(one: str, other: str) -> bool:
    """Whether two folded names differ by a typing error or by words that one of them leaves out."""
    ends = one.endswith(f" {other}") or other.endswith(f" {one}")
    return ends or fuzz.ratio(one, other) >= ALIKE


def _outer_alley(alley: Street, name: AlleyName, touching: list[Street]) -> Street | None:
    """The one alley from which this alley leaves: by its number ("7" for "7/32"), or the only one if it is short."""
    placed = [each for each in touching if each.alley is not None and each.parent and each.number]
    if alley.parent:
        placed = [each for each in placed if fold(each.parent) == fold(alley.parent)]
    before = [each for each in placed if alley.number.startswith(f"{each.number}/") and not alley.parent]
    shallower = [each for each in placed if name.short and each.alley and each.alley.depth < name.depth]
    for candidates in (before, shallower):
        if len({(fold(each.parent), each.number) for each in candidates}) == 1:
            return candidates[0]
    return None


def _on(alley: Street, name: AlleyName, parent: str, number: str) -> Street:
    return replace(alley, name=name.on(parent, number), parent=parent, number=number)
