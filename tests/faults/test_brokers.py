"""Faults 20 and 32: the broker only wakes; emptied, frozen or gone it costs time. Two versions side by side."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from delivery.jobs.queue import due, put
from delivery.jobs.roll import workers_alive
from delivery.jobs.worker import broker_queue
from delivery.models import Job, JobState
from tests.faults.house import ENVELOPES, House
from tests.faults.oracle import assert_sound
from tests.faults.proxy import eventually
from tests.faults.servers import Server, own_redis, purge, rabbit
from web.processes import free_port

HARMS: dict[str, Callable[[Server], object]] = {
    "emptied": lambda server: redis.Redis(port=server.port).flushall(),
    "frozen": lambda server: server.signal(signal.SIGSTOP),
    "gone": lambda server: server.kill(),
}


@pytest.mark.fault(20)
@pytest.mark.parametrize("harm", HARMS)
def test_all_work_is_done_while_the_broker_is(embedded: House, harm: str, tmp_path: Path) -> None:
    with own_redis(tmp_path) as server:
        embedded.with_settings(broker_url=f"redis://127.0.0.1:{server.port}/0")
        embedded.worker()
        if harm != "emptied":
            HARMS[harm](server)

        # Who presses the button speaks to the database alone, and so does not notice.
        embedded.submit_all()
        while harm == "emptied" and not embedded.all_accepted():
            HARMS[harm](server)
        eventually(embedded.all_accepted, "the carrier's acceptance", 60)

        assert len(embedded.post.orders()) == ENVELOPES
        assert_sound(embedded)
        embedded.stop_all()


@pytest.mark.fault(20)
def test_all_work_is_done_when_rabbitmq_loses_every_message(production: House) -> None:
    production.worker()
    production.submit_all()

    with rabbit() as line:
        while not production.all_accepted():
            purge(line, production.service.settings)

    assert len(production.post.orders()) == ENVELOPES
    assert_sound(production)


@pytest.mark.fault(20)
def test_workers_of_one_machine_get_on_with_each_other_and_with_one_that_has_just_died(production: House) -> None:
    def listening() -> int:
        with rabbit() as line:
            name = broker_queue(production.service.settings, "submit")
            queue = line.default_channel.queue_declare(name, durable=True, auto_delete=False)
        return int(queue.consumer_count)

    first, second = production.worker(), production.worker()
    eventually(lambda: listening() == 2, "two who listen")

    production.kill(first)
    third = production.worker()
    eventually(lambda: listening() == 2, "the third, who listens in the place of the first")
    production.submit_all()
    eventually(production.all_accepted, "the carrier's acceptance", 60)

    assert (second.poll(), third.poll()) == (None, None)
    assert_sound(production)


@pytest.mark.fault(32)
def test_an_older_version_leaves_alone_what_it_does_not_know_and_does_the_rest(house: House) -> None:
    """While a new version is brought in, workers of both find each other's jobs."""
    with house.service.database.write() as session:
        put(session, "a_kind_of_tomorrow", 1)
    house.submit_all()

    house.time_passes()
    house.work_until_quiet()
    house.work()

    assert len(house.post.orders()) == ENVELOPES
    with house.service.database.read() as session:
        left = session.scalars(sa.select(Job).where(Job.kind == "a_kind_of_tomorrow")).one()
        assert (left.state, left.tries) == (JobState.READY, 0)
        assert due(session) == [left.id]
    assert_sound(house)


@pytest.mark.fault(32)
def test_a_word_that_only_the_newer_version_knows_stops_no_work(house: House) -> None:
    """A case of a kind of tomorrow lies among the others; today's workers have no business with it."""
    with house.service.database.write() as session:
        session.execute(
            sa.text(
                "INSERT INTO case_ (kind, subject, facts, opened_at, due_at, closed_by, decision)"
                " VALUES ('a_kind_of_tomorrow', 'item:1', '{}', :at, :at, '', '')"
            ),
            {"at": "2026-11-25 00:00:00"},
        )
    house.submit_all()
    house.work_until_quiet()

    assert len(house.post.orders()) == ENVELOPES
    assert_sound(house)


@pytest.mark.fault(20)
def test_a_worker_that_is_started_while_there_is_no_broker_works(embedded: House) -> None:
    embedded.with_settings(broker_url=f"redis://127.0.0.1:{free_port()}/0")
    embedded.worker()
    embedded.submit_all()

    eventually(embedded.all_accepted, "the carrier's acceptance", 60)
    assert_sound(embedded)


@pytest.mark.fault(20)
def test_workers_share_a_backlog_by_their_queues_and_one_that_dies_leaves_nothing_behind(house: House) -> None:
    house.submit_all()
    printing = house.start("worker", "--queues", "print")
    eventually(lambda: workers_alive(house.service, "print") == 1, "who only prints", 120)
    time.sleep(1)
    assert not house.post.orders()

    house.kill(house.start("worker", "--queues", "submit,poll", failpoint="after_send"))
    first, second = (house.start("worker", "--queues", "submit,inbox") for _ in range(2))
    house.time_passes()
    eventually(house.all_accepted, "the carrier's acceptance", 60)

    assert [process.poll() for process in (printing, first, second)] == [None] * 3
    assert len(house.post.orders()) == ENVELOPES
    assert_sound(house)
