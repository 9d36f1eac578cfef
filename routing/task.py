"""A part of the day that one worker improves: some couriers, their stops, and all that the kernel asks about them.

A task is self-contained and can be pickled, so that any `concurrent.futures.Executor` may carry it out.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from routing import kernel
from routing.ground import Rows
from routing.kernel import Land, Small, State
from routing.problem import MOST_RESTS

FIRST_SORTING = 1
# The clock is looked at as often.
CHUNK_SECONDS = 0.05
Orders = list[list[int]]
# Routes are remembered for recombination while the search stands no farther above its best.
REMEMBERED = 1.01


class Met(NamedTuple):
    """A route met on the way: the courier by number in the task, the stops by their numbers in the problem."""

    courier: int
    rows: tuple[int, ...]
    price: int


@dataclass(frozen=True)
class Outcome:
    """The routes at which the search stands, in the task's couriers' order, and the best ones; with their prices.

    `met` and `met_best` are there only when the task is to remember.
    """

    orders: Orders
    price: int
    best: Orders
    best_price: int
    rounds: int
    met: tuple[Met, ...]
    met_best: tuple[Met, ...]


@dataclass(frozen=True)
class Task:
    """Stops and orders by their numbers in the problem, the routes to begin with, and how to go on from them.

    The temperature falls from `hot` to `cold`, in the unit of the price, over so many `rounds` or else `seconds`. With
    `first`, there are no routes yet: stops are put in one by one, even where leaving one out would be cheaper. With
    `remember`, the routes met on the way are told, not only the best ones.
    """

    land: Land
    stops: Rows
    orders: Orders
    seed: int
    seconds: float = 0.0
    rounds: int = 0
    hot: float = 0.0
    cold: float = 0.0
    first: bool = False
    remember: bool = False


def work(task: Task) -> Outcome:
    """Put in what is out, then anneal for the task's rounds, or else for its seconds."""
    land, state = task.land, begin(task)
    kernel.build(land, state, *((FIRST_SORTING, True) if task.first else (kernel.NONE, False)))
    met: set[Met] = set()
    if task.rounds:
        kernel.anneal(land, state, task.rounds, task.hot, task.cold)
    elif task.seconds > 0 and len(task.stops) > 0:
        _anneal_for(task, state, met)
    best = _read(state.best, task)
    return Outcome(
        orders=_read(_standing(state), task),
        price=int(state.sums[kernel.COST]),
        best=best,
        best_price=int(state.sums[kernel.BEST]),
        rounds=int(state.sums[kernel.ROUNDS]),
        met=tuple(met),
        met_best=_priced(task, best) if task.remember else (),
    )


def _priced(task: Task, orders: Orders) -> tuple[Met, ...]:
    state = begin(replace(task, orders=orders))
    state.sums[kernel.LOOSE] = 0
    kernel.build(task.land, state, kernel.NONE, False)
    return tuple(_met(task, state, _standing(state)))


def _standing(state: State) -> Small:
    return np.where(state.node[:, kernel.ROUTE] == kernel.NONE, kernel.NONE, state.node[:, kernel.NEXT])


def _met(task: Task, state: State, standing: Small) -> Iterator[Met]:
    """The routes as they stand, with their prices."""
    land, node, stops = task.land, state.node, len(task.stops)
    begun = node[:, kernel.LEG] >= 0
    begun[stops + 1 :: 2] = False
    begun &= node[:, kernel.ROUTE] != kernel.NONE
    couriers = len(land.capacity)
    legs = np.bincount(node[begun, kernel.ROUTE], node[begun, kernel.LEG], minlength=couriers)
    local = {int(row): number for number, row in enumerate(task.stops)}
    for courier, order in enumerate(_read(standing, task)):
        if order:
            rows = [local[row] for row in order]
            fees = land.fee[land.courier[courier, kernel.KIND], rows].sum()
            yield Met(courier, tuple(order), int(legs[courier] + fees + state.tally[courier, kernel.EXTRA]))


def _anneal_for(task: Task, state: State, met: set[Met]) -> None:
    began, chunk = time.perf_counter(), 20
    gone = 0.0
    while gone < task.seconds:
        hot = task.hot * (task.cold / task.hot) ** (gone / task.seconds)
        kernel.anneal(task.land, state, chunk, hot, hot)
        now = time.perf_counter() - began
        wanted = min(CHUNK_SECONDS, task.seconds - now + 1e-3)
        chunk = max(1, int(chunk * min(4.0, wanted / max(now - gone, 1e-6))))
        gone = now
        if task.remember and state.sums[kernel.COST] <= REMEMBERED * state.sums[kernel.BEST]:
            met.update(_met(task, state, _standing(state)))


def begin(task: Task) -> State:
    """The routes of a task as linked lists, ready for `kernel.build`."""
    state = _blank(task)
    local = {int(row): number for number, row in enumerate(task.stops)}
    for courier, order in enumerate(task.orders):
        _lay(task.land, state, courier, [local[row] for row in order])
    stops = len(task.stops)
    out = np.flatnonzero(state.node[:stops, kernel.ROUTE] == kernel.NONE)
    state.loose[: len(out)] = out
    state.sums[kernel.LOOSE] = len(out)
    state.sums[kernel.COST] += task.land.penalty[out].sum()
    sizes = state.tally[:, kernel.SIZE]
    state.sums[kernel.USED], state.sums[kernel.HELD] = (sizes > 0).sum(), sizes.sum()
    return state


def _blank(task: Task) -> State:
    land = task.land
    stops, couriers, kinds = (int(land.rule[what]) for what in (kernel.STOPS, kernel.COURIERS, kernel.KINDS))
    nodes = stops + 2 * couriers
    return State(
        node=np.full((nodes, 5), kernel.NONE, np.int32),
        clock=np.zeros((nodes, 6), np.int32),
        load=np.zeros(land.capacity.shape, np.int64),
        tally=np.zeros((couriers, 3), np.int64),
        best=np.zeros(nodes, np.int32),
        log=np.zeros((2 * stops + 2, 2), np.int32),
        touched=np.zeros(couriers, np.int32),
        before=np.zeros(couriers, np.int64),
        stamp=np.full(couriers, -1, np.int64),
        ruined=np.full(couriers, -1, np.int64),
        loose=np.zeros(stops, np.int32),
        key=np.zeros(stops, np.int64),
        free=land.kinds[:kinds].copy(),
        clocks=np.zeros(2 * (MOST_RESTS + 1), np.int64),
        random=np.array([task.seed * 2_654_435_761 + 88_172_645_463_325_252], np.uint64),
        sums=np.zeros(kernel.SUMS, np.int64),
    )


def _lay(land: Land, state: State, courier: int, rows: list[int]) -> None:
    """Let a courier go through the stops in `rows`."""
    stops, node = int(land.rule[kernel.STOPS]), state.node
    way = [stops + 2 * courier, *rows, stops + 2 * courier + 1]
    profile = land.courier[courier, kernel.PROFILE]
    node[way, kernel.ROUTE] = courier
    node[way[1:], kernel.PREV] = way[:-1]
    node[way[:-1], kernel.NEXT] = way[1:]
    node[way[0], kernel.LEG] = 0
    if rows:
        legs = land.cost[profile, way[:-1], way[1:]]
        node[way[:-1], kernel.LEG] = legs
        state.sums[kernel.COST] += legs.sum(dtype=np.int64)
        state.load[courier] = land.demand[rows].sum(axis=0)
        state.tally[courier, kernel.SIZE] = len(rows)
        state.sums[kernel.COST] += land.fee[land.courier[courier, kernel.KIND], rows].sum()
        state.tally[courier, kernel.WORK] = land.time[profile, way[:-1], way[1:]].sum(dtype=np.int64)


def _read(following: Small, task: Task) -> Orders:
    stops, couriers = int(task.land.rule[kernel.STOPS]), int(task.land.rule[kernel.COURIERS])
    after, rows = following.tolist(), task.stops.tolist()
    orders = []
    for courier in range(couriers):
        order, w = [], after[stops + 2 * courier]
        while w < stops:
            order.append(rows[w])
            w = after[w]
        orders.append(order)
    return orders
