"""What this project wants to reach, and whether it did: each goal is read off the results, or is not measured."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from benchmarks.measuring import Result

RATIOS = {"x-small": 0.6, "x-large": 0.4, "vrptw": 0.4, "mdvrptw": 0.7, "pcvrptw": 0.7}
MB_PER_GB = 1024


class Verdict(NamedTuple):
    """A goal and what was measured; `met` is None where there was nothing to measure it by."""

    goal: str
    measured: str
    met: bool | None


def verdicts(results: Sequence[Result]) -> Iterator[Verdict]:
    """All goals to which some of the results belong."""
    by_set: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_set[result.set_name].append(result)
    for name, most in RATIOS.items():
        if by_set[name]:
            yield _ratio(name, most, by_set[name])
    yield from _xxl(by_set["xxl"])
    yield from _days(by_set["days"])
    yield from _growth(by_set["growth"])
    yield from _ortools(by_set["ortools"])
    yield from _never_worse(results)
    yield from _on_time(results)


def _ratio(name: str, most: float, results: Sequence[Result]) -> Verdict:
    goal = f"{name}: our mean gap at most {most} × PyVRP's"
    pairs = [(ours.gap, theirs.gap) for ours, theirs in _side_by_side(results, "tannha", "pyvrp")]
    if not pairs:
        return Verdict(goal, "one of the two was not measured", None)
    if any(ours is None for ours, _ in pairs):
        return Verdict(goal, "we have no whole plan for some", False)
    both = [(ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None]
    if not both:
        return Verdict(goal, "PyVRP has no whole plan", None)
    ours, theirs = (fmean(gaps) for gaps in zip(*both, strict=True))
    lacking = f", without {len(pairs) - len(both)} that PyVRP did not solve" if len(both) < len(pairs) else ""
    ratio = f" = {ours / theirs:.2f}" if theirs > 0 else ""
    return Verdict(goal, f"{ours:.2f} % / {theirs:.2f} %{ratio}{lacking}", ours <= most * theirs)


def _xxl(results: Sequence[Result]) -> Iterator[Verdict]:
    for result in _of(results, "tannha"):
        gap = result.gap
        text = "no whole plan" if gap is None else f"{gap:.2f} %"
        yield Verdict(f"{result.case}: a gap of at most 3.5 %", text, gap is not None and gap <= 3.5)
        yield _within(f"{result.case}: peak memory at most 2 GB", result.peak_mb / MB_PER_GB, 2, "GB")


def _days(results: Sequence[Result]) -> Iterator[Verdict]:
    for peer in ("vroom", "ortools"):
        for ours, theirs in _side_by_side(results, "tannha", peer):
            yield _no_more_left_out(ours, theirs)
    yield from (_first(result) for result in _of(results, "tannha"))


def _no_more_left_out(ours: Result, theirs: Result) -> Verdict:
    """What is left out is compared first, from the most urgent down; only where it is the same, the travel."""
    goal = f"{ours.case}: no more left out than {theirs.solver}, then at least 3 % less travel"
    if theirs.failed or theirs.wrong:
        return Verdict(goal, f"it has no right plan: {theirs.failed or theirs.wrong[0]}", None)
    if ours.failed or ours.wrong:
        return Verdict(goal, "we have no right plan", False)
    mine, other = _urgent_first(ours, theirs), _urgent_first(theirs, ours)
    less = 100 * (1 - ours.travel / theirs.travel) if theirs.travel else 0.0
    missed = f"{sum(ours.left_out.values())} against {sum(theirs.left_out.values())} left out, {less:.1f} % less travel"
    return Verdict(goal, missed, mine < other or (mine == other and less >= 3))


def _urgent_first(result: Result, other: Result) -> list[int]:
    priorities = sorted({*result.left_out, *other.left_out}, reverse=True)
    return [result.left_out.get(priority, 0) for priority in priorities]


def _growth(results: Sequence[Result]) -> Iterator[Verdict]:
    ours = sorted(_of(results, "tannha"), key=lambda result: result.stops)
    yield from (_first(result) for result in ours)
    for result in ours:
        if most := {5_000: 0.5, 20_000: 2.0}.get(result.stops):
            yield _within(f"{result.case}: peak memory at most {most} GB", result.peak_mb / MB_PER_GB, most, "GB")
    for small, large in pairwise(result for result in ours if result.stops >= 5_000):
        goal = f"{small.stops} → {large.stops} stops: a plan within 5 % of the final takes at most 5 × as long"
        before, after = _nearly_done(small), _nearly_done(large)
        if before is None or after is None:
            yield Verdict(goal, "no series of costs", None)
        else:
            yield Verdict(goal, f"{before:.1f} s → {after:.1f} s = {after / before:.1f} ×", after <= 5 * before)


def _nearly_done(result: Result) -> float | None:
    """When the plan was first within 5 % of the final cost."""
    final = result.series[-1][1] if result.series else 0
    return next((max(seconds, 0.01) for seconds, cost in result.series if cost <= 1.05 * final), None)


def _first(result: Result) -> Verdict:
    most = 1 if result.stops <= 1_000 else 2 if result.stops <= 5_000 else 15
    goal = f"{result.case}: a first plan within {most} s"
    return Verdict(goal, "none told", False) if result.first is None else _within(goal, result.first, most, "s")


def _ortools(results: Sequence[Result]) -> Iterator[Verdict]:
    for result in _of(results, "tannha-ortools"):
        if result.published:
            most = 3 if result.stops <= 200 else 5
            text = "no whole plan" if result.gap is None else f"{result.gap:.2f} %"
            met = result.gap is not None and result.gap <= most
            yield Verdict(f"engine ortools, {result.case}: a gap of at most {most} % in {result.limit:g} s", text, met)
        else:
            count = sum(result.left_out.values())
            met = count == 0 and not (result.failed or result.wrong)
            yield Verdict(f"engine ortools, {result.case}: none left out", f"{count} left out", met)


def _never_worse(results: Sequence[Result]) -> Iterator[Verdict]:
    pairs = list(_side_by_side(results, "tannha-ortools", "ortools"))
    compared = [(ours, theirs) for ours, theirs in pairs if not (theirs.failed or theirs.wrong)]
    worse = [ours.case for ours, theirs in compared if _is_worse(ours, theirs)]
    if compared:
        text = f"worse on {', '.join(worse)}" if worse else f"on none of {len(compared)}"
        yield Verdict("engine ortools: never worse than OR-Tools as most write it", text, not worse)


def _is_worse(ours: Result, theirs: Result) -> bool:
    if ours.failed or ours.wrong:
        return True
    return (_urgent_first(ours, theirs), ours.cost) > (_urgent_first(theirs, ours), theirs.cost)


def _on_time(results: Sequence[Result]) -> Iterator[Verdict]:
    for solver in ("tannha", "tannha-even", "tannha-ortools"):
        if ours := [result for result in _of(results, solver) if not result.failed]:
            last = max(ours, key=lambda result: result.wall / result.limit)
            over = 100 * (last.wall / last.limit - 1)
            yield Verdict(f"{solver}: wall time at most 2 % over the limit", f"{over:.1f} % ({last.case})", over <= 2)


def _within(goal: str, value: float, most: float, what: str) -> Verdict:
    return Verdict(goal, f"{value:.2f} {what}", value <= most)


def _of(results: Iterable[Result], solver: str) -> Iterator[Result]:
    return (result for result in results if result.solver == solver)


def _side_by_side(results: Iterable[Result], ours: str, theirs: str) -> Iterator[tuple[Result, Result]]:
    """Results of the two for the same case, with the same seed and time."""
    key: Callable[[Result], tuple[object, ...]] = lambda one: (one.set_name, one.case, one.seed, one.limit)  # noqa: E731
    results = list(results)
    others = {key(result): result for result in _of(results, theirs)}
    return ((result, others[key(result)]) for result in _of(results, ours) if key(result) in others)
