"""Engines that answer how long it takes from each of n places to each other, each timed in the same way.

Each function reads an extract, makes itself ready, and answers for the same places; the times of reading, of making
ready and of each size are told apart. What comes back for the first places is kept, so that answers can be compared.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.apart import peak_mb
from benchmarks.road_graph import read_graph
from routing.roads import Network, NetworkTravel, Vehicle, read_network
from routing.roads.speeds import CLASSES
from routing.travel import HaversineTravel, Location

Seconds = npt.NDArray[np.float64]
# So many of the first places are compared between engines.
COMPARED = 200


@dataclass(slots=True)
class Timed:
    """Wall seconds; `by_size` of one matrix each. `sample` are seconds between the first places, in their order."""

    reading: float | None = None
    preparing: float | None = None
    by_size: dict[int, float] = field(default_factory=dict)
    sample: Seconds | None = None
    metres: Seconds | None = None
    nodes: int = 0
    snapped: list[float] = field(default_factory=list)
    shapes: float | None = None
    grown_mb: int = 0
    apart_from_dijkstra: float | None = None


def scipy_dijkstra(extract: Path, sizes: Sequence[int]) -> Timed:
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415  each engine loads its own library only

    began = time.perf_counter()
    graph = read_graph(extract)
    read = time.perf_counter()
    matrix = graph.matrix(graph.milliseconds)
    timed = Timed(read - began, time.perf_counter() - read, nodes=len(graph.lat))

    def between(count: int) -> Seconds:
        nodes = graph.places(count)[0]
        # A few sources at a time: an answer holds every node of the network.
        parts = (dijkstra(matrix, indices=some)[:, nodes] for some in np.array_split(nodes, -(-count // 250)))
        return np.concatenate(list(parts)) / 1000

    _sizes(timed, sizes, between)
    some = graph.places(max(sizes))[0][:COMPARED]
    timed.metres = dijkstra(graph.matrix(graph.metres), indices=some)[:, some]
    return timed


def routingkit_cch(extract: Path, sizes: Sequence[int]) -> Timed:
    import routingkit_cch as kit  # noqa: PLC0415  the benchmark's own package

    began = time.perf_counter()
    graph = read_graph(extract)
    read = time.perf_counter()
    tail, head = graph.tail.tolist(), graph.head.tolist()
    order = kit.compute_order_inertial(len(graph.lat), tail, head, graph.lat.tolist(), graph.lon.tolist())
    metric = kit.CCHMetric(kit.CCH(order, tail, head, False), graph.milliseconds.tolist())
    timed = Timed(read - began, time.perf_counter() - read, nodes=len(graph.lat))

    def between(count: int) -> Seconds:
        nodes = graph.places(count)[0].tolist()
        query = kit.CCHOneToMany(metric, nodes)
        return np.array([query.distances_from(node) for node in nodes], float) / 1000

    _sizes(timed, sizes, between)
    return timed


def ours(extract: Path, sizes: Sequence[int]) -> Timed:
    """`routing.roads`, asked as the planner asks it: places in, seconds and metres out, snapping included."""
    places = read_graph(extract).places(max(sizes))[1]
    began = time.perf_counter()
    network = read_network(extract)
    read = time.perf_counter()
    travel = NetworkTravel(network, Vehicle.MOTORBIKE)
    travel.matrices(places[:2])
    timed = Timed(read - began, time.perf_counter() - read)
    _sizes(timed, sizes, lambda count: travel.matrices(places[:count])[0])
    timed.metres = np.asarray(travel.matrices(places[:COMPARED])[1], float)
    timed.snapped = [float(snap.metres) for snap in travel.snap(_beside(places[:1000]))]
    began = time.perf_counter()
    travel.shape(places[:100])
    timed.shapes = time.perf_counter() - began
    timed.apart_from_dijkstra = _apart_from_dijkstra(network, travel)
    return timed


def _apart_from_dijkstra(network: Network, travel: NetworkTravel) -> float:
    """The most seconds by which we and scipy differ between junctions of our own network.

    In the largest part in which each junction can be reached from each, where no walk is added; and where all streets
    are open both ways: at the end of a one-way street it depends on which street the place is joined to.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components, dijkstra  # noqa: PLC0415

    kmh = np.array([road.kmh(travel.vehicle) for road in CLASSES])[network.road_class]
    kmh = np.where(network.limit > 0, np.minimum(kmh, network.limit), kmh)
    seconds, bit = network.metres * 3.6 / kmh, travel.vehicle.bit
    ways = [(network.ahead & bit > 0, network.tail, network.head), (network.back & bit > 0, network.head, network.tail)]
    tail = np.concatenate([start[open_] for open_, start, _ in ways])
    head = np.concatenate([end[open_] for open_, _, end in ways])
    weight = np.concatenate([seconds[open_] for open_, _, _ in ways])
    # Of two streets between the same junctions the faster counts, and none leads back to where it began.
    order = np.lexsort((weight, head, tail))
    tail, head, weight = tail[order], head[order], weight[order]
    kept = np.append(True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])) & (tail != head)
    graph = csr_matrix((weight[kept], (tail[kept], head[kept])), (network.junctions, network.junctions))
    part = connected_components(graph, connection="strong")[1]
    oneway = (network.ahead & bit > 0) != (network.back & bit > 0)
    at_oneway = np.isin(np.arange(network.junctions), np.concatenate([network.tail[oneway], network.head[oneway]]))
    within = np.flatnonzero((part == np.bincount(part).argmax()) & ~at_oneway)
    some = np.random.default_rng(3).choice(within, COMPARED, replace=False)
    ours = travel.matrices([Location(float(network.lat[one]), float(network.lon[one])) for one in some])[0]
    return float(np.abs(ours - dijkstra(graph, indices=some)[:, some]).max())


def valhalla(extract: Path, sizes: Sequence[int]) -> Timed:
    """Valhalla's matrix for scooters, small ones only. Measured where somebody has installed it: it takes half a GB."""
    import valhalla as kit  # noqa: PLC0415  it may not be there

    places = read_graph(extract).places(max(sizes))[1]
    with tempfile.TemporaryDirectory() as name:
        tiles, config = Path(name) / "tiles", Path(name) / "config.json"
        tiles.mkdir()
        config.write_text(json.dumps(_unlimited(kit.get_config(tile_extract="", tile_dir=str(tiles), verbose=False))))
        began = time.perf_counter()
        builder = Path(kit.__file__).parent / "bin" / "valhalla_build_tiles"
        subprocess.run([builder, "-c", config, extract], check=True, capture_output=True)
        timed = Timed(preparing=time.perf_counter() - began)
        actor = kit.Actor(str(config))

        def between(count: int) -> Seconds:
            at = [{"lat": place.lat, "lon": place.lon} for place in places[:count]]
            asked = {"sources": at, "targets": at, "costing": "motor_scooter", "verbose": False}
            answer = json.loads(actor.matrix(json.dumps(asked)))["sources_to_targets"]
            timed.metres = 1000 * np.array(answer["distances"], float)[:COMPARED, :COMPARED]
            return np.array(answer["durations"], float)

        _sizes(timed, [size for size in sizes if size <= COMPARED], between)
    return timed


def _unlimited(config: dict[str, Any]) -> dict[str, Any]:
    """Its default way takes a minute for 500 places, and its limits allow for 50."""
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    for limits in config["service_limits"].values():
        if isinstance(limits, dict) and "max_matrix_location_pairs" in limits:
            limits |= {"max_matrix_location_pairs": 10**8, "max_matrix_distance": 10**8, "max_locations": 10**5}
    return config


def haversine(extract: Path, sizes: Sequence[int]) -> Timed:
    places = read_graph(extract).places(max(sizes))[1]
    timed, travel = Timed(), HaversineTravel()
    travel.matrices(places[:2])
    before = peak_mb()
    _sizes(timed, sizes, lambda count: travel.matrices(places[:count])[0])
    timed.grown_mb = peak_mb() - before
    timed.metres = np.asarray(travel.matrices(places[:COMPARED])[1], float)
    return timed


def _beside(places: Sequence[Location]) -> list[Location]:
    """As doors lie: some tens of metres off the road."""
    aside = np.random.default_rng(11).normal(0, 0.0002, (len(places), 2))
    return [
        Location(place.lat + float(dy), place.lon + float(dx)) for place, (dy, dx) in zip(places, aside, strict=True)
    ]


def _sizes(timed: Timed, sizes: Sequence[int], between: Callable[[int], npt.NDArray[np.generic]]) -> None:
    for count in sizes:
        began = time.perf_counter()
        answer = between(count)
        timed.by_size[count] = time.perf_counter() - began
        if timed.sample is None or count >= COMPARED:
            timed.sample = np.asarray(answer[:COMPARED, :COMPARED], float)
        del answer
