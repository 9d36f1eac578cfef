"""docs/api.md says what is so: its examples run as they stand there, by curl and by Python, against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from delivery.citizens.requests import CONSENT, consent_of
from delivery.i18n import catalogue
from delivery.models import Result
from delivery.wiring import Service
from tests.conftest import need
from tests.web.api.conftest import Machine
from tests.web.api.serving import process_of, served

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "api.md"
ANSWERED = re.compile(r"```sh\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)


def agrees(told: object, expected: object) -> bool:
    """Whether an answer is what the guide shows; what is otherwise each time is an ellipsis there."""
    if expected == "…":
        return isinstance(told, str)
    if isinstance(expected, dict) and isinstance(told, dict):
        return set(told) == set(expected) and all(agrees(told[name], expected[name]) for name in expected)
    if isinstance(expected, list) and isinstance(told, list):
        return len(told) == len(expected) and all(map(agrees, told, expected))
    return told == expected


def test_the_examples_are_answered_as_the_guide_shows(one_stop: Machine) -> None:
    need(shutil.which("curl") is not None, "curl")
    examples = ANSWERED.findall(GUIDE.read_text(encoding="utf-8"))
    with served(one_stop.app) as url:
        told = {**os.environ, "TANNHA": url, "TANNHA_KEY": one_stop.key}
        answers = [
            subprocess.run(["bash", "-c", command], env=told, capture_output=True, check=True, text=True).stdout
            for command, _answer in examples
        ]

    assert len(examples) >= 10
    for (command, expected), answer in zip(examples, answers, strict=True):
        assert agrees(json.loads(answer), json.loads(expected)), f"{command}\n{answer}"


def programs() -> list[str]:
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_in_python_brings_a_result_in(one_stop: Machine) -> None:
    program, _typed = programs()
    with served(one_stop.app) as url:
        told = {**os.environ, "TANNHA": url, "TANNHA_KEY": one_stop.key}
        ran = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, check=True, text=True)

    assert ran.stdout.split() == ["1", "new"]


def test_the_client_that_is_made_from_the_description_asks_for_delivery_and_follows(
    service: Service, one_stop: Machine, tmp_path: Path
) -> None:
    """As somebody who connects a portal does it: made by the one command, against a server in a process of its own."""
    need(shutil.which("make") is not None and find_spec("openapi_python_client") is not None, "openapi-python-client")
    _program, typed = programs()
    # The environment is there already: making it is not what is looked at here.
    make = ["make", "--old-file=setup", "client", f"BIN={Path(sys.executable).parent}", f"CLIENT={tmp_path}"]
    subprocess.run(make, cwd=GUIDE.parent.parent, capture_output=True, check=True)
    with process_of(service.settings.home) as url:
        told = {**os.environ, "TANNHA": url, "TANNHA_KEY": one_stop.key, "PYTHONPATH": str(tmp_path)}
        ran = subprocess.run(
            [sys.executable, "-c", typed], cwd=tmp_path, env=told, capture_output=True, check=True, text=True
        )

    brought, consent, wished, state, steps = ran.stdout.splitlines()
    assert (brought, wished, state) == ("new", "changed", "waiting")
    assert consent == catalogue("vi").gettext(CONSENT)
    assert steps == "received corrected"
    with service.database.read() as session:
        result = session.scalars(sa.select(Result)).one()
        assert (result.address, result.slots) == ("Số 5 phố Thử, phường Bồ Đề, Hà Nội", "13:30-17:00")
        assert consent_of(session, result) is not None
