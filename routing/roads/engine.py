"""Who finds the cheapest ways between junctions: a hierarchy made for it, or Dijkstra's algorithm."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.roads import kernel
from routing.roads.network import Network, Numbers
from routing.roads.prices import FAR, Prices
from routing.travel import processors

# Rows that one thread works out before it looks for more work; of Dijkstra, rows kept at a time.
CHUNK = 4 * kernel.LANES
BLOCK = 256


class Doors(NamedTuple):
    """How places hang on the network: each on up to two junctions, for a price (FAR: not that way). All `n` × 2."""

    out_at: Numbers
    out_price: Prices
    in_at: Numbers
    in_price: Prices

    def of(self, rows: npt.NDArray[np.int64]) -> "Doors":
        return Doors(*(column[rows] for column in self))


class Steps(NamedTuple):
    """A way: its price with both doors, by which of its junctions each place is left and reached, and the streets.

    A street is 2 × its number, + 1 if ridden from head to tail.
    """

    price: int
    leaving: int
    reaching: int
    streets: list[int]


class Engine(Protocol):
    """Anything that finds cheapest ways on one network at one set of prices."""

    def table(self, doors: Doors) -> Prices:
        """The price from each place to each other over junctions; at least FAR where there is no way."""
        ...

    def path(self, start: Doors, end: Doors) -> Steps | None:
        """The way from one place to one other; None where there is none."""
        ...


class Hierarchy:
    """The network contracted once in its order, then customised to prices."""

    def __init__(self, network: Network, ahead: Prices, back: Prices) -> None:
        self._rank = np.argsort(network.order)
        self._first, self._head = network.hierarchy
        sides = self._priced(network, ahead, back)
        self._up, self._down, self._up_via, self._down_via = sides
        kernel.customise(self._first, self._head, *sides)

    def _priced(self, network: Network, ahead: Prices, back: Prices) -> tuple[Prices, Prices, Numbers, Numbers]:
        """Prices of the arcs that are streets, and which street each is; the cheapest of parallel ones."""
        tail, head = self._rank[network.tail], self._rank[network.head]
        low, high = np.minimum(tail, head), np.maximum(tail, head)
        starts = np.repeat(np.arange(network.junctions), np.diff(self._first))
        arcs = np.searchsorted(starts * network.junctions + self._head, low * network.junctions + high)
        result: list[Prices] = []
        for upward in (True, False):
            prices, via = np.full(len(self._head), FAR), np.full(len(self._head), kernel.STREET)
            along = (tail < head) == upward
            cost = np.where(along, ahead, back)
            order = np.lexsort((-np.arange(len(cost)), -cost))
            order = order[(low != high)[order]]
            prices[arcs[order]] = cost[order]  # written last, the cheapest stays
            via[arcs[order]] = kernel.STREET - (2 * order + ~along[order])
            result += [prices, via]
        return result[0], result[2], result[1], result[3]

    def table(self, doors: Doors) -> Prices:
        places = self._ranked(doors)
        prices = np.empty((len(places.out_at), len(places.out_at)), np.int64)
        passed = kernel.below(self._first, self._head, places.in_at.ravel())

        def work(rows: tuple[int, int]) -> None:
            kernel.table(self._first, self._head, self._up, self._down, *places, passed, *rows, prices)

        chunks = list(_chunks(len(prices), CHUNK))
        if len(chunks) < 2:
            for chunk in chunks:
                work(chunk)
            return prices
        with ThreadPoolExecutor(processors()) as threads:
            list(threads.map(work, chunks))
        return prices

    def path(self, start: Doors, end: Doors) -> Steps | None:
        leaving, reaching = self._ranked(start), self._ranked(end)
        sides = self._up, self._down, self._up_via, self._down_via
        ends = leaving.out_at[0], leaving.out_price[0], reaching.in_at[0], reaching.in_price[0]
        price, first, last, streets = kernel.path(self._first, self._head, *sides, *ends)
        if price >= FAR:
            return None
        return Steps(price, _cheapest(first, ends[0], ends[1]), _cheapest(last, ends[2], ends[3]), list(streets))

    def _ranked(self, doors: Doors) -> Doors:
        return Doors(self._rank[doors.out_at], doors.out_price, self._rank[doors.in_at], doors.in_price)


class Dijkstra:
    """Slower by far, and needs nothing but scipy."""

    def __init__(self, network: Network, ahead: Prices, back: Prices) -> None:
        ends = np.r_[network.tail, network.head], np.r_[network.head, network.tail]
        prices = np.r_[ahead, back]
        codes = np.r_[2 * np.arange(network.streets), 2 * np.arange(network.streets) + 1]
        kept = np.flatnonzero((prices < FAR) & (ends[0] != ends[1]))
        pair = ends[0][kept].astype(np.int64) * network.junctions + ends[1][kept]
        order = np.lexsort((codes[kept], prices[kept], pair))
        self._pair, firsts = np.unique(pair[order], return_index=True)
        best = kept[order[firsts]]
        self._codes = codes[best]
        shape = network.junctions, network.junctions
        self._graph = csr_array((prices[best].astype(float), (ends[0][best], ends[1][best])), shape=shape)

    def table(self, doors: Doors) -> Prices:
        prices = np.empty((len(doors.out_at), len(doors.out_at)), np.int64)
        for begin, end in _chunks(len(prices), BLOCK):
            junctions, rows = np.unique(doors.out_at[begin:end], return_inverse=True)
            found = dijkstra(self._graph, indices=junctions)
            dist = np.where(np.isfinite(found), found, FAR).astype(np.int64)
            rows = rows.reshape(-1, 2)
            best = np.full((end - begin, len(prices)), FAR)
            for out in (0, 1):
                for into in (0, 1):
                    way = dist[rows[:, out][:, None], doors.in_at[:, into]] + doors.in_price[:, into]
                    np.minimum(best, way + doors.out_price[begin:end, out][:, None], out=best)
            prices[begin:end] = best
        return prices

    def path(self, start: Doors, end: Doors) -> Steps | None:
        found, before = dijkstra(self._graph, indices=start.out_at[0], return_predecessors=True)
        ways = start.out_price[0][:, None] + found[:, end.in_at[0]] + end.in_price[0]
        seed, goal = np.unravel_index(np.argmin(ways), ways.shape)
        if not ways[seed, goal] < FAR:
            return None
        streets, at = [], int(end.in_at[0][goal])
        while (previous := int(before[seed, at])) >= 0:
            streets.append(int(self._codes[np.searchsorted(self._pair, previous * len(found[0]) + at)]))
            at = previous
        return Steps(int(ways[seed, goal]), int(seed), int(goal), streets[::-1])


def _cheapest(junction: int, at: Numbers, prices: Prices) -> int:
    """Which of the ends of a street at that junction; a loop has both there."""
    return int(np.argmin(np.where(at == junction, prices, FAR + 1)))


def engine(network: Network, ahead: Prices, back: Prices) -> Engine:
    """The quickest engine that the network is prepared for, at the prices of its streets in both directions."""
    return Hierarchy(network, ahead, back) if len(network.order) else Dijkstra(network, ahead, back)


def _chunks(count: int, size: int) -> Iterator[tuple[int, int]]:
    for begin in range(0, count, size):
        yield begin, min(begin + size, count)
