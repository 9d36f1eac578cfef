"""Who plans: the processors of this machine, and for large days workers elsewhere that have nothing else to plan."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import cache

import routing
from delivery.jobs.errands import PLANNING, Errands
from delivery.jobs.queues import queue_of
from delivery.jobs.roll import workers_alive, workers_elsewhere
from delivery.wiring import Service

# Smaller days gain nothing from helpers: they are searched whole, or their parts are done before one has come.
LARGE = 400


@contextmanager
def planners(service: Service, stops: int) -> Iterator[tuple[Executor | None, int]]:
    """Who improves the parts of a day with so many stops, and how many parts at a time.

    Helpers are workers on other machines; where a planning uses only some processors, those of this one as well.
    """
    asked, queue = service.settings.plan_threads, queue_of(PLANNING.job).name
    here = asked or os.cpu_count() or 1
    others = workers_alive(service, queue) - 1 if asked else workers_elsewhere(service, queue)
    if stops <= LARGE or others < 1:
        yield None, here
        return
    with Errands(service, PLANNING, here=here, elsewhere=others) as helped:
        yield helped, here + others


@cache
def load_search() -> None:
    """Load the compiled search, which takes seconds the first time: nobody should wait for that with work in hand."""
    here = routing.Location(21.0, 105.8)
    day = routing.Problem(
        (routing.Stop("stop", here),), (routing.Courier("courier", here, shift=routing.TimeWindow(0, 3600)),)
    )
    routing.solve(day, seconds=1, rounds=1, workers=1)
