"""Helpers of a planner are other processes; whether they come, and whether they live, decides nothing."""

import os
import time
from dataclasses import replace

import sqlalchemy as sa

from delivery.jobs.errands import PLANNING, Errands
from delivery.jobs.roll import workers_alive
from delivery.models import Errand
from tests.faults.house import House
from tests.faults.proxy import eventually


def test_a_planner_is_helped_by_another_process_and_does_without_it_when_it_dies_at_work(house: House) -> None:
    def taken() -> int:
        with house.service.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).where(Errand.taken_by.is_not(None))) or 0

    helper = house.start("worker", "--queues", "plan")
    eventually(lambda: workers_alive(house.service, "plan") == 1, "the helper's start", 120)
    with Errands(house.service, replace(PLANNING, arrival=10, patience=1), here=1, elsewhere=1) as errands:

        def who_came() -> set[int]:
            return {one.result(60) for one in [errands.submit(os.getpid) for _ in range(3)]}

        eventually(lambda: helper.pid in who_came(), "the helper's help", 120)

        in_hand = errands.submit(time.sleep, 2)
        eventually(lambda: taken() == 1, "the helper's taking it")
        house.kill(helper)
        in_hand.result(60)
        assert who_came() == {os.getpid()}

    assert taken() == 0
