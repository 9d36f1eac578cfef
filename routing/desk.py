"""The commands for whoever sits at the desk: explain a plan, report on it, put late stops in."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from routing.errors import InvalidProblem
from routing.explain import why
from routing.goals import Goals, goals
from routing.insert import disturbance, insert
from routing.plan import Plan
from routing.problem import Problem
from routing.reasons import left_out
from routing.words import of_left_out, of_served, span


def explain(problem: Problem, plan: Plan, stop_id: str | None) -> Iterator[str]:
    """Sentences about one stop, or about all that are left out."""
    if stop_id is None:
        for left in left_out(problem, plan):
            yield from of_left_out(left)
        return
    if stop_id not in {stop.id for stop in problem.stops}:
        raise InvalidProblem(f"stop {stop_id} is not in the problem")
    served = {visit.stop_id for route in plan.routes for visit in route.visits}
    if stop_id in served:
        yield from of_served(why(problem, plan, stop_id))
        return
    for left in left_out(problem, plan):
        if left.stop_id == stop_id:
            yield from of_left_out(left)


def report(problem: Problem, plan: Plan, *, as_json: bool) -> str:
    """Every goal as the plan attains it."""
    measured = goals(problem, plan)
    return json.dumps(asdict(measured), indent=1) if as_json else "\n".join(_lines(measured))


def _lines(one: Goals) -> Iterator[str]:
    work, territory, compact = one.work, one.territory, one.compactness
    yield f"cost         {one.cost}, of which penalties {one.penalties}"
    yield f"stops        {one.served} served in {one.routes} routes, {one.left_out} left out"
    yield f"driving      {span(one.driving)}, {one.metres} m; waiting and parking {span(one.waiting)}"
    yield (
        f"work         {span(work.least)} to {span(work.most)}, mean {span(round(work.mean))}, "
        f"deviation {span(round(work.deviation))}; price {work.price}"
    )
    yield f"territory    {territory.strangers} served by strangers ({territory.share:.1%}); price {territory.price}"
    yield (
        f"compactness  {span(compact.jumps)} of jumps, price {compact.price}; {compact.crossings} crossings, "
        f"{compact.spread:.4g} from the middle"
    )


def put_in(problem: Problem, plan: Plan) -> Plan:
    """`plan` with the late stops put in; what that changed for others is told on the error output."""
    after = insert(problem, plan)
    changed = disturbance(plan, after)
    told = f"{len(changed.added)} put in, {len(after.left_out)} left out; {len(changed.moved)} knocks moved by more"
    sys.stderr.write(f"{told} than 15 min, the most by {span(changed.longest_move)}\n")
    return after
