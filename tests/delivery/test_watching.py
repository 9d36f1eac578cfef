"""What the monitor sees is what is in the books, on both kinds of databases, and costs no look at all of them."""

from datetime import timedelta

import sqlalchemy as sa

from delivery.cases import open_case
from delivery.database import database_now
from delivery.jobs.queue import put
from delivery.models import Callback, CarrierPace, CaseKind, Job, JobState, Night, Worker
from delivery.settings import CARRIERS
from delivery.watching import watch
from delivery.wiring import Service


def test_queues_cases_callbacks_and_carriers_are_seen_as_they_are(service: Service) -> None:
    with service.database.write() as session:
        now = database_now(session)
        put(session, "submit", 1, now - timedelta(seconds=90))
        put(session, "submit", 2, now - timedelta(seconds=30))
        put(session, "amend", 1, now + timedelta(hours=1))
        session.add(Job(kind="plan", key=1, state=JobState.PARKED, next_at=now, created_at=now))
        # Its worker has fallen silent: that is work to do again.
        session.add(Job(kind="print", key=1, state=JobState.LEASED, next_at=now - timedelta(hours=1), created_at=now,
                        lease_until=now - timedelta(seconds=5)))  # fmt: skip
        session.add(Job(kind="poll", key=CARRIERS.index("sandbox") + 1, state=JobState.DONE, created_at=now,
                        next_at=now - timedelta(minutes=2), finished_at=now - timedelta(minutes=1)))  # fmt: skip
        session.add(Worker(id="a", started_at=now, seen_at=now, queues=["submit", "poll"]))
        session.add(Worker(id="b", started_at=now, seen_at=now - timedelta(minutes=5), queues=None))
        session.add(Callback(source="vnpost", dedupe_key="x", received_at=now - timedelta(seconds=40), raw=b"{}"))
        open_case(session, CaseKind.NIGHT, "item:1", at=now - timedelta(days=30))
        open_case(session, CaseKind.NUMBERS_LOW, "numbers", at=now)
        session.add(CarrierPace(carrier="sandbox", full_at=now, queue_end=now, failed_at=[], open_until=now))
        session.add(Night(day=now.date(), looked_at=now, envelopes=7, differences=2, counts={}))

    with service.database.read() as session:
        seen = watch(session)

    assert (seen.queues["submit"].due, seen.queues["submit"].workers) == (2, 1)
    assert 90 <= seen.queues["submit"].oldest_seconds < 600
    assert (seen.queues["print"].due, seen.queues["plan"].due, seen.queues["plan"].workers) == (1, 0, 0)
    assert seen.jobs[("plan", "parked")] == seen.jobs[("amend", "ready")] == 1
    assert seen.cases == {"night": 1, "numbers_low": 1}
    assert seen.cases_overdue == 1
    assert seen.callbacks_waiting == 1
    assert 40 <= seen.callback_seconds < 600
    assert seen.carriers["sandbox"].left_alone
    assert seen.carriers["sandbox"].polled_at is not None
    assert seen.night is not None
    assert (seen.night.envelopes, seen.night.differences) == (7, 2)
    assert seen.backed_up_at is None


def test_a_feed_that_was_not_read_for_an_hour_counts_as_silent(service: Service) -> None:
    with service.database.write() as session:
        now = database_now(session)
        long_ago = now - timedelta(hours=2)
        session.add(Job(kind="poll", key=1, state=JobState.DONE, created_at=long_ago, next_at=long_ago,
                        finished_at=long_ago))  # fmt: skip

    with service.database.read() as session:
        assert watch(session).carriers == {}
        assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 1
