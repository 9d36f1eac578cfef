"""A feed of many pages is read to its end although the carrier fails in between, again and again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from delivery.models import Job, JobState, TrackingEvent
from delivery.wiring import Service
from postal_api.ngsp import NgspCarrier, NgspConfig
from tests.delivery.conftest import Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import Post, running_post

PAGE = 5
ENDS = {"delivered", "returned"}


class EverySecondPageFails(httpx.BaseTransport):
    """A line to the post that breaks off at every second page of the feed."""

    def __init__(self) -> None:
        self.pages = 0
        self._line = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/tracking"):
            self.pages += 1
            if self.pages % 2 == 0:
                raise httpx.ReadError("broke off")
        return self._line.handle_request(request)

    def close(self) -> None:
        self._line.close()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox", "--speed", "20000") as started:
        yield started


def test_every_page_that_was_read_counts_and_the_next_is_tried_as_if_for_the_first_time(
    service: Service, intake: Intake, post: Post
) -> None:
    settings = service.settings.model_copy(
        update={"ngsp_url": post.url, "clock_skew_seconds": 10**9, "ngsp_poll_seconds": 3600}
    )
    here = Service(settings, service.database)
    line = EverySecondPageFails()
    carrier = NgspCarrier(
        NgspConfig(post.url, "tannha", "sandbox-only", "TANNHA", page_size=PAGE), httpx.Client(transport=line)
    )
    here.__dict__["carrier"] = carrier
    day = Day(here, intake).prepare(6)
    day.submit()
    day.hand_over()
    post.collect(day.item_codes(), HANDED_OVER_AT)
    post.play_the_day()

    day.poll()
    broke_off = 0
    while (job := _waiting(here)) is not None:
        broke_off += 1
        assert job.tries == 0
        assert job.next_at < datetime.now(UTC) + timedelta(minutes=1)
        day.hurry()
        day.work("poll")
    carrier.close()

    with here.database.read() as session:
        told = session.scalar(sa.select(sa.func.count()).where(TrackingEvent.source == "feed")) or 0
    assert told > 4 * PAGE, "the feed was to be of many pages"
    assert broke_off == told // PAGE
    for code, order in post.ledger().items():
        assert order["state"] not in ENDS or day.states()[code] == order["state"]


def _waiting(service: Service) -> Job | None:
    with service.database.read() as session:
        return session.scalar(sa.select(Job).where(Job.kind == "poll", Job.state == JobState.READY))
