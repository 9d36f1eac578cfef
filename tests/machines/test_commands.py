"""The command by which machines are entered, given other keys, and closed."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from delivery.cli import tannha
from delivery.machines.clients import who_has
from delivery.models import AuditEntry
from delivery.moments import now
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANNHA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TANNHA_LANGUAGE", "en")
    service = Service.from_settings(Settings.from_env())
    set_up(service)
    return service


def client(*arguments: str) -> Result:
    return CliRunner().invoke(tannha, ["client", *arguments])


def test_a_machine_is_entered_given_another_key_and_closed(here: Service) -> None:
    added = client("add", "mot-cua", "--scope", "results:write", "--scope", "results:read", "--office", "BD")
    rotated = client("rotate", "mot-cua")
    keys = [told.output.split()[-1] for told in (added, rotated)]
    with here.database.read() as session:
        callers = [who_has(session, key, now()) for key in keys]

    assert [caller.name for caller in callers if caller is not None] == ["mot-cua"] * 2
    (listed,) = json.loads(client("list", "--json").output)["clients"]
    assert (listed["scopes"], listed["offices"], listed["active"]) == (["results:read", "results:write"], ["BD"], True)
    assert "mot-cua" in client("list").output
    assert not set(keys) & set(client("list", "--json").output.split())
    assert client("close", "mot-cua").exit_code == 0
    with here.database.read() as session:
        assert [who_has(session, key, now()) for key in keys] == [None, None]
        book = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert book == ["entered the machine", "gave the machine a new key", "closed the machine"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "mot-cua", "--scope", "results:read"),
        ("add", "mot-cua", "--scope", "results:read", "--office", "BD", "--all-offices"),
        ("add", "mot-cua", "--scope", "results:read", "--office", "XX"),
        ("rotate", "nobody"),
        ("close", "nobody"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    told = client(*arguments)

    assert told.exit_code == 1
    assert "Traceback" not in told.output
