"""In which order junctions are contracted: found once for a network, whatever the vehicle and the hour.

`pyroutingkit` cuts the network in halves by inertial flow. Where it has no wheel, there is no order, and the network is
searched by Dijkstra's algorithm instead.
"""

import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

Junctions = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
AVAILABLE = importlib.util.find_spec("pyroutingkit") is not None


def contraction_order(
    tail: Junctions, head: Junctions, lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]
) -> Junctions:
    """All junctions, the least important first; empty where `pyroutingkit` is missing."""
    if not AVAILABLE:
        return np.zeros(0, np.int32)
    from pyroutingkit import CCHTopology  # noqa: PLC0415  not on every Python

    topology = CCHTopology()
    ends = np.r_[tail, head].astype(np.uint32), np.r_[head, tail].astype(np.uint32)
    topology.build(*ends, lat.astype(np.float32), lon.astype(np.float32), len(lat))
    with TemporaryDirectory() as folder:
        topology.save(folder)  # the only way to get at the order
        return np.fromfile(Path(folder, "order"), np.uint32).astype(np.int32)


def contracted(order: Junctions, tail: Junctions, head: Junctions) -> tuple[Numbers, Numbers]:
    """The arcs of the contracted network in terms of ranks: `first`, one longer than there are junctions, and `head`.

    Contracting a junction joins all its higher neighbours. It is enough to hand them to the lowest of these, which will
    hand them on.
    """
    rank = np.argsort(order)
    above: list[set[int]] = [set() for _ in range(len(order))]
    for one, other in zip(rank[tail].tolist(), rank[head].tolist(), strict=True):
        if one != other:
            above[min(one, other)].add(max(one, other))
    heads: list[int] = []
    first = np.zeros(len(order) + 1, np.int64)
    for junction, higher in enumerate(above):
        ordered = sorted(higher)
        heads += ordered
        first[junction + 1] = len(heads)
        if ordered:
            above[ordered[0]].update(ordered[1:])
        higher.clear()
    return first, np.array(heads, np.int64)
