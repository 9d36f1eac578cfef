"""What is unsafe to serve the public with is said, each with what to do; nothing else is complained of."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from delivery.backup.making import LAST
from delivery.errors import BadSetting
from delivery.models import Meta, Staff
from delivery.moments import now
from delivery.safety import dangers
from delivery.settings import Settings
from delivery.wiring import Service
from tests.security.ground import Ground

SECRETS = ("ngsp_secret", "backup_passphrase")
KEY = "-----BEGIN PUBLIC KEY-----\n"


@pytest.fixture
def production(ground: Ground, tmp_path: Path) -> dict[str, Any]:
    """The settings of a ward that serves the public well."""
    home, keys = ground.service.settings.home, tmp_path / "post"
    keys.mkdir()
    (keys / "vnpost.pem").write_text(KEY)
    home.chmod(0o700)
    for key in ground.service.settings.keys.glob("*"):
        key.chmod(0o600)
    with ground.service.database.write() as session:
        session.execute(sa.delete(Meta).where(Meta.key == "demo"))
    _backed_up(ground.service, timedelta(hours=20))
    return {
        "home": home, "public_url": "https://tannha.example.gov.vn", "trusted_proxies": "127.0.0.1",
        "second_factor": "required", "carrier": "ngsp", "ngsp_url": "https://lgsp.example.vn",
        "ngsp_secret": "of our own",
        "callback_keys": keys, "backup_passphrase": "kept in two safes",
        "database_url": f"sqlite:///{home / 'tannha.db'}",
    }  # fmt: skip


def _backed_up(service: Service, ago: timedelta) -> None:
    """The last backup was made so long ago."""
    with service.database.write() as session:
        session.merge(Meta(key=LAST, value=(now() - ago).isoformat()))


def found(settings: dict[str, Any]) -> dict[str, str]:
    service = Service.from_settings(Settings(**settings, _env_file=None))  # type: ignore[call-arg]
    try:
        return {danger.what: danger.says for danger in dangers(service) if not danger.ok}
    finally:
        service.close()


def test_a_ward_that_serves_the_public_well_is_told_nothing(production: dict[str, Any]) -> None:
    assert found(production) == {}


@pytest.mark.parametrize(
    ("change", "what", "says"),
    [
        ({"public_url": "http://tannha.example.gov.vn"}, "Address of the pages", "TANNHA_PUBLIC_URL"),
        ({"public_url": ""}, "Address of the pages", "TANNHA_PUBLIC_URL"),
        ({"trusted_proxies": ""}, "Where it listens", "TANNHA_TRUSTED_PROXIES"),
        ({"host": "0.0.0.0", "trusted_proxies": ""}, "Where it listens", "0.0.0.0"),
        ({"tries_per_minute": 0}, "Limits for each address", "TANNHA_TRIES_PER_MINUTE"),
        ({"second_factor": "offered"}, "Second step at the log-in", "4"),
        ({"second_factor": "off"}, "Second step at the log-in", "TANNHA_SECOND_FACTOR"),
        ({"oidc_issuer": "http://sso.example.vn"}, "Log-ins by a provider", "TANNHA_OIDC_ISSUER"),
        ({"oidc_issuer": "https://sso.example.vn"}, "Log-ins by a provider", "TANNHA_OIDC_CLIENT_SECRET"),
        (
            {"citizen_oidc_issuer": "https://id.example.vn"},
            "Log-ins by a provider",
            "TANNHA_CITIZEN_OIDC_CLIENT_SECRET",
        ),
        (
            {"oidc_issuer": "https://sso.example.vn", "oidc_client_secret": "ours", "oidc_plain_http": True},
            "Log-ins by a provider",
            "TANNHA_OIDC_PLAIN_HTTP",
        ),
        ({"ngsp_secret": "sandbox-only"}, "Secrets of the carrier", "TANNHA_NGSP_SECRET"),
        ({"carrier": "sandbox"}, "Secrets of the carrier", "TANNHA_CARRIER"),
        ({"backup_passphrase": ""}, "Backups", "TANNHA_BACKUP_RECIPIENT"),
        ({"backup_hours": 19}, "Backups", "19"),
        ({"callback_keys": None}, "Reports of the carrier", "TANNHA_CALLBACK_KEYS"),
        ({"ngsp_url": "http://lgsp.example.vn"}, "Lines to others", "TANNHA_NGSP_URL"),
        ({"geocoder": "nominatim", "geocoder_url": "http://maps.example.vn"}, "Lines to others", "TANNHA_GEOCODER_URL"),
        ({"broker_url": "amqp://a:b@mq.example.vn"}, "Broker", "mq.example.vn"),
        ({"broker_url": "amqps://mq.example.vn"}, "Broker", "mq.example.vn"),
        ({"broker_url": "amqps://guest:guest@mq.example.vn"}, "Broker", "mq.example.vn"),
        ({"broker_url": "redis://:x@mq.example.vn"}, "Broker", "rediss://"),
    ],
)
def test_each_unsafe_setting_is_said_with_what_to_do(
    production: dict[str, Any], change: dict[str, Any], what: str, says: str
) -> None:
    told = found({**production, **change})

    assert list(told) == [what]
    assert says in told[what]


def test_a_house_whose_backups_have_stopped_is_told_so_and_one_that_never_made_any(
    production: dict[str, Any], ground: Ground
) -> None:
    _backed_up(ground.service, timedelta(hours=27))
    stopped = found(production)
    with ground.service.database.write() as session:
        session.execute(sa.delete(Meta).where(Meta.key == LAST))
    never = found(production)
    _backed_up(ground.service, timedelta(hours=25))

    assert [*stopped, *never] == ["Backups", "Backups"]
    assert "26" in stopped["Backups"]
    assert all("tannha backup" in told["Backups"] for told in (stopped, never))
    assert found(production) == {}
    assert found({**production, "backup_passphrase": "", "backup_recipient": "age1of-our-own"}) == {}


def test_names_do_not_travel_to_a_database_elsewhere_as_they_are(production: dict[str, Any]) -> None:
    elsewhere = "postgresql+psycopg://tannha@192.0.2.1:1/tannha?connect_timeout=1"

    assert "sslmode=verify-full" in found({**production, "database_url": elsewhere})["Database"]
    assert "Database" not in found({**production, "database_url": f"{elsewhere}&sslmode=verify-full"})


def test_files_that_others_can_read_are_named(production: dict[str, Any]) -> None:
    production["home"].chmod(0o755)
    (production["home"] / "keys" / "session").chmod(0o640)

    told = found(production)["Files of this machine"]

    assert "keys/session" in told
    assert "chmod go=" in told


def test_the_accounts_of_a_demo_are_no_accounts_of_a_ward(production: dict[str, Any]) -> None:
    (production["home"] / "demo-logins.txt").write_text("bode\tpassword\tBồ Đề\n")

    assert list(found(production)) == ["Accounts of the demo"]


def test_a_new_home_is_its_owner_s_alone(tmp_path: Path) -> None:
    Service.from_settings(Settings(home=tmp_path / "new", _env_file=None)).close()  # type: ignore[call-arg]

    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_secrets_are_read_from_files_and_missed_in_the_environment(
    production: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "tannha_ngsp_secret").write_text("of the file")
    (folder / "tannha_ngsp_secret").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANNHA_SECRETS_DIR", str(folder))
    assert Settings.from_env().ngsp_secret.get_secret_value() == "of the file"

    monkeypatch.setenv("TANNHA_NGSP_SECRET", "a word that nobody knows")

    told = found(production)
    assert list(told) == ["Secrets in files"]
    assert "TANNHA_NGSP_SECRET" in told["Secrets in files"]
    assert "a word that nobody knows" not in told["Secrets in files"]


def _command(home: Path, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "TANNHA_HOME": str(home), **told}
    command = [sys.executable, "-m", "web", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home)


def test_the_command_refuses_what_is_unsafe_and_lets_pass_what_is_not(production: dict[str, Any]) -> None:
    home = production["home"]
    safe = {
        f"TANNHA_{name.upper()}": str(value)
        for name, value in production.items()
        if name not in {"home", "database_url", *SECRETS}
    }
    folder = home / "secrets"
    folder.mkdir(mode=0o700)
    for name in SECRETS:
        (folder / f"tannha_{name}").write_text(production[name])
        (folder / f"tannha_{name}").chmod(0o600)
    safe["TANNHA_SECRETS_DIR"] = str(folder)

    well = _command(home, "check", "--security", "--json", **safe)
    ill = _command(home, "check", "--security", "--json", **{**safe, "TANNHA_PUBLIC_URL": "http://x.example.vn"})

    assert (well.returncode, ill.returncode) == (0, 1), well.stdout + well.stderr
    assert [each["what"] for each in json.loads(ill.stdout) if not each["ok"]] == ["Address of the pages"]


ADDRESSES = [name for name in Settings.model_fields if name.endswith("_url")]
INWARD = ("file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "javascript:alert(1)", "http://169.254.169.254/latest",
          "http://[fe80::1]/", "//evil.example", "ftp://evil.example", "dict://127.0.0.1")  # fmt: skip


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("address", INWARD)
def test_no_setting_makes_a_process_ask_what_is_none_of_its_business(
    name: str, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"TANNHA_{name.upper()}", address)

    with pytest.raises(BadSetting, match=f"TANNHA_{name.upper()}"):
        Settings.from_env()


def test_no_field_of_any_page_is_an_address_that_is_asked(ground: Ground) -> None:
    """What is asked over a network stands in settings alone, but for notices: those are judged (tests/notices)."""
    columns = {str(column) for table in Staff.metadata.tables.values() for column in table.columns}

    addresses = {name for name in columns if name.endswith(("url", "uri", "host", "webhook", "endpoint"))}
    assert addresses == {"notice_endpoint.url"}
    assert ground.rules


@pytest.mark.parametrize("public", ["https://tannha.example.gov.vn", ""])
def test_serving_the_public_says_what_is_unsafe_and_a_demo_is_left_in_peace(
    with_settings: Callable[..., Ground], public: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from web.cli import _warn  # noqa: PLC0415  the module speaks to the terminal that is there when it is first read

    _warn(with_settings(public_url=public).service)

    assert ("TANNHA_CARRIER" in capsys.readouterr().err) is bool(public)
