"""Ruin and recreate, compiled: the part of the search that does nearly all the work.

After Christiaens & Vanden Berghe, "Slack Induction by String Removals" (Transportation Science 2020): strings of
neighbouring stops are removed from a few routes near a random stop and put back greedily, now and then blinking; what
comes out is accepted by simulated annealing. Stops are looked for only beside their near neighbours; an insertion is
priced in constant time from what each route knows of its clock, forwards and backwards, and only where a courier rests
or a stop's parcel is released late is the whole route walked.

Everything is whole numbers in flat arrays, so that numba can compile it once for all problems; and in one file, since
numba does not see that a compiled function has to be compiled anew when one that it calls in another file changed.
Nodes are the stops 0 to n - 1, then for courier r the start n + 2r and the end n + 2r + 1.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from routing.problem import MOST_RESTS

Small = npt.NDArray[np.int32]
Large = npt.NDArray[np.int64]

# Columns of `State.node`: neighbours in the route, the route, the price of the leg to the next, and the last round in
# which a stop was taken out.
NEXT, PREV, ROUTE, LEG, TAKEN = 0, 1, 2, 3, 4
# Columns of `State.clock`: earliest and latest knock; from the start to here without waiting, and the latest leaving
# that still gets here in time; from here to the end without waiting, and the earliest end.
EARLY, LATE, BEFORE, LEAVE, AFTER, BACK = 0, 1, 2, 3, 4, 5
# Columns of `State.tally`: stops, seconds of work (without waiting), what the route costs beside its legs.
SIZE, WORK, EXTRA = 0, 1, 2
# Columns of `Land.courier`. A courier is ODD whose routes must be walked: rests, late releases, split windows to be paid.
KIND, PROFILE, FIXED, LONGEST, HOURLY, RESTS, FIRST_REST, ODD, METRES, DRIVING = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
# Columns of `Land.rest`: its length, and the rows of its windows.
DURATION, OPENS, CLOSES = 0, 1, 2
# Positions in `Land.rule`. BALANCE is in thousandths; FAIR is the seconds of work that are nobody's burden.
STOPS, COURIERS, TIMED, SPANS, BALANCE, FAIR, FEES, KINDS, REMOVED, STRING = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
RELEASED, LIMITED, LOCKS = 10, 11, 12
# Positions in `State.sums`.
COST, BEST, LOGGED, TOUCHED, LOOSE, BLINK, ROUNDS, USED, HELD, INSIST, INVITED = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
SUMS = 11
NONE = -1
NEVER = 2_000_000_000
DEAR = 1 << 60
SPLIT, DEEPER = 0.5, 0.01
# How often a route of at most so many stops is taken out as a whole, as routes too many end in no other way.
AWAY, WHOLE = 0.005, 40
MANY = 64
# How often a stop that is left out goes somewhere at any price: its neighbours may then join it, and only together are
# they worth a way.
INVITING = 0.2
# How many exchanges of each sort follow a round, and how many stops are traded at most.
BARTERED, TRADED = 4, 3


class Land(NamedTuple):
    """What does not change. P profiles (ways of moving), m nodes, n stops, R couriers, D dimensions, K neighbours."""

    cost: Small  # P × m × m, price of the leg from row to column
    cost_to: Small  # its transpose
    time: Small  # P × m × m, seconds from knock to knock: service, driving, parking
    time_to: Small  # its transpose
    near: Small  # n × K, the stops nearest to each
    beside: Small  # n × B, the best places for each: 2u after stop u, 2u + 1 before it
    demand: Large  # n × D
    capacity: Large  # R × D
    penalty: Large  # n, price of leaving a stop out
    service: Small  # m
    release: Small  # n, no courier leaves with this stop before
    window: Small  # W × 2, of all nodes and rests
    windows: Small  # m + 1; the windows of node i are window[windows[i]:windows[i + 1]]
    courier: Large  # R × 10
    far: Small  # P × 2 × m × m, metres and seconds of driving; empty where nothing limits them
    rest: Large  # rests × 3
    fee: Large  # kinds × n, what it costs beside the legs that this kind serves this stop; DEAR where it may not
    locked: npt.NDArray[np.uint8]  # m, neither taken out nor preceded by anything new
    kinds: Small  # kinds + 1; couriers of one kind follow each other
    order: Large  # ways of sorting × n
    sortings: Small  # rows of `order`, each as often as it is to be used; NONE is by chance
    rule: Large


class State(NamedTuple):
    """What changes: routes as linked lists with their clocks, the best found, and room to work in."""

    node: Small  # m × 5
    clock: Small  # m × 6
    load: Large  # R × D
    tally: Large  # R × 3
    best: Small  # m, the next of each node in the best found; NONE where left out
    log: Small  # changes × 2: a stop, and the node it was put after; or NONE - the node it was taken from behind
    touched: Small  # R
    before: Large  # R, EXTRA of touched routes before this round
    stamp: Large  # R, the round in which a route was last touched
    ruined: Large  # R, the round in which a route last lost a string
    loose: Small  # n, stops out of their routes in this round
    key: Large  # n
    free: Small  # kinds, a courier without work
    clocks: Large  # 2 × (MOST_RESTS + 1), for walking a route with rests
    random: npt.NDArray[np.uint64]
    sums: Large


@numba.njit(cache=True, nogil=True)
def _draw(random):
    """The next of Marsaglia's xorshift numbers (Journal of Statistical Software 8, 2003), in [0, 1)."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return np.float64(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@numba.njit(cache=True, nogil=True)
def _knock(window, first, end, moment):
    """The first moment from `moment` on within one of these windows; NEVER when there is none."""
    for row in range(first, end):
        if moment <= window[row, 1]:
            return max(np.int64(moment), np.int64(window[row, 0]))
    return np.int64(NEVER)


@numba.njit(cache=True, nogil=True)
def _last_knock(window, first, end, moment):
    """The last moment up to `moment` within one of these windows; -NEVER when there is none."""
    for row in range(end - 1, first - 1, -1):
        if moment >= window[row, 0]:
            return min(np.int64(moment), np.int64(window[row, 1]))
    return np.int64(-NEVER)


@numba.njit(cache=True, nogil=True)
def _forward(land, state, w, whole):
    """Bring the clocks from node `w` to the end of its route up to date; stop early, unless `whole`, when nothing changes."""
    node, clock, window, windows = state.node, state.clock, land.window, land.windows
    spans = land.rule[SPANS] != 0
    profile = land.courier[node[w, ROUTE], PROFILE]
    while w != NONE:
        u = node[w, PREV]
        way = land.time_to[profile, w, u]
        early = min(_knock(window, windows[w], windows[w + 1], np.int64(clock[u, EARLY]) + way), NEVER)
        same = early == clock[w, EARLY]
        clock[w, EARLY] = early
        if spans:
            before = clock[u, BEFORE] + way
            leave = min(clock[u, LEAVE], window[windows[w + 1] - 1, 1] - before)
            same = same and before == clock[w, BEFORE] and leave == clock[w, LEAVE]
            clock[w, BEFORE], clock[w, LEAVE] = before, leave
        if same and not whole:
            break
        w = node[w, NEXT]


@numba.njit(cache=True, nogil=True)
def _backward(land, state, w, whole):
    """The same from node `w` back to the start of its route."""
    node, clock, window, windows = state.node, state.clock, land.window, land.windows
    spans = land.rule[SPANS] != 0
    profile = land.courier[node[w, ROUTE], PROFILE]
    while w != NONE:
        v = node[w, NEXT]
        way = land.time[profile, w, v]
        late = max(_last_knock(window, windows[w], windows[w + 1], np.int64(clock[v, LATE]) - way), -NEVER)
        same = late == clock[w, LATE]
        clock[w, LATE] = late
        if spans:
            after = clock[v, AFTER] + way
            back = max(clock[v, BACK], window[windows[w], 0] + after)
            same = same and after == clock[w, AFTER] and back == clock[w, BACK]
            clock[w, AFTER], clock[w, BACK] = after, back
        if same and not whole:
            break
        w = node[w, PREV]


@numba.njit(cache=True, nogil=True)
def _wind(land, state, route):
    """All clocks of a route anew."""
    stops = land.rule[STOPS]
    start, end = stops + 2 * route, stops + 2 * route + 1
    clock, window, windows = state.clock, land.window, land.windows
    clock[start, EARLY], clock[start, BEFORE] = window[windows[start], 0], 0
    clock[start, LEAVE] = window[windows[start], 1]
    clock[end, LATE], clock[end, AFTER] = window[windows[end], 1], 0
    clock[end, BACK] = window[windows[end], 0]
    _forward(land, state, state.node[start, NEXT], True)
    _backward(land, state, state.node[end, PREV], True)


@numba.njit(cache=True, nogil=True)
def _walk(land, state, route, u, c):
    """Seconds from leaving to being back if stop `c` came after node `u` (neither, when NONE); NONE if it cannot be.

    The earliest knock is kept for each number of rests taken so far; a rest is taken on the way, before or after
    driving, as soon as it may begin. The courier leaves just in time for the first knock.
    """
    node, window, windows, rest = state.node, land.window, land.windows, land.rest
    stops = land.rule[STOPS]
    profile, rests, first = land.courier[route, PROFILE], land.courier[route, RESTS], land.courier[route, FIRST_REST]
    now, then = state.clocks[: MOST_RESTS + 1], state.clocks[MOST_RESTS + 1 :]
    start = stops + 2 * route
    ready = np.int64(window[windows[start], 0])
    if land.rule[RELEASED] != 0:
        ready = max(ready, np.int64(land.release[c])) if c != NONE else ready
        w = node[start, NEXT]
        while w < stops:
            ready = max(ready, np.int64(land.release[w]))
            w = node[w, NEXT]
    moment = np.int64(0)
    now[0] = ready
    for taken in range(rests):
        moment = _knock(window, rest[first + taken, OPENS], rest[first + taken, CLOSES], moment)
        moment = moment + rest[first + taken, DURATION] if moment < NEVER else np.int64(NEVER)
        now[taken + 1] = max(ready, moment)
    w, leave, metres, driven = start, np.int64(NONE), np.int64(0), np.int64(0)
    while w == start or w < stops:
        v = np.int64(c) if w == u else np.int64(node[w, NEXT])
        if w == c and c != NONE:
            v = np.int64(node[u, NEXT])
        way = np.int64(land.time[profile, w, v])
        if land.rule[LIMITED] != 0:
            metres += land.far[profile, 0, w, v]
            driven += land.far[profile, 1, w, v]
            if metres > land.courier[route, METRES] or driven > land.courier[route, DRIVING]:
                return np.int64(NONE)
        service = np.int64(land.service[w])
        soonest = np.int64(NEVER)
        for taken in range(rests + 1):
            arrival = now[taken] + way
            moment, driving = np.int64(0), way
            for rested in range(taken - 1, -1, -1):
                moment, driving = now[rested] + service, way - service
                for n in range(first + rested, first + taken):
                    begin = _knock(window, rest[n, OPENS], rest[n, CLOSES], moment)
                    driving -= min(begin - moment, driving)
                    moment = begin + rest[n, DURATION] if begin < NEVER else np.int64(NEVER)
                arrival = min(arrival, moment + driving)
            then[taken] = _knock(window, windows[v], windows[v + 1], arrival) if arrival < NEVER else np.int64(NEVER)
            soonest = min(soonest, then[taken])
        if soonest >= NEVER:
            return np.int64(NONE)
        if leave == NONE:
            # Who rests may do so before leaving or on the way there: to be sure of it, count from the earliest leaving.
            leave = max(now[0], soonest - way) if rests == 0 else now[0]
        now, then = then, now
        w = v
    for taken in range(rests, -1, -1):
        moment = now[taken]
        for n in range(first + taken, first + rests):
            moment = _knock(window, rest[n, OPENS], rest[n, CLOSES], moment)
            moment = moment + rest[n, DURATION] if moment < NEVER else np.int64(NEVER)
        if now[taken] < NEVER and moment < NEVER:
            back = now[taken]
            for other in range(taken):
                back = (
                    min(back, now[other]) if _may_rest_after(land, first + other, first + rests, now[other]) else back
                )
            return max(back - leave, np.int64(0))
    return np.int64(NONE)


@numba.njit(cache=True, nogil=True)
def _may_rest_after(land, first, end, moment):
    for n in range(first, end):
        moment = _knock(land.window, land.rest[n, OPENS], land.rest[n, CLOSES], moment)
        if moment >= NEVER:
            return False
        moment += land.rest[n, DURATION]
    return True


@numba.njit(cache=True, nogil=True)
def _burden(land, work):
    """What uneven work costs: at a fair share each further second costs BALANCE thousandths, at twice that, twice."""
    return land.rule[BALANCE] * work * work // (2000 * land.rule[FAIR]) if land.rule[BALANCE] > 0 else np.int64(0)


@numba.njit(cache=True, nogil=True)
def _extra(land, state, route):
    """What a route costs beside its legs."""
    if state.tally[route, SIZE] == 0:
        return np.int64(0)
    hourly = land.courier[route, HOURLY]
    price = land.courier[route, FIXED] + _burden(land, state.tally[route, WORK])
    if hourly > 0:
        price += hourly * _duration(land, state, route) // 3600
    return price


@numba.njit(cache=True, nogil=True)
def _duration(land, state, route):
    if land.courier[route, ODD] != 0:
        return _walk(land, state, route, NONE, NONE)
    end = land.rule[STOPS] + 2 * route + 1
    return max(np.int64(state.clock[end, BEFORE]), np.int64(state.clock[end, EARLY] - state.clock[end, LEAVE]))


@numba.njit(cache=True, nogil=True)
def _touch(state, route):
    if state.stamp[route] != state.sums[ROUNDS]:
        state.stamp[route] = state.sums[ROUNDS]
        state.before[route] = state.tally[route, EXTRA]
        state.touched[state.sums[TOUCHED]] = route
        state.sums[TOUCHED] += 1


@numba.njit(cache=True, nogil=True)
def _link(land, state, u, v, profile):
    """Let `v` follow `u`; the change in price."""
    node, stops = state.node, land.rule[STOPS]
    price = np.int64(0) if u >= stops and v >= stops else np.int64(land.cost[profile, u, v])
    node[u, NEXT], node[v, PREV], node[u, LEG] = v, u, price
    return price


@numba.njit(cache=True, nogil=True)
def _put(land, state, c, u):
    """Put stop `c` after node `u`; the change in the price of legs and fees."""
    node = state.node
    route, v = np.int64(node[u, ROUTE]), np.int64(node[u, NEXT])
    profile = land.courier[route, PROFILE]
    old = np.int64(node[u, LEG])
    node[c, ROUTE] = route
    for dimension in range(land.demand.shape[1]):
        state.load[route, dimension] += land.demand[c, dimension]
    state.tally[route, SIZE] += 1
    state.sums[HELD] += 1
    state.sums[USED] += state.tally[route, SIZE] == 1
    if land.rule[BALANCE] > 0:
        state.tally[route, WORK] += (
            np.int64(land.time[profile, u, c])
            + land.time[profile, c, v]
            - (land.time[profile, u, v] if state.tally[route, SIZE] > 1 else 0)
        )
    fee = land.fee[land.courier[route, KIND], c] if land.rule[FEES] != 0 else np.int64(0)
    return fee + _link(land, state, u, c, profile) + _link(land, state, c, v, profile) - old


@numba.njit(cache=True, nogil=True)
def _take(land, state, c):
    """Take stop `c` out of its route; the change in the price of legs and fees."""
    node = state.node
    route, u, v = np.int64(node[c, ROUTE]), np.int64(node[c, PREV]), np.int64(node[c, NEXT])
    profile = land.courier[route, PROFILE]
    old = np.int64(node[u, LEG]) + node[c, LEG]
    node[c, ROUTE] = NONE
    for dimension in range(land.demand.shape[1]):
        state.load[route, dimension] -= land.demand[c, dimension]
    state.tally[route, SIZE] -= 1
    state.sums[HELD] -= 1
    state.sums[USED] -= state.tally[route, SIZE] == 0
    if land.rule[BALANCE] > 0:
        state.tally[route, WORK] -= (
            np.int64(land.time[profile, u, c])
            + land.time[profile, c, v]
            - (land.time[profile, u, v] if state.tally[route, SIZE] > 0 else 0)
        )
    fee = land.fee[land.courier[route, KIND], c] if land.rule[FEES] != 0 else np.int64(0)
    return _link(land, state, u, v, profile) - old - fee


@numba.njit(cache=True, nogil=True)
def _note(state, c, u):
    at = state.sums[LOGGED]
    state.log[at, 0], state.log[at, 1] = c, u
    state.sums[LOGGED] = at + 1


@numba.njit(cache=True, nogil=True)
def _pull_string(land, state, c, length):
    """Take out a string of about `length` stops around `c`, in half of the cases sparing some in its middle."""
    node, stops, random = state.node, land.rule[STOPS], state.random
    route = np.int64(node[c, ROUTE])
    size = state.tally[route, SIZE]
    spared = np.int64(0)
    if length > 1 and length < size and _draw(random) < SPLIT:
        spared = np.int64(1)
        while length + spared < size and _draw(random) < DEEPER:
            spared += 1
    span = length + spared
    ahead, w = np.int64(0), np.int64(node[c, NEXT])
    while ahead < span - 1 and w < stops:
        ahead += 1
        w = np.int64(node[w, NEXT])
    behind, w = np.int64(0), np.int64(node[c, PREV])
    while behind < span - 1 and w < stops:
        behind += 1
        w = np.int64(node[w, PREV])
    least, most = span - 1 - ahead, behind
    offset = least + np.int64(_draw(random) * (most - least + 1))
    w = np.int64(c)
    for _ in range(offset):
        w = np.int64(node[w, PREV])
    spare_from = 1 + np.int64(_draw(random) * (length - 1)) if spared > 0 else span
    _touch(state, route)
    change = np.int64(0)
    for place in range(span):
        following = np.int64(node[w, NEXT])
        if (place < spare_from or place >= spare_from + spared) and land.locked[w] == 0:
            _note(state, w, NONE - node[w, PREV])
            change += _take(land, state, w)
            node[w, TAKEN] = state.sums[ROUNDS]
            state.loose[state.sums[LOOSE]] = w
            state.sums[LOOSE] += 1
        w = following
    return change + _settle(land, state, route)


@numba.njit(cache=True, nogil=True)
def _settle(land, state, route):
    """After stops left: the clocks anew, and the change in what the route costs beside its legs."""
    if land.rule[TIMED] != 0:
        _wind(land, state, route)
    return _recount(land, state, route)


@numba.njit(cache=True, nogil=True)
def _recount(land, state, route):
    old = state.tally[route, EXTRA]
    state.tally[route, EXTRA] = _extra(land, state, route)
    return state.tally[route, EXTRA] - old


@numba.njit(cache=True, nogil=True)
def _ruin(land, state):
    """Pull strings from routes near a random stop; the change in price, without what the stops left out cost."""
    node, rule, random, near = state.node, land.rule, state.random, land.near
    seed = np.int64(_draw(random) * rule[STOPS])
    longest = max(1.0, min(float(rule[STRING]), state.sums[HELD] / max(state.sums[USED], 1)))
    strings = np.int64(1.0 + _draw(random) * (4.0 * rule[REMOVED] / (1.0 + longest) - 1.0))
    state.sums[INVITED] = seed if node[seed, ROUTE] == NONE and _draw(random) < INVITING else NONE
    change, pulled = np.int64(0), np.int64(0)
    for k in range(-1, near.shape[1]):
        c = seed if k < 0 else np.int64(near[seed, k])
        if pulled >= strings or state.sums[LOOSE] > 4 * rule[REMOVED]:
            break
        route = np.int64(node[c, ROUTE])
        if route == NONE:
            if node[c, TAKEN] != state.sums[ROUNDS]:
                node[c, TAKEN] = state.sums[ROUNDS]
                state.loose[state.sums[LOOSE]] = c
                state.sums[LOOSE] += 1
                change -= land.penalty[c]
        elif state.ruined[route] != state.sums[ROUNDS]:
            state.ruined[route] = state.sums[ROUNDS]
            most = min(longest, float(state.tally[route, SIZE]))
            whole = pulled == 0 and state.tally[route, SIZE] <= WHOLE and _draw(random) < AWAY
            length = state.tally[route, SIZE] if whole else np.int64(1.0 + _draw(random) * most)
            change += _pull_string(land, state, c, length)
            pulled += 1
    return change


@numba.njit(cache=True, nogil=True)
def _idle_courier(land, state, kind):
    """A courier of this kind without work; NONE when all are busy."""
    courier = state.free[kind]
    if state.tally[courier, SIZE] == 0:
        return courier
    for other in range(land.kinds[kind], land.kinds[kind + 1]):
        if state.tally[other, SIZE] == 0:
            state.free[kind] = other
            return other
    return NONE


@numba.njit(cache=True, nogil=True)
def _next_blink(random):
    """How many places are looked at before one is overlooked, one in a hundred."""
    return np.int64(np.log(1.0 - _draw(random)) / np.log(0.99))


@numba.njit(cache=True, nogil=True)
def _find_place(land, state, c):
    """The node after which stop `c` is cheapest; NONE when leaving it out is."""
    node, clock, tally, load = state.node, state.clock, state.tally, state.load
    rule, courier, beside, window, windows = land.rule, land.courier, land.beside, land.window, land.windows
    cost, cost_to, time, time_to, demand, capacity = (
        land.cost, land.cost_to, land.time, land.time_to, land.demand, land.capacity
    )  # fmt: skip
    timed, spans, balance, fees = rule[TIMED] != 0, rule[SPANS] != 0, rule[BALANCE] > 0, rule[FEES] != 0
    locks = rule[LOCKS] != 0
    first, end, dimensions = windows[c], windows[c + 1], demand.shape[1]
    neighbours, stops = beside.shape[1], rule[STOPS]
    blink = state.sums[BLINK]
    best, place = np.int64(DEAR) if state.sums[INSIST] != 0 else land.penalty[c], np.int64(NONE)
    for candidate in range(neighbours + rule[KINDS]):
        if candidate < neighbours:
            u = np.int64(beside[c, candidate])
            before = u & 1
            u >>= 1
            route = np.int64(node[u, ROUTE])
            if route == NONE:
                continue
            if before != 0:
                u = np.int64(node[u, PREV])
        else:
            route = np.int64(_idle_courier(land, state, candidate - neighbours))
            if route == NONE:
                continue
            u = stops + 2 * route
        fits = True
        for dimension in range(dimensions):
            fits = fits and load[route, dimension] + demand[c, dimension] <= capacity[route, dimension]
        if not fits:
            continue
        v = np.int64(node[u, NEXT])
        profile = courier[route, PROFILE]
        price = np.int64(cost_to[profile, c, u]) + cost[profile, c, v] - node[u, LEG]
        if tally[route, SIZE] == 0:
            price += courier[route, FIXED]
        if price >= best:
            continue
        if blink == 0:
            blink = _next_blink(state.random)
            continue
        blink -= 1
        if fees:
            price += land.fee[courier[route, KIND], c]
            if price >= best:
                continue
        if locks and land.locked[v] != 0:
            continue
        if timed:
            here = np.int64(clock[u, EARLY]) + time_to[profile, c, u]
            knock = np.int64(NEVER)
            for row in range(first, end):
                if here <= window[row, 1]:
                    knock = max(here, np.int64(window[row, 0]))
                    break
            there = knock + time[profile, c, v]
            if there > clock[v, LATE]:
                continue
        if balance:
            more = np.int64(time_to[profile, c, u]) + time[profile, c, v]
            if tally[route, SIZE] > 0:
                more -= time[profile, u, v]
            price += _burden(land, tally[route, WORK] + more) - (
                _burden(land, tally[route, WORK]) if tally[route, SIZE] > 0 else 0
            )
            if price >= best:
                continue
        if spans:
            if courier[route, ODD] != 0:
                duration = np.int64(_walk(land, state, route, u, c))
                if duration == NONE:
                    continue
            else:
                duration = _duration_with(land, state, c, u, v, there, profile)
            if duration > courier[route, LONGEST]:
                continue
            if courier[route, HOURLY] > 0:
                price += courier[route, HOURLY] * duration // 3600
                if tally[route, SIZE] > 0:
                    price -= tally[route, EXTRA] - courier[route, FIXED] - _burden(land, tally[route, WORK])
                if price >= best:
                    continue
        best, place = price, u
    state.sums[BLINK] = blink
    return place


@numba.njit(cache=True, nogil=True)
def _duration_with(land, state, c, u, v, there, profile):
    """The shortest time from leaving to being back with stop `c` between `u` and `v`; exact for single windows."""
    clock = state.clock
    ahead = np.int64(clock[u, BEFORE]) + land.time_to[profile, c, u]
    leave = min(np.int64(clock[u, LEAVE]), land.window[land.windows[c + 1] - 1, 1] - ahead)
    ahead += land.time[profile, c, v]
    leave = min(leave, clock[v, LATE] - ahead)
    back = max(np.int64(clock[v, BACK]), max(there, land.window[land.windows[v], 0]) + clock[v, AFTER])
    return max(ahead + clock[v, AFTER], back - leave)


@numba.njit(cache=True, nogil=True)
def _recreate(land, state, sorting):
    """Put the loose stops back in the order of a sorting, each where it is cheapest; the change in price."""
    loose, key, count = state.loose, state.key, state.sums[LOOSE]
    for n in range(count):
        c = np.int64(loose[n])
        key[c] = land.order[sorting, c] if sorting != NONE else np.int64(_draw(state.random) * DEAR)
    invited = state.sums[INVITED]
    if invited != NONE:
        key[invited] = -DEAR
    if count > MANY:
        loose[:count] = loose[:count][np.argsort(key[loose[:count]])]
    else:
        _sort(loose, key, count)
    change = np.int64(0)
    for n in range(count):
        c = np.int64(loose[n])
        if c == invited:
            state.sums[INSIST] = 1
        u = np.int64(_find_place(land, state, c))
        if c == invited:
            state.sums[INSIST] = 0
        if u == NONE:
            change += land.penalty[c]
            continue
        route = np.int64(state.node[u, ROUTE])
        _touch(state, route)
        _note(state, c, u)
        change += _put(land, state, c, u)
        if land.rule[TIMED] != 0:
            state.clock[c, EARLY], state.clock[c, LATE] = -NEVER, NEVER
            _forward(land, state, c, False)
            _backward(land, state, c, False)
        change += _recount(land, state, route)
    return change


@numba.njit(cache=True, nogil=True)
def _sort(loose, key, count):
    for n in range(1, count):
        c, m = loose[n], n
        while m > 0 and key[loose[m - 1]] > key[c]:
            loose[m] = loose[m - 1]
            m -= 1
        loose[m] = c


@numba.njit(cache=True, nogil=True)
def _undo(land, state):
    for at in range(state.sums[LOGGED] - 1, -1, -1):
        c, u = np.int64(state.log[at, 0]), np.int64(state.log[at, 1])
        if u >= 0:
            _take(land, state, c)
        else:
            _put(land, state, c, NONE - u)
    for n in range(state.sums[TOUCHED]):
        route = np.int64(state.touched[n])
        state.tally[route, EXTRA] = state.before[route]
        if land.rule[TIMED] != 0:
            _wind(land, state, route)


@numba.njit(cache=True, nogil=True)
def _cross(land, state, most):
    """Let two routes of one kind exchange what follows a random stop; the change in price, 0 when nothing changed.

    The exchange of Potvin & Rousseau (Journal of the Operational Research Society 46, 1995), which strings cannot do
    where routes are long. The cheapest is done, if it costs less than `most`. Clock and price of an exchange are known
    in constant time, its loads in the time of walking two tails.
    """
    node, cost, stops, beside, courier = state.node, land.cost, land.rule[STOPS], land.beside, land.courier
    u = np.int64(_draw(state.random) * stops)
    route = np.int64(node[u, ROUTE])
    if route == NONE:
        return np.int64(0)
    kind, profile, fixed = courier[route, KIND], courier[route, PROFILE], courier[route, FIXED]
    after, timed = np.int64(node[u, NEXT]), land.rule[TIMED] != 0
    best, chosen = np.int64(most), np.int64(NONE)
    for candidate in range(beside.shape[1]):
        v = np.int64(beside[u, candidate])
        if v & 1 == 0:
            continue
        v >>= 1
        other = np.int64(node[v, ROUTE])
        if other in (NONE, route) or courier[other, KIND] != kind:
            continue
        before = np.int64(node[v, PREV])
        price = np.int64(cost[profile, u, v]) - node[u, LEG] - node[before, LEG]
        if price >= best:
            continue
        price += cost[profile, before, after] if before < stops or after < stops else -fixed
        if price >= best:
            continue
        if timed:
            if not _in_time(land, state, u, v, 0, v):
                continue
            end = after if after < stops else stops + 2 * other + 1
            if (before < stops or end < stops) and not _in_time(land, state, before, end, 0, end):
                continue
        if _tails_fit(land, state, u, v):
            best, chosen = price, v
    if chosen == NONE:
        return np.int64(0)
    _exchange(land, state, u, chosen)
    return best


@numba.njit(cache=True, nogil=True)
def _tails_fit(land, state, u, v):
    """Whether both routes can carry what they would have when stop `v` followed stop `u` with all that comes after."""
    node, stops = state.node, land.rule[STOPS]
    route, other = np.int64(node[u, ROUTE]), np.int64(node[v, ROUTE])
    for dimension in range(land.demand.shape[1]):
        more = np.int64(0)
        w = np.int64(node[u, NEXT])
        while w < stops:
            more -= land.demand[w, dimension]
            w = np.int64(node[w, NEXT])
        w = np.int64(v)
        while w < stops:
            more += land.demand[w, dimension]
            w = np.int64(node[w, NEXT])
        if state.load[route, dimension] + more > land.capacity[route, dimension]:
            return False
        if state.load[other, dimension] - more > land.capacity[other, dimension]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _exchange(land, state, u, v):
    """Let `v` with all that follows it come after `u`, and what followed `u` after what was before `v`."""
    node, tally, stops = state.node, state.tally, land.rule[STOPS]
    route, other = np.int64(node[u, ROUTE]), np.int64(node[v, ROUTE])
    profile = land.courier[route, PROFILE]
    before, after = np.int64(node[v, PREV]), np.int64(node[u, NEXT])
    gone = _give_tail(land, state, after, route, other)
    come = _give_tail(land, state, v, other, route)
    state.sums[USED] -= (tally[route, SIZE] > 0) + (tally[other, SIZE] > 0)
    tally[route, SIZE] += come[0] - gone[0]
    tally[other, SIZE] += gone[0] - come[0]
    state.sums[USED] += (tally[route, SIZE] > 0) + (tally[other, SIZE] > 0)
    ends, other_ends = stops + 2 * route + 1, stops + 2 * other + 1
    _link(land, state, u, v, profile)
    _link(land, state, come[1], ends, profile)
    if gone[0] > 0:
        _link(land, state, before, after, profile)
        _link(land, state, gone[1], other_ends, profile)
    else:
        _link(land, state, before, other_ends, profile)
    _recount(land, state, route)
    _recount(land, state, other)
    if land.rule[TIMED] != 0:
        _forward(land, state, v, True)
        _backward(land, state, u, True)
        _forward(land, state, node[before, NEXT], True)
        _backward(land, state, before, True)


@numba.njit(cache=True, nogil=True)
def _give_tail(land, state, w, route, other):
    """Book stop `w` and all after it from one route to another; how many they are, and the last."""
    node, stops = state.node, land.rule[STOPS]
    count, last = np.int64(0), np.int64(NONE)
    while w < stops:
        node[w, ROUTE] = other
        for dimension in range(land.demand.shape[1]):
            state.load[route, dimension] -= land.demand[w, dimension]
            state.load[other, dimension] += land.demand[w, dimension]
        count += 1
        last = np.int64(w)
        w = np.int64(node[w, NEXT])
    return count, last


@numba.njit(cache=True, nogil=True)
def _trade(land, state, most):
    """Let two routes trade a few stops after a random one for a few near it; the change in price.

    The cheapest trade is done, if it costs less than `most`; some stops for none is one, too. Only such are looked at
    that bring the random stop a nearer follower.
    """
    node, cost, beside, courier, stops = state.node, land.cost, land.beside, land.courier, land.rule[STOPS]
    u = np.int64(_draw(state.random) * stops)
    route = np.int64(node[u, ROUTE])
    if route == NONE:
        return np.int64(0)
    kind, profile, fees = courier[route, KIND], courier[route, PROFILE], land.rule[FEES] != 0
    after, leg = np.int64(node[u, NEXT]), np.int64(node[u, LEG])
    best, chosen, given, taken = np.int64(most), np.int64(NONE), np.int64(0), np.int64(0)
    for candidate in range(beside.shape[1]):
        v = np.int64(beside[u, candidate])
        if v & 1 == 0:
            continue
        v >>= 1
        if cost[profile, u, v] >= leg:
            continue
        other = np.int64(node[v, ROUTE])
        if other in (NONE, route) or courier[other, PROFILE] != profile or (fees and courier[other, KIND] != kind):
            continue
        before = np.int64(node[v, PREV])
        nearer = np.int64(cost[profile, u, v]) - leg - node[before, LEG]
        last = u
        for gives in range(TRADED + 1):
            if gives > 0:
                last = np.int64(node[last, NEXT])
                if last >= stops:
                    break
            rest, final = np.int64(node[last, NEXT]), v
            for takes in range(1, TRADED + 1):
                if takes > 1:
                    final = np.int64(node[final, NEXT])
                    if final >= stops:
                        break
                beyond = np.int64(node[final, NEXT])
                price = nearer + cost[profile, final, rest] - node[final, LEG]
                if gives > 0:
                    price += np.int64(cost[profile, before, after]) + cost[profile, last, beyond] - node[last, LEG]
                elif before < stops or beyond < stops:
                    price += cost[profile, before, beyond]
                else:
                    price -= courier[other, FIXED]
                if price < best and _can_trade(land, state, u, gives, last, v, takes, final):
                    best, chosen, given, taken = price, v, np.int64(gives), np.int64(takes)
    return _swap(land, state, u, given, chosen, taken) if chosen != NONE else np.int64(0)


@numba.njit(cache=True, nogil=True)
def _can_trade(land, state, u, gives, last, v, takes, final):
    node, demand, load, capacity = state.node, land.demand, state.load, land.capacity
    route, other = np.int64(node[u, ROUTE]), np.int64(node[v, ROUTE])
    before, after = np.int64(node[v, PREV]), np.int64(node[u, NEXT])
    for dimension in range(demand.shape[1]):
        more, w = np.int64(0), np.int64(v)
        for _ in range(takes):
            more += demand[w, dimension]
            w = np.int64(node[w, NEXT])
        w = after
        for _ in range(gives):
            more -= demand[w, dimension]
            w = np.int64(node[w, NEXT])
        if load[route, dimension] + more > capacity[route, dimension]:
            return False
        if load[other, dimension] - more > capacity[other, dimension]:
            return False
    if land.rule[TIMED] == 0:
        return True
    rest, beyond = np.int64(node[last, NEXT]), np.int64(node[final, NEXT])
    return _in_time(land, state, u, v, takes, rest) and _in_time(land, state, before, after, gives, beyond)


@numba.njit(cache=True, nogil=True)
def _in_time(land, state, u, w, count, rest):
    """Whether who leaves `u` as early as can be is in time at `rest` by way of `count` stops, `w` the first."""
    node, clock, time, window, windows = state.node, state.clock, land.time, land.window, land.windows
    route = np.int64(node[u, ROUTE])
    profile = land.courier[route, PROFILE]
    moment, here = np.int64(clock[u, EARLY]), np.int64(u)
    ahead, leave = np.int64(clock[u, BEFORE]), np.int64(clock[u, LEAVE])
    for _ in range(count):
        way = np.int64(time[profile, here, w])
        moment = _knock(window, windows[w], windows[w + 1], moment + way)
        ahead += way
        leave = min(leave, window[windows[w + 1] - 1, 1] - ahead)
        here, w = np.int64(w), np.int64(node[w, NEXT])
    way = np.int64(time[profile, here, rest])
    if moment + way > clock[rest, LATE]:
        return False
    if land.rule[SPANS] == 0:
        return True
    ahead += way
    leave = min(leave, clock[rest, LATE] - ahead)
    there = max(moment + way, np.int64(window[windows[rest], 0]))
    back = max(np.int64(clock[rest, BACK]), there + clock[rest, AFTER])
    return max(ahead + clock[rest, AFTER], back - leave) <= land.courier[route, LONGEST]


@numba.njit(cache=True, nogil=True)
def _swap(land, state, u, given, v, taken):
    """Let so many stops after `u` and so many from `v` on change places; the change in price."""
    node = state.node
    route, other, before = np.int64(node[u, ROUTE]), np.int64(node[v, ROUTE]), np.int64(node[v, PREV])
    change = np.int64(0)
    for n in range(given):
        state.key[n] = node[u, NEXT]
        change += _take(land, state, state.key[n])
    place = u
    for _ in range(taken):
        w = np.int64(node[before, NEXT])
        change += _take(land, state, w)
        change += _put(land, state, w, place)
        place = w
    place = before
    for n in range(given):
        change += _put(land, state, state.key[n], place)
        place = state.key[n]
    return change + _settle(land, state, route) + _settle(land, state, other)


@numba.njit(cache=True, nogil=True)
def _keep(state):
    """Remember the routes as they are as the best."""
    for w in range(len(state.best)):
        state.best[w] = state.node[w, NEXT] if state.node[w, ROUTE] != NONE else NONE
    state.sums[BEST] = state.sums[COST]


@numba.njit(cache=True, nogil=True)
def _barter(land, state, temperature):
    """A few exchanges between two routes each: they cost a fraction of a round, and find what ruins seldom do."""
    for n in range(2 * BARTERED):
        most = np.int64(-temperature * np.log(1.0 - _draw(state.random)))
        change = _cross(land, state, most) if n % 2 == 0 else _trade(land, state, most)
        if change != 0:
            state.sums[COST] += change
            if state.sums[COST] < state.sums[BEST]:
                _keep(state)


_I4, _I8 = numba.types.int32, numba.types.int64
_LAND = numba.types.NamedTuple(
    [_I4[:, :, ::1]] * 4 + [_I4[:, ::1], _I4[:, ::1], _I8[:, ::1], _I8[:, ::1], _I8[::1], _I4[::1], _I4[::1], _I4[:, ::1], _I4[::1]]
    + [_I8[:, ::1], _I4[:, :, :, ::1], _I8[:, ::1], _I8[:, ::1], numba.types.uint8[::1]]
    + [_I4[::1], _I8[:, ::1], _I4[::1], _I8[::1]],
    Land,
)  # fmt: skip
_STATE = numba.types.NamedTuple(
    [_I4[:, ::1], _I4[:, ::1], _I8[:, ::1], _I8[:, ::1], _I4[::1], _I4[:, ::1], _I4[::1], _I8[::1], _I8[::1], _I8[::1]]
    + [_I4[::1], _I8[::1], _I4[::1], _I8[::1], numba.types.uint64[::1], _I8[::1]],
    State,
)  # fmt: skip


@numba.njit(numba.types.void(_LAND, _STATE, _I8, numba.types.boolean), cache=True, nogil=True)
def build(land, state, sorting, insist):
    """Put all stops that `State.loose` holds into routes, once, in the order of `sorting`; the price becomes right.

    With `insist` even those whose leaving out would be cheaper, as only together some stops are worth a way.
    """
    for route in range(land.rule[COURIERS]):
        if land.rule[TIMED] != 0:
            _wind(land, state, route)
        state.sums[COST] += _recount(land, state, route)
    for n in range(state.sums[LOOSE]):
        state.sums[COST] -= land.penalty[state.loose[n]]
    state.sums[INSIST], state.sums[INVITED] = insist, NONE
    state.sums[COST] += _recreate(land, state, sorting)
    state.sums[INSIST] = state.sums[LOGGED] = state.sums[TOUCHED] = state.sums[LOOSE] = 0
    _keep(state)


@numba.njit(numba.types.void(_LAND, _STATE, _I8, numba.types.float64, numba.types.float64), cache=True, nogil=True)
def anneal(land, state, rounds, hot, cold):
    """`rounds` rounds of ruin and recreate while the temperature falls from `hot` to `cold`, in the unit of the price."""
    cooling = (cold / hot) ** (1.0 / max(rounds, 1))
    temperature = hot
    plain = land.rule[BALANCE] == 0 and land.rule[LOCKS] == 0
    for courier in range(land.rule[COURIERS]):
        plain = plain and land.courier[courier, ODD] == 0 and land.courier[courier, HOURLY] == 0
    for _ in range(rounds):
        state.sums[ROUNDS] += 1
        state.sums[LOGGED] = state.sums[TOUCHED] = state.sums[LOOSE] = 0
        change = _ruin(land, state)
        change += _recreate(land, state, land.sortings[np.int64(_draw(state.random) * len(land.sortings))])
        if change < -temperature * np.log(1.0 - _draw(state.random)):
            state.sums[COST] += change
            if state.sums[COST] < state.sums[BEST]:
                _keep(state)
        else:
            _undo(land, state)
        if plain:
            _barter(land, state, temperature)
        temperature *= cooling
