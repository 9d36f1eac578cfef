"""The description says what the interface does, no more and no less; and it changes only when somebody means it."""

import json
import os
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

from tests.delivery.day import Day
from tests.web.api.conftest import ROOT, MakeMachine, a_result
from web.api.description import document
from web.api.operations import OPERATIONS

EXAMPLES = int(os.environ.get("TANNHA_FUZZ", "10"))
# Whether there is such a day, such an office, such a version is not for a description to say.
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "410", "412", "422", "429"]
AGREED = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def test_the_description_is_the_one_that_was_agreed_on() -> None:
    """A change that others would notice: look at the difference, and agree with `python -m web.api`."""
    assert json.loads(AGREED.read_text(encoding="utf-8")) == json.loads(json.dumps(document()))


def test_the_description_is_served_and_known_again(app: Flask) -> None:
    asker = app.test_client()
    served = asker.get(f"{ROOT}/openapi.json")

    assert served.get_json() == json.loads(json.dumps(document()))
    again = asker.get(f"{ROOT}/openapi.json", headers={"If-None-Match": served.headers["ETag"]})
    assert again.status_code == 304


def test_every_rule_of_the_interface_is_described(app: Flask) -> None:
    served = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}

    assert served == set(OPERATIONS)
    assert all(told.method.lower() in document()["paths"][told.path] for told in OPERATIONS.values())


def test_the_page_about_the_interface_names_every_operation_and_loads_nothing_from_elsewhere(app: Flask) -> None:
    page = app.test_client().get(f"{ROOT}/docs")

    assert all(f"<code>{told.method} /api/v1{told.path}</code>" in page.text for told in OPERATIONS.values())
    assert "<script src=" not in page.text.replace('<script src="/static/', "")
    assert "https://" not in page.text.replace("https://www.openstreetmap.org", "")


def test_whatever_a_fuzzer_asks_is_answered_as_described(day: Day, make_machine: MakeMachine) -> None:
    """Schemathesis makes up requests that fit the description, and others that do not.

    A longer run, by hand: TANNHA_FUZZ=300 in the environment.
    """
    one_stop = make_machine("mot-cua", "BD", per_minute=100_000)
    one_stop.bring(a_result(8), a_result(9))
    config = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}})
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", one_stop.app, config=config)
    asked: set[str] = set()

    for made in schema.get_all_operations():
        assert isinstance(made, Ok)
        operation = made.ok()
        cases = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @seed(1)
        @settings(
            max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(case=cases)
        def ask(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {one_stop.key}"})

        ask()
        asked.add(str(operation.label))

    # The description itself it has read to begin with.
    assert asked | {"GET /openapi.json"} == {f"{told.method} {told.path}" for told in OPERATIONS.values()}
    assert day.batch in one_stop.get("/batches").text
