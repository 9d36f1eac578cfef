"""The commands that recall and correct ask at once, and say what has come of it."""

import json

import pytest
import sqlalchemy as sa

from delivery.models import (
    Result,
    Submission,
)
from delivery.wiring import Service
from tests.delivery.amending.envelopes import (
    accepted,
    sent,
    work_on,
)
from tests.delivery.conftest import Intake
from tests.delivery.post import Post
from tests.delivery.typed import typed


def test_the_commands_ask_at_once_and_say_what_has_come_of_it(
    service: Service, post: Post, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", str(post.port))
    day = accepted(service, post, intake, "sandbox")
    (code,) = day.item_codes()

    silent = typed(day.service, "recall", code)
    moved = typed(day.service, "correct", code, "--address", "Số 9 phố Thử, phường Việt Hưng, Hà Nội", "--json")
    day.print("the address was corrected")
    day.submit()
    (new,) = day.item_codes()
    asked_back = typed(day.service, "recall", new, "--reason", "comes to the counter")
    early = typed(day.service, "recall", new, "--in-hand")
    unknown = typed(day.service, "recall", "EE000000005VN", "--reason", "nobody knows it")
    released = typed(day.service, "recall", new, "--release")

    assert silent.returncode == 1
    assert "--reason" in silent.stderr
    assert json.loads(moved.stdout) == {"item_code": code, "outcome": "corrected"}
    assert asked_back.returncode == 0, asked_back.stderr
    assert "stays at the ward" in asked_back.stdout
    assert (early.returncode, unknown.returncode) == (1, 1)
    assert released.returncode == 0, released.stderr
    assert sent(day) == [Submission.VOID, Submission.VOID]
    with service.database.read() as session:
        assert session.scalars(sa.select(Result.new_ward_code)).one() == "00127"


def test_a_carrier_that_does_not_answer_the_command_is_asked_by_a_worker(
    service: Service, post: Post, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", "9")
    day = accepted(service, post, intake, "sandbox")

    asked_back = typed(day.service, "recall", day.item_codes()[0], "--reason", "comes to the counter", "--json")

    assert json.loads(asked_back.stdout)["outcome"] == "asked", asked_back.stderr
    work_on(day)
    assert sent(day) == [Submission.VOID]
