"""An item code is used once, for ever, whoever takes it at the same moment; and they are asked for before they end."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.database import Database
from delivery.dispatch.numbers import numbers_left, take_number, watch_numbers
from delivery.errors import NotNow
from delivery.jobs.crew import Crew
from delivery.jobs.sweeper import Sweeper
from delivery.models import CaseKind, NumberRange
from delivery.wiring import Service
from postal_api.s10 import ItemCode
from tests.delivery.conftest import NOW


def two_short_ranges(service: Service) -> list[str]:
    with service.database.write() as session:
        session.execute(sa.delete(NumberRange))
        session.add(NumberRange(indicator="EA", country="VN", next=10, last=29))
        session.add(NumberRange(indicator="EB", country="VN", next=50, last=69))
    return [str(ItemCode.make("EA", n)) for n in range(10, 30)] + [str(ItemCode.make("EB", n)) for n in range(50, 70)]


def test_eight_who_take_numbers_at_once_get_each_number_once_and_none_beyond_the_last(service: Service) -> None:
    allotted = two_short_ranges(service)
    barrier = threading.Barrier(8)
    taken: list[str] = []
    refused: list[NotNow] = []

    def take() -> None:
        database = Database.connect(service.settings.database)
        barrier.wait()
        for _ in range(6):
            try:
                with database.write() as session:
                    taken.append(take_number(session))
            except NotNow as error:
                refused.append(error)
        database.engine.dispose()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(allotted)
    assert len(refused) == 8
    with service.database.read() as session:
        assert numbers_left(session) == 0
        assert session.scalars(sa.select(NumberRange.next).order_by(NumberRange.id)).all() == [30, 70]


def test_a_person_is_asked_for_more_numbers_once_until_they_have_come(service: Service) -> None:
    two_short_ranges(service)
    with service.database.write() as session:
        watch_numbers(session, 40, NOW)
        assert open_cases(session) == []
        take_number(session)
        watch_numbers(session, 40, NOW)
        watch_numbers(session, 40, NOW + timedelta(hours=1))

        (case,) = open_cases(session)
        assert (case.kind, case.facts["left"]) == (CaseKind.NUMBERS_LOW, 39)

        session.add(NumberRange(indicator="EC", country="VN", next=1, last=9))
        watch_numbers(session, 40, NOW)
        assert open_cases(session) == []


def test_every_sweep_of_a_worker_watches_them(service: Service) -> None:
    two_short_ranges(service)

    Sweeper(service, Crew(service, {}, "worker", ()), wake=lambda _queue: pytest.fail("there is no job")).sweep()

    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.NUMBERS_LOW]
