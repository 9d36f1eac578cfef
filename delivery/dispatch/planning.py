"""Planning: a day's batches become problems for the optimiser, its answers become routes that people follow."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

import routing
from delivery.cases import open_among, open_case
from delivery.database import Database, database_now
from delivery.dispatch.batching import batches_of, find_batch
from delivery.dispatch.planners import planners
from delivery.errors import NotFound, NotNow, Unbalanced
from delivery.i18n import gettext as _
from delivery.jobs.queue import put
from delivery.jobs.work import Work
from delivery.models import Batch, CaseKind, Courier, Custody, Item, LeftOut, Plan, PlanState, Route, Stop
from delivery.rules.slots import parse_slots

if TYPE_CHECKING:
    from delivery.travelling import Travelling

# Seconds at the door: find the person, check the paper, take the signature; and once per address to park and walk.
AT_THE_DOOR = 150
AT_THE_PLACE = 60
# Where the door is known only roughly, the courier looks for it: so many seconds for each metre, up to a bound.
EXACT_M, SECONDS_A_METRE, LONGEST_LOOK = 50, 0.5, 180
PROGRESS_EVERY = 0.5
# A batch among many gets so many seconds however few stops it has, unless less was asked for.
LEAST_SECONDS = 1.0
Ways = dict[str, list[int] | None]


@dataclass(frozen=True, slots=True)
class Task:
    """One batch as the optimiser sees it."""

    batch_id: int
    problem: routing.Problem


def request_plan(session: Session, *, code: str | None, day: date | None, seconds: float, at: datetime) -> Plan:
    """Ask for a plan of one batch, or of all batches of a day; a worker makes it.

    Raises NotFound when there is nothing to plan, NotNow when a batch has begun to leave the house.
    """
    batches = [find_batch(session, code)] if code else batches_of(session, day or at.date())
    planned = [batch for batch in batches if code or not _has_left(session, batch)]
    if not planned:
        raise NotFound(_("There is no batch to plan for that day. First: tannha batch --date …"))
    for batch in planned:
        if _has_left(session, batch):
            raise NotNow(
                _("Batch {code} has been handed over in part; its plan can no longer change").format(code=batch.code)
            )
    plan = Plan(day=planned[0].day, batches={"ids": [b.id for b in planned]}, seconds=seconds, created_at=at)
    session.add(plan)
    session.flush()
    put(session, "plan", plan.id)
    return plan


def make_plan(work: Work) -> None:
    """The job: solve each batch of the plan in its share of the time, then publish all answers at once."""
    database, plan_id = work.service.database, work.lease.key
    with database.read() as session:
        plan = session.get_one(Plan, plan_id)
        tasks = [_task(_whole(session, batch_id)) for batch_id in plan.batches["ids"]]
        seconds = plan.seconds
    # No transaction is open: a routing server may be asked.
    problems = [task.problem for task in tasks]
    places = [place for problem in problems for place in _places(problem)]
    travelling = work.service.travelling().among(places, _hours(problems))
    tasks = [replace(task, problem=replace(task.problem, travel=travelling.travel)) for task in tasks]
    answers = _solve_all(work, tasks, seconds)
    ways = [_ways(travelling, task.problem, answer) for task, answer in zip(tasks, answers, strict=True)]
    with database.write() as session:
        plan = session.get_one(Plan, plan_id)
        plan.travel = travelling.kind
        for task, answer, lines in zip(tasks, answers, ways, strict=True):
            _publish(session, plan, task, answer, lines)
        plan.state = PlanState.CANCELLED if plan.cancel_wanted else PlanState.DONE
        plan.finished_at = database_now(session)
        plan.cost = sum(answer.cost for answer in answers)
        work.lease.finish(session)


def cancel_plan(plan: Plan) -> None:
    """Ask the optimiser to stop; the best routes found so far are kept."""
    plan.cancel_wanted = True


def _has_left(session: Session, batch: Batch) -> bool:
    left = sa.select(Item.id).where(Item.batch_id == batch.id, Item.custody != Custody.WARD)
    return session.scalar(left.limit(1)) is not None


def _whole(session: Session, batch_id: int) -> Batch:
    whole = selectinload(Batch.items).selectinload(Item.results)
    return session.get_one(Batch, batch_id, options=[whole])


def _task(batch: Batch) -> Task:
    couriers = tuple(_courier(courier) for courier in batch.office.couriers if courier.active)
    stops = tuple(_stop(item) for item in batch.items if item.custody is Custody.WARD and item.recalled_at is None)
    return Task(batch.id, routing.Problem(stops=stops, couriers=couriers))


def _places(problem: routing.Problem) -> Iterator[routing.Location]:
    yield from (stop.location for stop in problem.stops)
    for courier in problem.couriers:
        yield from (courier.start, courier.home)


def _hours(problems: Sequence[routing.Problem]) -> range:
    """The hours of the day in which somebody is out."""
    shifts = [courier.shift for problem in problems for courier in problem.couriers]
    first, last = min((s.start for s in shifts), default=0), max((s.end for s in shifts), default=1)
    return range(first // 3600, -(-last // 3600))


def _stop(item: Item) -> routing.Stop:
    result = item.first
    if result.lat is None or result.lon is None:
        raise NotNow(_("An envelope of this batch has lost its place on the map. Run: tannha geocode"))
    return routing.Stop(
        id=str(item.id),
        location=routing.Location(result.lat, result.lon),
        service=AT_THE_DOOR,
        windows=tuple(routing.TimeWindow(*slot) for slot in parse_slots(result.slots)),
        # Neighbours in one house are one parking: the place is the point on the map to about ten metres.
        place=f"{result.lat:.4f},{result.lon:.4f}",
        place_setup=AT_THE_PLACE + searching(result.radius_m),
    )


def searching(radius_m: int | None) -> int:
    """Seconds that finding the door takes beside parking, when its place is known within `radius_m`."""
    return min(LONGEST_LOOK, round(SECONDS_A_METRE * max(0, (radius_m or 0) - EXACT_M)))


def _courier(courier: Courier) -> routing.Courier:
    breaks: tuple[routing.Break, ...] = ()
    if courier.break_start is not None and courier.break_end is not None and courier.break_length:
        window = routing.TimeWindow(courier.break_start, courier.break_end)
        breaks = (routing.Break(windows=(window,), duration=courier.break_length),)
    return routing.Courier(
        id=str(courier.id),
        start=routing.Location(courier.office.lat, courier.office.lon),
        shift=routing.TimeWindow(courier.shift_start, courier.shift_end),
        capacity=(courier.capacity,),
        breaks=breaks,
    )


def _solve_all(work: Work, tasks: Sequence[Task], seconds: float) -> list[routing.Plan]:
    total = sum(len(task.problem.stops) for task in tasks) or 1
    answers: list[routing.Plan] = []
    watch = _Watch(work, len(tasks), total)
    for task in tasks:
        share = max(min(LEAST_SECONDS, seconds), seconds * len(task.problem.stops) / total)
        with planners(work.service, len(task.problem.stops)) as (executor, workers):
            answer = routing.solve(
                task.problem, seconds=share, workers=workers, executor=executor,
                progress=watch.see(len(answers), share), cancelled=watch.is_cancelled,
            )  # fmt: skip
        if wrong := routing.check(task.problem, answer):
            raise Unbalanced(f"the plan breaks its own rules: {wrong[0]}")
        answers.append(answer)
    return answers


class _Watch:
    """Shows how far the optimiser has come, and hears whether a person wants it to stop."""

    def __init__(self, work: Work, tasks: int, stops: int) -> None:
        self.work, self.tasks, self.stops = work, tasks, stops
        self.seen_at = 0.0
        self.cancelled = False

    def see(self, done: int, share: float) -> Callable[[routing.Progress], None]:
        def report(progress: routing.Progress) -> None:
            if time.monotonic() - self.seen_at < PROGRESS_EVERY:
                return
            self.seen_at = time.monotonic()
            part = (done + min(progress.elapsed / share, 1.0)) / self.tasks
            self._write({"part": round(part, 3), "batch": done + 1, "batches": self.tasks, "cost": progress.cost})

        return report

    def is_cancelled(self) -> bool:
        return self.cancelled

    def _write(self, progress: dict[str, Any]) -> None:
        service = self.work.service
        with service.database.write() as session:
            self.work.lease.renew(session, service.settings.lease_seconds, progress)
            self.cancelled = session.get_one(Plan, self.work.lease.key).cancel_wanted


def _ways(travelling: "Travelling", problem: routing.Problem, answer: routing.Plan) -> Ways:
    """For each courier with stops the line along the streets, from the office and back."""
    doors = {stop.id: stop.location for stop in problem.stops}
    starts = {courier.id: courier.start for courier in problem.couriers}
    return {
        route.courier_id: travelling.way(
            [starts[route.courier_id], *(doors[visit.stop_id] for visit in route.visits), starts[route.courier_id]]
        )
        for route in answer.routes
        if route.visits
    }


def _publish(session: Session, plan: Plan, task: Task, answer: routing.Plan, ways: Ways) -> None:
    batch = session.get_one(Batch, task.batch_id)
    batch.plan_id = plan.id
    for route in answer.routes:
        if route.visits:
            session.add(_route(session, plan, route, ways[route.courier_id]))
    left_out = {int(missed.stop_id): missed for missed in answer.left_out}
    now = database_now(session)
    asked = open_among(session, CaseKind.LEFT_OUT, [f"item:{item.id}" for item in batch.items])
    for item in batch.items:
        missed = left_out.get(item.id)
        case = asked.get(f"item:{item.id}")
        if missed is None and case is not None:
            case.closed_at, case.closed_by, case.decision = now, f"plan:{plan.id}", "planned"
        elif missed is not None:
            facts = {"reason": missed.reason.value, **missed.facts}
            session.add(LeftOut(plan_id=plan.id, item_id=item.id, reason=missed.reason.value, facts=dict(missed.facts)))
            open_case(session, CaseKind.LEFT_OUT, f"item:{item.id}", at=now, office_id=item.office_id, facts=facts)


def _route(session: Session, plan: Plan, route: routing.Route, way: list[int] | None) -> Route:
    courier = session.get_one(Courier, int(route.courier_id))
    made = Route(
        plan_id=plan.id, courier_id=courier.id, code=courier.code,
        leave=route.leave, back=route.back, distance=route.distance, driving=route.driving, way=way,
    )  # fmt: skip
    made.stops = [
        Stop(item_id=int(v.stop_id), position=n, arrival=v.arrival, start=v.start, departure=v.departure)
        for n, v in enumerate(route.visits, start=1)
    ]
    return made


def latest_plan(database: Database, day: date) -> Plan | None:
    """The newest plan that was made for a day."""
    with database.read() as session:
        return session.scalar(sa.select(Plan).where(Plan.day == day).order_by(Plan.id.desc()).limit(1))
