"""One number goes with one piece of work: to the carrier, and through every line of the logs."""

import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from delivery.database import database_now
from delivery.jobs.queue import due, put
from delivery.jobs.work import TryLater, Work, do
from delivery.logs import BLOT, blotted
from delivery.tracing import HEADER, in_trace, new_trace, read_trace, trace_of_job, write_trace
from delivery.wiring import Service
from postal_api.line import Ask, Line

HEX = st.text("0123456789abcdef", min_size=32, max_size=32).filter(lambda text: set(text) != {"0"})


class Ear:
    """A carrier's server that remembers what it was told in headers."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []
        self.line = Line("http://127.0.0.1", 1, 1, httpx.Client(transport=httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request.headers.get(HEADER))
        return httpx.Response(200, stream=httpx.ByteStream(b""))


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.line.close()


def test_a_job_speaks_to_the_carrier_under_the_number_of_what_it_is_about(service: Service, ear: Ear) -> None:
    def tell(work: Work) -> None:
        ear.line.exchange(Ask("GET", "/orders"))
        ear.line.exchange(Ask("GET", "/orders"))
        if work.lease.tries == 1:
            raise TryLater("busy", 0)
        with work.service.database.write() as session:
            work.lease.finish(session)

    with service.database.write() as session:
        put(session, "submit", 7, database_now(session))
    for _try in range(2):
        with service.database.read() as session:
            (job,) = due(session)
        assert do(service, {"submit": tell}, job, "test")
    ear.line.exchange(Ask("GET", "/orders"))

    expected = trace_of_job(service.seal, "submit", 7)
    assert [read_trace(heard or "") for heard in ear.heard] == [expected] * 4 + [None]
    # Each step has a number of its own under it.
    assert len(set(ear.heard)) == 5


def test_numbers_of_different_work_differ_and_tell_a_stranger_nothing(service: Service) -> None:
    numbers = {trace_of_job(service.seal, kind, about) for kind in ("submit", "amend") for about in range(100)}

    assert len(numbers) == 200
    assert trace_of_job(b"another installation", "submit", 7) not in numbers


@given(HEX)
def test_a_number_that_was_written_is_read_again(trace: str) -> None:
    assert read_trace(write_trace(trace)) == trace


@pytest.mark.parametrize(
    "header",
    ["", "00-abc-def-01", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01", "x" * 5000,
     f"ff-{'1' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'1' * 16}-01\nname: Người Thử"],
)  # fmt: skip
def test_what_is_no_number_is_not_taken_over(header: str) -> None:
    assert read_trace(header) is None


def test_lines_within_bear_the_number_and_lines_after_do_not(service: Service) -> None:
    import structlog  # noqa: PLC0415

    trace = new_trace()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        with in_trace(trace, kind="submit"):
            structlog.get_logger().warning("within")
        structlog.get_logger().warning("after")

    assert service.settings.log == "plain"
    assert [line.get("trace_id") for line in lines] == [trace, None]
    assert json.dumps(lines)


@pytest.mark.parametrize(
    "personal",
    ["0912345678", "+84 912 345 678", "0912 345 678", "thu@example.vn", "H26.41.118-261120-0007",
     "000.00.19.H26-261120-0007"],
)  # fmt: skip
def test_what_looks_like_somebody_s_data_is_blotted_out(personal: str) -> None:
    assert blotted(f"job failed: {personal}, again") == f"job failed: {BLOT}, again"


@pytest.mark.parametrize(
    "ours", ["CH100000005VN", "BD-261125-1", "2026-11-30T12:00:00.123456Z", "127.0.0.1:8000", "a" * 32, "job=912345678"]
)
def test_our_own_codes_and_moments_stay(ours: str) -> None:
    assert blotted(f"say {ours} again") == f"say {ours} again"
