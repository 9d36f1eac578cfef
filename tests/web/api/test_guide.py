"""docs/api.md says what is so: its examples run as they stand there, by curl and by Python, against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import need
from tests.web.api.conftest import Machine
from tests.web.api.serving import served

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

    assert len(examples) >= 7
    for (command, expected), answer in zip(examples, answers, strict=True):
        assert agrees(json.loads(answer), json.loads(expected)), f"{command}\n{answer}"


def test_the_example_in_python_brings_a_result_in(one_stop: Machine) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    with served(one_stop.app) as url:
        told = {**os.environ, "TANNHA": url, "TANNHA_KEY": one_stop.key}
        ran = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, check=True, text=True)

    assert ran.stdout.split() == ["1", "new"]
