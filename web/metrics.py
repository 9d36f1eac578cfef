"""Figures for Prometheus: what the books say, and what this process has seen of its own requests.

Books are the same for every process and are read when somebody asks, at most once in some seconds; requests are each
process's own. Pages are told apart by the name of their endpoint: an address may hold a code.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
import structlog
from flask import Flask, Response, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from delivery.field_keys import FieldKeys
from delivery.keys import NAMES
from delivery.tracing import HEADER, new_trace, read_trace
from delivery.watching import Watch, watch
from delivery.wiring import Service
from web.lanes import Answer, Reply

log = structlog.get_logger()
KEPT_SECONDS = 5.0
# A monitor must never be what the database is busy with.
LONGEST_SECONDS = 5
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
NOWHERE = "none"
K = TypeVar("K", bound=tuple[str, ...])


class WebMetrics:
    """The registry of one process of the web server."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.seconds = Histogram(
            "tannha_page_seconds", "Seconds until a page was answered, by endpoint",
            ["endpoint"], buckets=BOUNDS, registry=self.registry,
        )  # fmt: skip
        self.pages = Counter(
            "tannha_pages", "Pages answered, by endpoint and HTTP status", ["endpoint", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.callbacks = Counter(
            "tannha_callbacks", "Callbacks of carriers answered, by HTTP status", ["status"], registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(Books(service))

    def watch_requests(self, app: Flask) -> None:
        """Take the time of each request from here on."""

        def began() -> None:
            g.began = time.perf_counter()
            trace = read_trace(request.headers.get(HEADER, "")) or new_trace()
            structlog.contextvars.bind_contextvars(trace_id=trace)

        def ended(response: Response) -> Response:
            endpoint = request.endpoint or NOWHERE
            if (since := g.get("began")) is not None:
                self.seconds.labels(endpoint).observe(time.perf_counter() - since)
            self.pages.labels(endpoint, response.status_code).inc()
            log.debug("page answered", endpoint=endpoint, method=request.method, status=response.status_code)
            return response

        def over(_error: BaseException | None) -> None:
            structlog.contextvars.unbind_contextvars("trace_id")

        app.before_request(began)
        app.after_request(ended)
        app.teardown_request(over)

    def counted(self, answer: Answer) -> Answer:
        """The same lane for callbacks, which counts what it answers."""

        def count(raws: Sequence[bytes]) -> Sequence[Reply]:
            replies = answer(raws)
            for reply in replies:
                self.callbacks.labels(reply.status[:3]).inc()
            return replies

        return count

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class Books(Collector):
    """The figures of the books; when the database does not answer, only that."""

    def __init__(self, service: Service) -> None:
        self._service, self._lock = service, threading.Lock()
        self._kept: tuple[float, Watch | None] = (float("-inf"), None)

    def collect(self) -> Iterator[Metric]:
        seen = self._look()
        yield _one("tannha_database_up", "Whether the database answers", seen is not None)
        yield from _keys(self._service.settings.keys)
        if seen is not None:
            yield from _told(seen)

    def _look(self) -> Watch | None:
        with self._lock:
            since, seen = self._kept
            if time.monotonic() - since > KEPT_SECONDS:
                try:
                    seen = self._read()
                except sa.exc.SQLAlchemyError:
                    seen = None
                self._kept = time.monotonic(), seen
        return seen

    def _read(self) -> Watch:
        with self._service.database.read() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(sa.text(f"SET LOCAL statement_timeout = '{LONGEST_SECONDS}s'"))
            return watch(session)


def _told(seen: Watch) -> Iterator[Metric]:
    yield from _queues(seen)
    yield _by("tannha_jobs", "Jobs that are not done, by kind and state", ("kind", "state"), seen.jobs)
    yield _by("tannha_orders", "Orders that a carrier has not accepted yet", ("carrier", "state"), seen.submissions)
    yield _by("tannha_envelopes", "Envelopes that have not ended, by state", ("state",), _keyed(seen.journeys))
    yield _by("tannha_sends_last_hour", "Tries to give an order in the last hour, by outcome", ("outcome",),
              _keyed(seen.sends))  # fmt: skip
    yield _by("tannha_cases_open", "Cases that wait for a person, by kind", ("kind",), _keyed(seen.cases))
    yield _one("tannha_cases_overdue", "Open cases whose time has passed", seen.cases_overdue)
    yield _one("tannha_callbacks_waiting", "Callbacks that are kept and not applied", seen.callbacks_waiting)
    yield _one("tannha_callback_oldest_seconds", "Age of the oldest of them", seen.callback_seconds)
    yield _one("tannha_messages_waiting", "Messages to citizens that are due and not sent", seen.messages_waiting)
    yield _one("tannha_item_codes_left", "Item codes of the allotted ranges that are free", seen.item_codes_left)
    yield from _carriers(seen)
    yield from _moments(seen)


def _queues(seen: Watch) -> Iterator[Metric]:
    figures: dict[tuple[str, str], Callable[[str], float]] = {
        ("tannha_queue_due", "Jobs that could be done now"): lambda name: seen.queues[name].due,
        ("tannha_queue_oldest_seconds", "How long the oldest of them has waited"): (
            lambda name: seen.queues[name].oldest_seconds
        ),
        ("tannha_workers_alive", "Workers alive that serve the queue"): lambda name: seen.queues[name].workers,
    }
    for (name, says), figure in figures.items():
        yield _by(name, says, ("queue",), {(queue,): figure(queue) for queue in seen.queues})


def _carriers(seen: Watch) -> Iterator[Metric]:
    states = seen.carriers.items()
    yield _by("tannha_carrier_under_way", "Whether envelopes are with the carrier", ("carrier",),
              {(name,): state.under_way for name, state in states})  # fmt: skip
    yield _by("tannha_carrier_left_alone", "Whether it failed and is left alone", ("carrier",),
              {(name,): state.left_alone for name, state in states})  # fmt: skip
    yield _by("tannha_carrier_polled_timestamp_seconds", "When its feed was last read to the end", ("carrier",),
              {(name,): state.polled_at.timestamp() for name, state in states if state.polled_at})  # fmt: skip


def _moments(seen: Watch) -> Iterator[Metric]:
    moments = {
        ("tannha_worker_seen_timestamp_seconds", "When a worker last said that it is alive"): seen.worker_seen_at,
        ("tannha_backup_timestamp_seconds", "Of which moment the last backup is"): seen.backed_up_at,
        ("tannha_night_timestamp_seconds", "When all books were last held against each other"): (
            seen.night.looked_at if seen.night else None
        ),
    }
    for (name, says), moment in moments.items():
        if moment is not None:
            yield _one(name, says, moment.timestamp())
    if seen.night is not None:
        yield _one("tannha_night_differences", "Differences that the last night found", seen.night.differences)
        yield _one("tannha_night_envelopes", "Envelopes that the last night counted", seen.night.envelopes)


def _keys(folder: Path) -> Iterator[Metric]:
    # Of the keys of fields the newest: those before it only open.
    names = (*NAMES, f"fields-{FieldKeys(folder).newest}")
    made = {(name,): _made_at(folder / name).timestamp() for name in names if (folder / name).is_file()}
    yield _by("tannha_key_timestamp_seconds", "Since when a key of the installation is in use", ("key",), made)


def _made_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime).astimezone()


def _one(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=float(value))


def _by(name: str, says: str, labels: Sequence[str], values: Mapping[K, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(list(key), float(value))
    return family


def _keyed(values: dict[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): value for name, value in values.items()}
