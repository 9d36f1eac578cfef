"""Whoever runs the machine adds endpoints, tries them, and sees what fails; whoever receives follows the example."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from delivery.cli import tannha
from delivery.doctor import Finding, examine
from delivery.models import AuditEntry, NoticeEndpoint
from delivery.moments import now
from delivery.notices.endpoints import find_endpoint
from delivery.notices.signing import headers, new_secret
from delivery.rules.notices import NoticeType, Told
from delivery.rules.standing import Stage
from delivery.wiring import Service
from tests.journeys.test_the_day import until
from tests.notices.conftest import Telling, a_service, an_endpoint
from tests.notices.conftest import Told as OneStop
from tests.notices.receiver import Receiver
from web.processes import free_port

ROOT = Path(__file__).resolve().parents[2]


def doctor(service: Service) -> Finding:
    return next(one for one in examine(service) if one.what == "Notices to the one-stop system")


def command(service: Service, *arguments: str, fails: bool = False) -> str:
    here = service.settings
    environment = {
        "TANNHA_HOME": str(here.home), "TANNHA_DATABASE_URL": here.database, "TANNHA_NOTICE_PLAIN_HTTP": "true",
        "TANNHA_CARRIER": "own-team", "TANNHA_LANGUAGE": "vi", "COLUMNS": "250",
    }  # fmt: skip
    result = CliRunner(env=environment).invoke(tannha, ["notices", *arguments])
    assert (result.exit_code != 0) is fails, result.output
    return result.output


def test_an_endpoint_from_its_first_day_to_its_last_at_the_command_line(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service = a_service(tmp_path / "home")
    command(service, "list")
    assert "https" in command(service, "add", "Xa", "http://10.0.0.1/x", fails=True)
    added = command(service, "add", "Một cửa", receiver.url, "--office", "BD", "--type", "result.taken_over")
    receiver.secrets.append(next(line for line in added.splitlines() if line.startswith("whsec_")))
    command(service, "ping", "1")
    told = OneStop.comes_in(service, tmp_path)
    told.notices()
    assert receiver.types == ["endpoint.ping", "result.taken_over"]

    log: list[dict[str, Any]] = json.loads(command(service, "log", "1", "--json"))
    assert [(one["type"], one["state"], one["status"]) for one in log] == [
        ("result.taken_over", "sent", 204), ("endpoint.ping", "sent", 204),
    ]  # fmt: skip
    assert "đã gửi" in command(service, "log", "1")
    command(service, "replay", "1", fails=True)
    command(service, "replay", "1", "--notice", log[0]["notice"])
    command(service, "replay", "1", "--since", (now() - timedelta(hours=1)).isoformat())
    told.notices()
    assert receiver.names[-1] == log[0]["notice"]

    assert command(service, "rotate", "1").splitlines()[-1].startswith("whsec_")
    command(service, "pause", "1")
    assert json.loads(command(service, "list", "--json"))[0]["state"] == "paused"
    command(service, "resume", "1")
    command(service, "move", "1", receiver.url + "/khac")
    command(service, "remove", "1")
    command(service, "ping", "1", fails=True)
    with service.database.read() as session:
        book = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject == "endpoint:1")).all()
        kept = session.scalars(sa.select(NoticeEndpoint)).one()
    assert set(book) == {
        "added", "sent a test notice", "sent notices again", "rotated a secret", "paused notices", "resumed notices",
        "changed", "removed an endpoint",
    }  # fmt: skip
    assert receiver.secrets[0].encode() not in kept.secret
    service.close()


def test_the_doctor_says_what_fails_since_when_and_how_many_wait(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    assert doctor(service).ok
    endpoint_id = an_endpoint(service, receiver)
    receiver.always = "503"
    told = OneStop.comes_in(service, tmp_path, count=2)
    told.notices()
    found = doctor(service)
    assert not found.ok
    assert "Một cửa thử lỗi từ" in found.says
    assert "2 đang chờ" in found.says

    receiver.always = "204"
    told.notices()
    assert doctor(service).ok
    receiver.always = "410"
    told.more(3)
    told.notices()
    assert not doctor(service).ok
    with service.database.read() as session:
        assert find_endpoint(session, endpoint_id).last_sent_at is not None


def test_a_secret_of_another_home_is_no_signature_of_ours_and_is_named(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    with service.database.write() as session:
        session.scalars(sa.select(NoticeEndpoint)).one().secret = b"sealed with another key".ljust(60)
    OneStop.comes_in(service, tmp_path).notices()

    assert receiver.names == []
    assert "đổi khóa bí mật" in doctor(service).says


def test_the_example_of_the_documentation_receives(tmp_path: Path) -> None:
    """docs/notices.md shows it; here it runs as it is printed there."""
    secret, port = new_secret(), free_port()
    environment = {**os.environ, "NOTICE_SECRET": secret}
    output = (tmp_path / "output").open("wb")
    example = [sys.executable, str(ROOT / "docs" / "examples" / "receive_notices.py"), str(port)]
    body = b'{"type":"result.delivered","data":{"dossier_code":"H26","copy_no":1,"sequence":2}}'
    late = b'{"type":"result.under_way","data":{"dossier_code":"H26","copy_no":1,"sequence":1}}'

    def post(name: str, content: bytes, by: str = secret) -> int:
        signed = headers([by], name, int(now().timestamp()), content)
        return httpx.post(
            f"http://127.0.0.1:{port}/", content=content, headers=dict(signed), trust_env=False
        ).status_code

    def listens() -> bool:
        try:
            return post("ntc_0", body, new_secret()) == 401
        except httpx.TransportError:
            return False

    with output, subprocess.Popen(example, env=environment, stdout=output) as process:
        try:
            until(listens, 60)
            assert [post("ntc_1", body), post("ntc_1", body), post("ntc_2", late)] == [204, 204, 204]
        finally:
            process.terminate()
            process.wait(15)
    said = (tmp_path / "output").read_text(encoding="utf-8")
    assert said.count("result.delivered") == 1
    assert "result.under_way" not in said


def test_what_the_documentation_shows_is_the_example_that_runs() -> None:
    example = (ROOT / "docs" / "examples" / "receive_notices.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "notices.md").read_text(encoding="utf-8")
    shown = page.split("```python\n")[1].split("```")[0]

    assert shown.strip() in example


def test_the_documentation_names_every_kind_every_stage_and_every_field() -> None:
    page = (ROOT / "docs" / "notices.md").read_text(encoding="utf-8")
    named = [*NoticeType, *Stage, *Told("", Stage.DELIVERED).as_data(), "dossier_code", "copy_no", "sequence"]

    assert [name for name in named if f"`{name}`" not in page] == []
