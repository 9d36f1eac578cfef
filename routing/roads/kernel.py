"""Customizable contraction hierarchies, compiled (Dibbelt, Strasser, Wagner, ACM JEA 21, 2016).

Junctions are numbered by rank. The arc `a` of junction `u`, `first[u] <= a < first[u + 1]`, leads to `head[a] > u`; all
heads of `u` are sorted, and all but the first are heads of that first one too (its parent in the elimination tree).
`up[a]` is the price from `u` to the head and `down[a]` the price back. A price holds time and length in one number (see
routing.roads.prices), so that the length always belongs to the fastest way.

In one file and without imports of other compiled code, as routing/kernel.py explains.
"""

import numba
import numpy as np

FAR = 1 << 60
LANES = 16
STREET = -1


@numba.njit(cache=True, nogil=True)
def customise(first, head, up, down, up_via, down_via):
    """Make every arc at most as dear as the way over any lower junction; `via` tells which, or the street if < 0."""
    for u in range(len(first) - 1):
        for i in range(first[u], first[u + 1]):
            k = first[head[i]]
            for j in range(i + 1, first[u + 1]):
                while head[k] != head[j]:
                    k += 1
                price = down[i] + up[j]
                if price < up[k]:
                    up[k] = price
                    up_via[k] = u
                price = down[j] + up[i]
                if price < down[k]:
                    down[k] = price
                    down_via[k] = u


@numba.njit(cache=True, nogil=True)
def below(first, head, ends):
    """Every junction that a sweep down to `ends` passes, highest first."""
    seen = np.zeros(len(first) - 1, np.bool_)
    for end in ends:
        x = end
        while not seen[x]:
            seen[x] = True
            if first[x] == first[x + 1]:
                break
            x = head[first[x]]
    return np.flatnonzero(seen)[::-1].copy()


@numba.njit(cache=True, nogil=True)
def _climb(first, head, up, dist, lane, start, price):
    """Spread from one seed to all junctions above it."""
    dist[start, lane] = min(dist[start, lane], price)
    x = start
    while True:
        for a in range(first[x], first[x + 1]):
            dist[head[a], lane] = min(dist[head[a], lane], dist[x, lane] + up[a])
        if first[x] == first[x + 1]:
            return
        x = head[first[x]]


@numba.njit(cache=True, nogil=True)
def table(first, head, up, down, out_at, out_price, in_at, in_price, passed, begin, end, prices):
    """Rows `begin` to `end` of the prices from each place to each other, LANES rows at a time.

    A place is left through the junctions `out_at[place]` and reached through `in_at[place]`, each for a price.
    """
    dist = np.empty((len(first) - 1, LANES), np.int64)
    for row in range(begin, end, LANES):
        lanes = min(LANES, end - row)
        dist[:] = FAR
        for lane in range(lanes):
            for seed in range(out_at.shape[1]):
                if out_price[row + lane, seed] < FAR:
                    _climb(first, head, up, dist, lane, out_at[row + lane, seed], out_price[row + lane, seed])
        for x in passed:
            for a in range(first[x], first[x + 1]):
                price = down[a]
                if price < FAR:
                    w = head[a]
                    for lane in range(LANES):
                        dist[x, lane] = min(dist[x, lane], dist[w, lane] + price)
        for place in range(len(in_at)):
            x, y = in_at[place, 0], in_at[place, 1]
            to_x, to_y = in_price[place, 0], in_price[place, 1]
            for lane in range(lanes):
                prices[row + lane, place] = min(dist[x, lane] + to_x, dist[y, lane] + to_y, FAR)


@numba.njit(cache=True, nogil=True)
def _ascent(first, head, arc_price, at, price):
    """Prices from seeds to all above them, and by which arc each was reached (-1: it is a seed)."""
    dist = np.full(len(first) - 1, FAR, np.int64)
    by = np.full(len(first) - 1, -1, np.int64)
    below_it = np.full(len(first) - 1, -1, np.int64)
    for seed in range(len(at)):
        if price[seed] < dist[at[seed]]:
            dist[at[seed]] = price[seed]
            by[at[seed]] = -1
        x = at[seed]
        while True:
            for a in range(first[x], first[x + 1]):
                if dist[x] + arc_price[a] < dist[head[a]]:
                    dist[head[a]] = dist[x] + arc_price[a]
                    by[head[a]] = a
                    below_it[head[a]] = x
            if first[x] == first[x + 1]:
                break
            x = head[first[x]]
    return dist, by, below_it


@numba.njit(cache=True, nogil=True)
def path(first, head, up, down, up_via, down_via, out_at, out_price, in_at, in_price):
    """The cheapest way: its price, the junctions where it leaves and reaches a place, and its streets in order.

    Each street is 2 × its number, + 1 if ridden from head to tail. The price is FAR or more when there is no way.
    """
    ahead, by_up, under_up = _ascent(first, head, up, out_at, out_price)
    back, by_down, under_down = _ascent(first, head, down, in_at, in_price)
    top = np.argmin(ahead + back)
    streets = [np.int64(0) for _ in range(0)]
    if ahead[top] + back[top] >= FAR:
        return ahead[top] + back[top], top, top, streets
    stack = [(np.int64(0), np.int64(0), False) for _ in range(0)]
    x = top
    steps = [(np.int64(0), np.int64(0), False) for _ in range(0)]
    while by_down[x] >= 0:
        steps.append((by_down[x], under_down[x], False))
        x = under_down[x]
    into = x
    for step in steps[::-1]:
        stack.append(step)
    x = top
    while by_up[x] >= 0:
        stack.append((by_up[x], under_up[x], True))
        x = under_up[x]
    while len(stack) > 0:
        arc, low, upward = stack.pop()
        via = up_via[arc] if upward else down_via[arc]
        if via < 0:
            streets.append(STREET - via)
            continue
        start, goal = (low, head[arc]) if upward else (head[arc], low)
        to_start = to_goal = first[via]
        while head[to_start] != start:
            to_start += 1
        while head[to_goal] != goal:
            to_goal += 1
        stack.append((to_goal, via, True))
        stack.append((to_start, via, False))
    return ahead[top] + back[top], x, into, streets
