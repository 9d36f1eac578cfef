"""Whatever goes wrong is told in one form, leads to a page that explains it, and names nobody."""

import re

import httpx
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from delivery.moments import now
from delivery.wiring import Service
from tests.web.api.conftest import ROOT, Machine, MakeMachine, a_result, where
from tests.web.api.serving import served
from web.api.problems import KINDS
from web.room import MOST_OF_MACHINES

FORM = {"type", "title", "status", "trace"}


def test_every_problem_has_the_form_of_the_standard(one_stop: Machine) -> None:
    answers = {
        404: one_stop.get("/nowhere"),
        405: one_stop.ask("DELETE", "/results"),
        415: one_stop.ask("POST", "/results", data=b"<a/>", content_type="text/xml"),
        400: one_stop.ask("POST", "/results", data=b"{", content_type="application/json"),
        422: one_stop.ask("POST", "/results", json=[]),
        401: one_stop.app.test_client().get(f"{ROOT}/results"),
        412: one_stop.put(1, {"If-Match": '"x"'}),
        413: one_stop.ask("PUT", where(1), data=b" " * (MOST_OF_MACHINES + 1), content_type="application/json"),
    }

    for status, answer in answers.items():
        told = answer.get_json()
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        assert set(told) >= FORM
        assert told["status"] == status
        assert answer.headers["X-Request-Id"] == told["trace"]
    assert answers[405].headers["Allow"] == "GET, HEAD, POST"


def test_a_fault_of_ours_is_a_problem_without_a_word_of_what_it_was_about(
    service: Service, one_stop: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    with service.database.write() as session:
        session.execute(sa.text("DROP TABLE result_version"))
    one_stop.bring(a_result(1))

    answer = one_stop.put(1, owner_name="Người Khác")

    assert answer.status_code in {500, 503}
    assert answer.mimetype == "application/problem+json"
    assert "result_version" not in answer.text
    assert "Người Khác" not in answer.text + caplog.text


def test_a_database_that_is_away_is_a_problem_that_passes(service: Service, one_stop: Machine) -> None:
    service.database.engine.dispose()
    service.settings.home.joinpath("tannha.db").rename(service.settings.home / "elsewhere.db")
    service.settings.home.joinpath("tannha.db").mkdir()

    answer = one_stop.get("/results")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json()["status"] == 503


def test_the_page_about_the_interface_explains_each_kind(app: Flask) -> None:
    page = app.test_client().get(f"{ROOT}/docs").text

    assert [kind for kind in KINDS if f'<section id="{kind}">' not in page] == []


def test_a_request_keeps_the_number_that_it_came_with_if_it_is_fit_for_a_log(one_stop: Machine) -> None:
    given = [one_stop.get("/results", {"X-Request-Id": text}).headers["X-Request-Id"]
             for text in ("mot-cua-0000017", "short", "Nguyễn Thị Thử".encode().decode("latin-1"))]  # fmt: skip

    assert given[0] == "mot-cua-0000017"
    assert all(re.fullmatch(r"[0-9a-f]{32}", number) for number in given[1:])


def test_problems_speak_the_asker_s_language(one_stop: Machine) -> None:
    titles = [one_stop.ask("POST", "/results", {"Accept-Language": spoken}, json=[]).get_json()["title"]
              for spoken in ("en-GB,en;q=0.9,vi;q=0.5", "vi", "fr")]  # fmt: skip

    assert titles[0] == "The content cannot be used"
    assert titles[1] == titles[2] == "Nội dung không dùng được"


def test_a_machine_that_asks_too_often_waits_for_the_next_minute(make_machine: MakeMachine) -> None:
    hasty, other = make_machine("hasty", per_minute=3), make_machine("other", per_minute=3)
    minute = now().replace(second=10, microsecond=0)

    with time_machine.travel(minute, tick=False):
        answers = [hasty.get("/results") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[1].headers["RateLimit"] == '"minute";r=1;t=50'
        assert answers[1].headers["RateLimit-Policy"] == '"minute";q=3;w=60'
        assert answers[4].headers["Retry-After"] == "50"
        assert other.get("/results").status_code == 200
    with time_machine.travel(minute.replace(second=0).timestamp() + 60, tick=False):
        assert hasty.get("/results").status_code == 200


def test_what_is_too_large_is_refused_by_the_server_itself_in_the_same_form(one_stop: Machine) -> None:
    with served(one_stop.app) as url:
        refused = httpx.post(f"{url}{ROOT}/results", content=b" " * (MOST_OF_MACHINES + 1))
        taken = httpx.post(
            f"{url}{ROOT}/results", json={"results": [a_result(n, note="ậ" * 500) for n in range(1, 1001)]}, timeout=60,
            headers={"Authorization": f"Bearer {one_stop.key}"},
        )  # fmt: skip

    assert (refused.status_code, refused.headers["Content-Type"]) == (413, "application/problem+json")
    assert refused.json()["trace"] == refused.headers["X-Request-Id"]
    assert taken.json()["new"] == 1000
