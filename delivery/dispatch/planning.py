"""Planning: a day's batches become problems for the optimiser, its answers become routes that people follow."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

import routing
from delivery.database import Database, database_now
from delivery.dispatch.batching import batches_of, find_batch, has_left
from delivery.dispatch.planners import planners
from delivery.dispatch.problems import hours_of, places_of, problem_of, to_carry
from delivery.dispatch.trips import busy_until
from delivery.dispatch.versions import Ways, follow, orders_of, ways_of, write_version
from delivery.dispatch.wishes import Wishes
from delivery.errors import NotFound, NotNow, Unbalanced
from delivery.i18n import gettext as _
from delivery.jobs.queue import put
from delivery.jobs.work import Work
from delivery.models import Batch, Item, Plan, PlanState

PROGRESS_EVERY = 0.5
# A batch among many gets so many seconds however few stops it has, unless less was asked for.
LEAST_SECONDS = 1.0


def request_plan(session: Session, *, code: str | None, day: date | None, seconds: float, at: datetime) -> Plan:
    """Ask for a plan of one batch, or of all batches of a day; a worker makes it.

    Raises NotFound when there is nothing to plan, NotNow when a batch has begun to leave the house.
    """
    batches = [find_batch(session, code)] if code else batches_of(session, day or at.date())
    planned = [batch for batch in batches if code or not has_left(session, batch)]
    if not planned:
        raise NotFound(_("There is no batch to plan for that day. First: tannha batch --date …"))
    for batch in planned:
        if has_left(session, batch):
            raise NotNow(
                _("Batch {code} has been handed over in part; its plan can no longer change").format(code=batch.code)
            )
    plan = Plan(day=planned[0].day, batches={"ids": [b.id for b in planned]}, seconds=seconds, created_at=at)
    session.add(plan)
    session.flush()
    put(session, "plan", plan.id)
    return plan


def make_plan(work: Work) -> None:
    """The job: solve each batch of the plan in its share of the time, then write all answers down at once.

    The batches follow them from then on. A plan that was asked for on a batch's board becomes its draft instead.
    """
    database, plan_id = work.service.database, work.lease.key
    with database.read() as session:
        plan = session.get_one(Plan, plan_id)
        seconds, wishes = plan.seconds, Wishes.of(plan.wishes)
        problems = [_problem(session, plan, batch_id, wishes) for batch_id in plan.batches["ids"]]
    # No transaction is open: a routing server may be asked.
    places = [place for problem in problems for place in places_of(problem)]
    travelling = work.service.travelling().among(places, hours_of(problems))
    problems = [replace(problem, travel=travelling.travel) for problem in problems]
    answers = _solve_all(work, problems, seconds)
    ways = [ways_of(travelling, problem, answer) for problem, answer in zip(problems, answers, strict=True)]
    with database.write() as session:
        plan = session.get_one(Plan, plan_id)
        plan.travel = travelling.kind
        for batch_id, answer, lines in zip(plan.batches["ids"], answers, ways, strict=True):
            _take(session, plan, session.get_one(Batch, batch_id, with_for_update=True), answer, lines)
        plan.state = PlanState.CANCELLED if plan.cancel_wanted else PlanState.DONE
        plan.finished_at = database_now(session)
        plan.cost = sum(answer.cost for answer in answers)
        work.lease.finish(session)


def _take(session: Session, plan: Plan, batch: Batch, answer: routing.Plan, ways: Ways) -> None:
    waiting = Wishes.of(plan.wishes).out & {item.id for item in to_carry(batch)}
    write_version(session, plan, answer, ways, by_hand=waiting)
    if has_left(session, batch):
        # Its first envelopes were handed over while the optimiser was busy: what is signed for stays as it is.
        return
    if plan.batch_id is None:
        follow(session, batch, plan, database_now(session))
    elif plan.parent_id == (batch.draft_id or batch.plan_id):
        batch.draft_id = plan.id
    # Else somebody went on by hand meanwhile: the answer waits among the versions, and overwrites nothing.


def cancel_plan(plan: Plan) -> None:
    """Ask the optimiser to stop; the best routes found so far are kept."""
    plan.cancel_wanted = True


def _whole(session: Session, batch_id: int) -> Batch:
    whole = selectinload(Batch.items).selectinload(Item.results)
    return session.get_one(Batch, batch_id, options=[whole])


def _problem(session: Session, plan: Plan, batch_id: int, wishes: Wishes) -> routing.Problem:
    batch = _whole(session, batch_id)
    before = session.get(Plan, plan.parent_id) if plan.parent_id is not None else None
    orders = orders_of(before, [item.id for item in batch.items])
    return problem_of(batch, wishes, orders, busy=busy_until(session, batch))


def _solve_all(work: Work, problems: Sequence[routing.Problem], seconds: float) -> list[routing.Plan]:
    total = sum(len(problem.stops) for problem in problems) or 1
    answers: list[routing.Plan] = []
    watch = _Watch(work, len(problems))
    for problem in problems:
        share = max(min(LEAST_SECONDS, seconds), seconds * len(problem.stops) / total)
        with planners(work.service, len(problem.stops)) as (executor, workers):
            answer = routing.solve(
                problem, seconds=share, workers=workers, executor=executor,
                progress=watch.see(len(answers), share), cancelled=watch.is_cancelled,
            )  # fmt: skip
        if wrong := routing.check(problem, answer):
            raise Unbalanced(f"the plan breaks its own rules: {wrong[0]}")
        answers.append(answer)
    return answers


class _Watch:
    """Shows how far the optimiser has come, and hears whether a person wants it to stop."""

    def __init__(self, work: Work, batches: int) -> None:
        self.work, self.batches = work, batches
        self.seen_at = 0.0
        self.cancelled = False

    def see(self, done: int, share: float) -> Callable[[routing.Progress], None]:
        def report(progress: routing.Progress) -> None:
            if time.monotonic() - self.seen_at < PROGRESS_EVERY:
                return
            self.seen_at = time.monotonic()
            part = (done + min(progress.elapsed / share, 1.0)) / self.batches
            self._write({"part": round(part, 3), "batch": done + 1, "batches": self.batches, "cost": progress.cost})

        return report

    def is_cancelled(self) -> bool:
        return self.cancelled

    def _write(self, progress: dict[str, Any]) -> None:
        service = self.work.service
        with service.database.write() as session:
            self.work.lease.renew(session, service.settings.lease_seconds, progress)
            self.cancelled = session.get_one(Plan, self.work.lease.key).cancel_wanted


def latest_plan(database: Database, day: date) -> Plan | None:
    """The newest plan that was made for a day."""
    with database.read() as session:
        return session.scalar(sa.select(Plan).where(Plan.day == day).order_by(Plan.id.desc()).limit(1))
