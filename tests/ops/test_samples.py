"""The samples for operators say what the code understands, and the programs that they are for take them."""

import configparser
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from delivery.cli import tannha
from delivery.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OPS = ROOT / "ops"
PAGES = [ROOT / "docs" / "operate.md", ROOT / "docs" / "machines.md"]
SAMPLES = sorted(file for file in OPS.rglob("*") if file.is_file())
UNITS = sorted((OPS / "systemd").iterdir())
KNOWN = {f"TANNHA_{name.upper()}" for name in Settings.model_fields}
INSTALLED = "/opt/tannha/.venv/bin/tannha"
# The commands that need the pages join the others there.
assert "serve" in importlib.import_module("web.command").tannha.places
PORT = str(Settings.model_fields["port"].default)


@pytest.mark.parametrize("file", [*SAMPLES, *PAGES], ids=lambda file: file.name)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    named = set(re.findall(r"TANNHA_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8")))

    assert named <= KNOWN


def commands() -> Iterator[tuple[str, ...]]:
    """Each command line of the units, the compose file and the pages for operators."""
    for unit in UNITS:
        for line in re.findall(rf"^ExecStart={INSTALLED} (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE):
            yield tuple(shlex.split(line))
    for service in compose()["services"].values():
        if service.get("command", [""])[0] == "tannha":
            yield tuple(service["command"][1:])
    for page in PAGES:
        for block in re.findall(r"^```\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                yield from _typed(line)


def _typed(line: str) -> Iterator[tuple[str, ...]]:
    """What follows the word `tannha` at the beginning of a line."""
    found = re.match(r"tannha ((?!-).*)", line)
    if found is not None:
        yield tuple(word for word in shlex.split(found[1], comments=True) if word != "&")


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((OPS / "container" / "compose.yml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("typed", sorted(set(commands())), ids=" ".join)
def test_every_command_that_is_written_down_is_one(typed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANNHA_NEW_PASSWORD", "asked for at the terminal")
    name, *arguments = typed
    found: click.Command | None = tannha.get_command(click.Context(tannha), name)
    assert found is not None, typed
    context = click.Context(tannha)
    while isinstance(found, click.Group):
        name, *arguments = arguments
        context = click.Context(found, parent=context)
        found = found.get_command(context, name)
        assert found is not None, typed

    found.make_context(name, [word.replace("…", "x") for word in arguments], parent=context)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_what_systemd_reads(unit: Path, tmp_path: Path) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(unit, encoding="utf-8")
    assert "Unit" in parsed
    if unit.suffix == ".service":
        assert parsed["Service"]["EnvironmentFile"] == "/etc/tannha/tannha.env"
        assert parsed["Service"]["User"] == "tannha"
        assert parsed["Service"]["NoNewPrivileges"] == "yes"
    if shutil.which("systemd-analyze") is None:
        return
    # The same units on this machine, where the command lies elsewhere and nobody is called tannha.
    for each in UNITS:
        text = each.read_text(encoding="utf-8").replace(INSTALLED, shutil.which("true") or "/bin/true")
        (tmp_path / each.name).write_text(re.sub(r"(?m)^(User|Group)=tannha\n", "", text), encoding="utf-8")
    named = unit.name.replace("@.", "@1.")
    if "@" in named:
        shutil.copy(tmp_path / unit.name, tmp_path / named)
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / named)], capture_output=True, text=True, check=False
    )
    ours = [line for line in judged.stderr.splitlines() if "tannha" in line]
    assert ours == []


def test_the_night_s_backup_has_its_time(tmp_path: Path) -> None:
    timer = (OPS / "systemd" / "tannha-backup.timer").read_text(encoding="utf-8")
    (when,) = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)

    assert (OPS / "systemd" / "tannha-backup.service").exists()
    assert tmp_path.exists()
    if shutil.which("systemd-analyze"):
        said = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("nginx/tannha.conf", r"server 127\.0\.0\.1:(\d+);"),
        ("caddy/Caddyfile", r"reverse_proxy 127\.0\.0\.1:(\d+)"),
        ("tannha.env", r"TANNHA_PORT=(\d+)"),
        ("container/Containerfile", r"(?:EXPOSE |TANNHA_PORT=)(\d+)"),
        ("container/compose.yml", r"127\.0\.0\.1:(\d+)"),
        ("prometheus/prometheus.yml", r'"127\.0\.0\.1:(\d+)"'),
    ],
)
def test_everybody_means_the_same_port(file: str, pattern: str) -> None:
    ports = re.findall(pattern, (OPS / file).read_text(encoding="utf-8"))

    assert ports
    assert set(ports) == {PORT}


def test_proxies_keep_the_figures_in_the_house_and_take_as_much_as_the_web_server() -> None:
    from web.lanes import MOST_BYTES  # noqa: PLC0415
    from web.room import MOST_WITH_FILE  # noqa: PLC0415

    nginx = (OPS / "nginx" / "tannha.conf").read_text(encoding="utf-8")
    caddy = (OPS / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    assert "location = /metrics { return 404; }" in nginx
    assert "respond /metrics 404" in caddy
    assert f"client_max_body_size {MOST_WITH_FILE // 2**20}m;" in nginx
    assert f"client_max_body_size {MOST_BYTES // 2**10}k;" in nginx
    # Addresses hold tracking codes; also the one that only leads to https is no log line.
    assert nginx.count("access_log off;") == len(re.findall(r"(?m)^server \{", nginx)) == 2
    assert nginx.count("{") == nginx.count("}")


def test_nginx_takes_its_sample(tmp_path: Path) -> None:
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("nginx is not on this machine")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=tannha",
            "-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]  # fmt: skip
    subprocess.run(made, check=True, capture_output=True)
    sample = (OPS / "nginx" / "tannha.conf").read_text(encoding="utf-8")
    sample = sample.replace("/etc/ssl/tannha", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    kept = "".join(
        f"{what}_temp_path {tmp_path}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{kept}{sample}\n}}\n", encoding="utf-8")

    said = subprocess.run(
        ["nginx", "-t", "-e", str(tmp_path / "log"), "-c", str(whole)], capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stderr


@pytest.mark.parametrize(
    "asked",
    [
        "promtool check rules prometheus/alerts.yml",
        "promtool check config --syntax-only prometheus/prometheus.yml",
        # What is silent is heard, and a house that is well is left in peace.
        "promtool test rules prometheus/alerts.test.yml",
        "caddy validate --adapter caddyfile --config caddy/Caddyfile",
    ],
)
def test_the_programs_that_samples_are_for_take_them(asked: str, tmp_path: Path) -> None:
    if shutil.which(asked.split(maxsplit=1)[0]) is None:
        pytest.skip(f"{asked.split(maxsplit=1)[0]} is not on this machine")

    said = subprocess.run(
        shlex.split(asked), cwd=OPS, env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert said.returncode == 0, said.stdout + said.stderr


def test_the_compose_file_holds_together() -> None:
    file = compose()
    services = file["services"]

    assert {"db", "mq", "init", "web", "worker", "backup"} == set(services)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert "/" not in service["image"]  # by name only; from where, the machine decides
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in file["volumes"]
        if service["image"] == "tannha":
            assert (OPS / "container" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
            assert service["read_only"]
    written = (OPS / "container" / "Containerfile").read_text(encoding="utf-8")
    (start,) = re.findall(r"^CMD (\[.*\])$", written, re.MULTILINE)
    assert json.loads(start) == services["web"]["command"]


def test_what_the_samples_set_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)

    read = Settings(_env_file=OPS / "tannha.env")  # type: ignore[call-arg]

    assert read.database.startswith("postgresql+psycopg://")
    assert read.web_url.startswith("https://")
    assert read.log == "json"
    assert sys.version_info >= (3, 11)


def test_each_setting_is_explained_in_the_example_and_with_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"^(?:# )?(TANNHA_[A-Z_]+)=", example, re.MULTILINE)) == KNOWN
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)  # type: ignore[call-arg]
