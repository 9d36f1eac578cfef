"""Whether helpers pay: one large day planned in the same time by one processor, by two, and by one with a helper.

The helper is a real worker process that gets its parts of the day through PostgreSQL. On a machine of two processors
two threads are all there is to win; what the way through the database takes away from that is the figure.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import routing
from benchmarks.tables import show
from delivery.dispatch.planners import planners
from delivery.jobs.roll import sign, workers_alive
from delivery.moments import now
from delivery.setting_up import set_up
from delivery.wiring import Service
from tests.delivery.post import Post
from tests.faults.house import House, settings_of
from tests.faults.proxy import eventually
from tests.faults.servers import own_postgres

LOADING = 10.0
OFFICE = routing.Location(21.0459, 105.8738)


def a_day(stops: int, seed: int) -> routing.Problem:
    """Stops strewn over some wards around an office, a courier for about forty of them."""
    dice = random.Random(seed)
    return routing.Problem(
        tuple(
            routing.Stop(
                str(number),
                routing.Location(OFFICE.lat + dice.gauss(0, 0.03), OFFICE.lon + dice.gauss(0, 0.03)),
                service=150,
            )
            for number in range(stops)
        ),
        tuple(
            routing.Courier(f"c{n}", OFFICE, shift=routing.TimeWindow(8 * 3600, 17 * 3600), capacity=(60,))
            for n in range(1 + stops // 40)
        ),
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postal helpers", description=__doc__)
    parser.add_argument("--stops", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="500 stops, 5 seconds, one seed")
    chosen = parser.parse_args(arguments)
    stops, seconds, seeds = (500, 5.0, 1) if chosen.quick else (chosen.stops, chosen.seconds, chosen.seeds)
    costs: dict[str, list[int]] = {"one processor": [], "two processors": [], "one and a helper": []}
    with tempfile.TemporaryDirectory() as folder, own_postgres() as (_server, address):
        settings = settings_of(Path(folder) / "home", database_url=address, plan_threads=1)
        service = Service.from_settings(settings)
        set_up(service)
        house = House(service, Post(Path(folder), 0), "", random.Random(0))
        routing.solve(a_day(500, 0), seconds=2, workers=2)  # the compiled search is loaded
        try:
            days = {seed: a_day(stops, seed) for seed in range(1, seeds + 1)}
            for seed, day in days.items():
                costs["one processor"].append(_solve(day, seconds, seed, 1))
                costs["two processors"].append(_solve(day, seconds, seed, 2))
            house.start("worker", "--queues", "plan")
            eventually(lambda: workers_alive(service, "plan") == 1, "the helper's start", 120)
            _helped(service, a_day(500, 0), LOADING, 0)  # so that the helper has loaded its search too
            for seed, day in days.items():
                costs["one and a helper"].append(_helped(service, day, seconds, seed))
        finally:
            house.stop_all()
            service.close()
    alone = statistics.mean(costs["one processor"])
    rows = [
        [who, f"{statistics.mean(each):,.0f}", f"{100 * (statistics.mean(each) / alone - 1):+.2f}"]
        for who, each in costs.items()
    ]
    show(f"{stops} stops, {seconds:.0f} s, {seeds} seeds", ("planned by", "cost", "% of one processor"), rows)
    return 0


def _helped(service: Service, day: routing.Problem, seconds: float, seed: int) -> int:
    with service.database.write() as session:
        sign(session, "planner:0:a", ["plan"], now())  # as the worker does that plans
    with planners(service, len(day.stops)) as (executor, workers):
        return _solve(day, seconds, seed, workers, executor)


def _solve(day: routing.Problem, seconds: float, seed: int, workers: int, executor: Executor | None = None) -> int:
    began = time.monotonic()
    plan = routing.solve(day, seconds=seconds, workers=workers, seed=seed, executor=executor)
    assert routing.check(day, plan) == []
    assert time.monotonic() - began < 2 * seconds + 10
    return plan.cost
