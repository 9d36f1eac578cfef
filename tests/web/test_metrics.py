"""Figures for the monitor: true to the books, about nobody, and not for the public."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import structlog
from structlog.testing import capture_logs

from delivery.jobs.roll import sign
from delivery.models import Consignment, Submission
from delivery.rules.codes import show_tracking_code
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import NOW
from tests.delivery.day import Day
from tests.web.conftest import Browser
from web.app import create_app
from web.lanes import Reply
from web.metrics import WebMetrics

PROXIED = {"public_url": "https://tannha.example.gov.vn"}
TOKEN = {"metrics_token": "a-long-sentence-that-nobody-guesses"}


def house_with(service: Service, **changes: str) -> Service:
    told = {**service.settings.model_dump(), **changes}
    return Service(Settings(_env_file=None, **told), service.database)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("settings", "comes_from", "shows", "answer"),
    [
        ({}, "127.0.0.1", None, 200),
        ({}, "::1", None, 200),
        ({}, "192.0.2.7", None, 404),
        # Behind a proxy on the same machine everybody comes from it.
        (PROXIED, "127.0.0.1", None, 404),
        (TOKEN, "127.0.0.1", None, 401),
        (TOKEN, "127.0.0.1", "Bearer another", 401),
        (TOKEN, "192.0.2.7", f"Bearer {TOKEN['metrics_token']}", 200),
        ({**PROXIED, **TOKEN}, "127.0.0.1", f"Bearer {TOKEN['metrics_token']}", 200),
    ],
)
def test_only_the_own_machine_or_whoever_shows_the_token_reads_them(
    service: Service, settings: dict[str, str], comes_from: str, shows: str | None, answer: int
) -> None:
    client = create_app(house_with(service, **settings)).test_client()
    headers = {"Authorization": shows} if shows else {}

    got = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": comes_from})

    assert got.status_code == answer
    assert ("tannha_database_up" in got.text) is (answer == 200)


def value(text: str, series: str) -> float | None:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return None if found is None else float(found[1])


def test_they_say_what_is_in_the_books(day: Day, anyone: Browser) -> None:
    with day.service.database.write() as session:
        sign(session, "machine:1:abc", ["submit"], NOW)
        session.execute(sa.text("UPDATE worker SET seen_at = :now"), {"now": "2099-01-01 00:00:00"})
        first = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
        assert first
        first.submission = Submission.IN_DOUBT

    text = anyone.get("/metrics").text

    assert value(text, 'tannha_envelopes{state="prepared"}') == 3
    assert value(text, 'tannha_orders{carrier="sandbox",state="in_doubt"}') == 1
    assert value(text, 'tannha_orders{carrier="sandbox",state="ready"}') == 2
    assert value(text, 'tannha_workers_alive{queue="submit"}') == 1
    assert value(text, 'tannha_workers_alive{queue="plan"}') == 0
    assert value(text, "tannha_database_up") == 1
    assert value(text, "tannha_night_timestamp_seconds") is None


def test_pages_are_named_by_what_they_are_and_never_by_their_address(day: Day, anyone: Browser) -> None:
    with day.service.database.read() as session:
        code = show_tracking_code(str(session.scalar(sa.text("SELECT tracking_code FROM item LIMIT 1"))))
    assert anyone.get(f"/tra-cuu?ma={code}").status_code == 200
    assert anyone.get("/khong-co-trang-nay/0912345678").status_code == 404

    text = anyone.get("/metrics").text

    assert value(text, 'tannha_pages_total{endpoint="public.track",status="200"}') == 1
    assert value(text, 'tannha_pages_total{endpoint="none",status="404"}') == 1
    assert value(text, 'tannha_page_seconds_count{endpoint="public.track"}') == 1
    assert code not in text
    assert "0912345678" not in text


def test_callbacks_are_counted_by_what_they_were_answered(service: Service) -> None:
    metrics = WebMetrics(service)
    answer = metrics.counted(lambda raws: [Reply("200 OK" if raw else "401 Unauthorized", "") for raw in raws])

    answer([b"one", b"two", b""])

    assert value(metrics.text().decode(), 'tannha_callbacks_total{status="200"}') == 2
    assert value(metrics.text().decode(), 'tannha_callbacks_total{status="401"}') == 1


def test_a_database_that_is_away_is_a_figure_and_not_an_error(service: Service) -> None:
    client = create_app(service).test_client()
    service.database.engine.dispose()
    (service.settings.home / "tannha.db").rename(service.settings.home / "elsewhere.db")
    (service.settings.home / "tannha.db").mkdir()

    got = client.get("/metrics")

    assert got.status_code == 200
    assert value(got.text, "tannha_database_up") == 0
    assert "tannha_envelopes" not in got.text


def test_what_a_click_asks_for_is_found_under_the_number_that_its_request_came_with(
    day: Day, logged_in: Callable[[str], Browser]
) -> None:
    clerk, trace = logged_in("bode"), "4bf92f3577b34da6a3ce929d0e0e4736"
    clerk.client.environ_base["HTTP_TRACEPARENT"] = f"00-{trace}-00f067aa0ba902b7-01"
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        assert clerk.post(f"/dot/{day.batch}/bao", on="/dieu-phoi?ngay=2026-11-25").status_code == 200

    asked = [line for line in lines if line["event"] == "work asked for"]
    sent = [consignment.id for consignment in day.consignments()]
    assert [(line["asked"], line["about"], line["trace_id"]) for line in asked] == [("submit", sent, trace)]
    answered = [line for line in lines if line["event"] == "page answered"]
    assert {"dispatch.submit", "dispatch.day"} <= {line["endpoint"] for line in answered}
    assert {line["trace_id"] for line in answered} == {trace}
    # The number ends with the request: what the thread does next is another's.
    assert "trace_id" not in structlog.contextvars.get_contextvars()
