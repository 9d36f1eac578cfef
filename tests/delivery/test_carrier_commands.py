"""The commands about carriers, postage and item codes, as a person types them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from delivery.carriers import callback_keys, read_callback
from delivery.cli import tannha
from delivery.dispatch.numbers import numbers_left, take_number
from delivery.doctor import examine
from delivery.errors import NotNow
from delivery.models import NumberRange
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import NOW
from tests.delivery.post import Post, running_post


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox") as started:
        yield started


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; the post, where there is one, is started before we go there."""
    if "post" in request.fixturenames:
        request.getfixturevalue("post")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANNHA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TANNHA_LANGUAGE", "en")
    return tmp_path / "home"


@pytest.mark.usefixtures("home")
def test_the_list_of_carriers_says_what_may_be_relied_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANNHA_CARRIER", "myvnpost")
    listed = {
        each["name"]: each for each in json.loads(CliRunner().invoke(tannha, ["carrier", "list", "--json"]).output)
    }

    assert [name for name, each in listed.items() if each["chosen"]] == ["myvnpost"]
    assert listed["ngsp"]["deduplicates"]
    assert not listed["myvnpost"]["deduplicates"]
    assert listed["myvnpost"]["queryable"]
    assert not listed["viettelpost"]["tracks"]
    assert CliRunner().invoke(tannha, ["carrier", "list"]).exit_code == 0


@pytest.mark.parametrize("carrier", ["sandbox", "ngsp", "ngsp-provincial", "myvnpost", "viettelpost", "own-team"])
@pytest.mark.usefixtures("home")
def test_the_check_proves_the_connection_without_an_order(
    post: Post, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", str(post.port))
    monkeypatch.setenv("TANNHA_CARRIER", carrier)

    answer = CliRunner().invoke(tannha, ["carrier", "check"])

    assert answer.exit_code == 0, answer.output
    assert post.ledger() == {}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("carrier", ["ngsp", "myvnpost", "viettelpost"])
def test_a_carrier_that_does_not_answer_fails_the_check(carrier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANNHA_SANDBOX_PORT", "9")
    monkeypatch.setenv("TANNHA_CARRIER", carrier)

    assert CliRunner().invoke(tannha, ["carrier", "check"]).exit_code == 1


def test_postage_follows_the_table_in_the_home(home: Path) -> None:
    run = CliRunner().invoke
    assert json.loads(run(tannha, ["fee", "quote", "--json"]).output)["dong"] == 26_000

    run(tannha, ["fee", "table", "--edit"])
    table = home / "fees.toml"
    table.write_text(table.read_text("utf-8").replace("dong = 26000", "dong = 27000"), "utf-8")

    asked = ["fee", "quote", "--json", "--payer", "citizen_cod"]
    assert json.loads(run(tannha, asked).output) == {"dong": 27_000, "at_the_door": 27_000, "exempt": ""}
    assert run(tannha, ["fee", "quote", "--exempt", "nobody"]).exit_code == 1
    table.write_text("broken", "utf-8")
    assert run(tannha, ["fee", "table"]).output == "broken"
    assert run(tannha, ["fee", "quote"]).exit_code == 1


def test_the_doctor_warns_before_the_item_codes_run_out(service: Service) -> None:
    with service.database.write() as session:
        left = numbers_left(session)
        take_number(session)
        assert numbers_left(session) == left - 1
        session.execute(sa.update(NumberRange).values(next=NumberRange.last - 2))

    (finding,) = (each for each in examine(service) if each.what == "Item codes")

    assert not finding.ok


def test_the_sandbox_s_keys_and_secret_never_speak_for_a_real_carrier(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    here = Settings(home=tmp_path, viettelpost_url="https://a.example", ngsp_url="https://b.example", _env_file=None)  # type: ignore[call-arg]

    with pytest.raises(NotNow):
        read_callback(here.model_copy(update={"carrier": "viettelpost"}), b'{"TOKEN": "sandbox-only"}', NOW)
    with pytest.raises(NotNow):
        callback_keys(here.model_copy(update={"carrier": "ngsp-provincial"}))
