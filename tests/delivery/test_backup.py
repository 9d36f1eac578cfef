"""The whole installation in one sealed file: it comes back to the last row, or says why it cannot."""

import io
import shutil
import tarfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings, strategies
from psycopg import sql

from delivery.backup.envelope import Lock, Opener, new_identity, seal, unseal
from delivery.backup.errors import BadBackup, NotEmpty, ToolMissing, WrongKey
from delivery.backup.making import Made, last_backup, make_backup, rotate
from delivery.backup.manifest import NAME, Manifest
from delivery.backup.restoring import check_backup, restore_backup
from delivery.cli import tannha
from delivery.database import Database
from delivery.dispatch.batching import batch_due
from delivery.errors import BadInput, BadSetting, NotNow
from delivery.models import Item, Result
from delivery.settings import Settings
from delivery.wiring import Service
from tests.conftest import need
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.postgres import POSTGRES, drop, postgres_url

SECRET, PUBLIC = new_identity()
LOCK, OPENER = Lock(recipient=PUBLIC), Opener(identity=SECRET)
PAPER = b"%PDF-1.7 a label"


@pytest.fixture
def backed_up(service: Service, intake: Intake, tmp_path: Path) -> Made:
    """A printed day, one paper on the disk, a letter of fees, and the backup of all that."""
    if service.database.engine.dialect.name == "postgresql":
        need(shutil.which("pg_dump") is not None, "pg_dump, of PostgreSQL's client programs,")
    Day(service, intake).import_and_place(a_row(1), a_row(2))
    with service.database.write() as session:
        batch_due(session, DAY, NOW)
    (service.settings.papers / "BD-261125-1").mkdir(parents=True)
    (service.settings.papers / "BD-261125-1" / "labels.pdf").write_bytes(PAPER)
    (service.settings.home / "logs").mkdir()
    (service.settings.home / "logs" / "web.log").write_text("a line", encoding="utf-8")
    return make_backup(service, tmp_path / "day.tnb", LOCK, NOW)


def fresh(chosen: Settings) -> Settings:
    """The same settings with nothing remembered of others."""
    return Settings(_env_file=None, **chosen.model_dump())  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def another_postgres() -> Iterator[str]:
    """The address of a database on the server of a new machine."""
    name = f"tannha_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_url(name)
        drop(connection, name)


@pytest.fixture
def elsewhere(service: Service, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """An empty home on a new machine, with an empty database of the same kind."""
    home = tmp_path / "new"
    if service.database.engine.dialect.name == "sqlite":
        return fresh(service.settings.model_copy(update={"home": home, "database_url": ""}))
    url = request.getfixturevalue("another_postgres")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return fresh(service.settings.model_copy(update={"home": home, "database_url": url}))


def names_in(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(one.recipient_name for one in session.scalars(sa.select(Result)))


def test_a_day_comes_back_on_a_new_machine_with_its_papers(
    service: Service, backed_up: Made, elsewhere: Settings
) -> None:
    manifest = restore_backup(backed_up.file, OPENER, elsewhere)

    there = Service.from_settings(elsewhere)
    assert there.database.is_at_head()
    try:
        with pytest.raises(NotNow, match="fields-1"):
            names_in(there.database)
        shutil.copytree(service.settings.keys, elsewhere.keys)
        assert names_in(there.database) == names_in(service.database)
    finally:
        there.database.engine.dispose()
    assert (elsewhere.papers / "BD-261125-1" / "labels.pdf").read_bytes() == PAPER
    assert manifest.totals.groups["item.custody.ward"] == 2
    assert not (elsewhere.home / "logs").exists()
    assert not list(elsewhere.home.glob(".restore-*"))


def test_a_backup_can_be_tried_and_the_trial_leaves_nothing_behind(service: Service, backed_up: Made) -> None:
    before = sorted(service.settings.home.rglob("*"))

    manifest = check_backup(backed_up.file, OPENER, service.settings)

    assert manifest == backed_up.manifest
    assert manifest.totals.rows["result"] == 2
    assert sorted(service.settings.home.rglob("*")) == before


def test_the_keys_are_inside_only_where_somebody_asked_for_it(
    service: Service, backed_up: Made, elsewhere: Settings, tmp_path: Path
) -> None:
    whole = make_backup(service, tmp_path / "whole.tnb", LOCK, NOW, with_keys=True)

    restore_backup(whole.file, OPENER, elsewhere)

    assert not backed_up.manifest.has_keys
    for name in ("seal", "fields-1"):
        assert (elsewhere.keys / name).read_bytes() == (service.settings.keys / name).read_bytes()
    assert (elsewhere.keys / "seal").stat().st_mode & 0o077 == 0


def test_nobody_s_name_can_be_read_in_the_file(service: Service, backed_up: Made) -> None:
    content = backed_up.file.read_bytes()

    assert all(name.encode() not in content for name in names_in(service.database))
    assert PAPER not in content
    assert backed_up.file.stat().st_mode & 0o077 == 0


def test_what_is_there_already_is_not_overwritten(service: Service, backed_up: Made, elsewhere: Settings) -> None:
    with pytest.raises(NotEmpty):
        restore_backup(backed_up.file, OPENER, service.settings)
    (elsewhere.papers / "BD-261125-1").mkdir(parents=True)
    (elsewhere.papers / "BD-261125-1" / "labels.pdf").write_bytes(b"another paper")

    with pytest.raises(NotEmpty, match=r"labels\.pdf"):
        restore_backup(backed_up.file, OPENER, elsewhere)

    assert (elsewhere.papers / "BD-261125-1" / "labels.pdf").read_bytes() == b"another paper"
    assert len(names_in(service.database)) == 2


def test_a_restore_that_was_cut_short_before_the_books_goes_on(backed_up: Made, elsewhere: Settings) -> None:
    (elsewhere.papers / "BD-261125-1").mkdir(parents=True)
    (elsewhere.papers / "BD-261125-1" / "labels.pdf").write_bytes(PAPER)

    assert restore_backup(backed_up.file, OPENER, elsewhere).totals.rows["item"] == 2


def test_the_books_know_when_they_were_last_backed_up(service: Service, backed_up: Made) -> None:
    assert backed_up.size > 0
    with service.database.read() as session:
        assert last_backup(session) == NOW


def test_the_oldest_backups_go_and_nothing_else(tmp_path: Path) -> None:
    names = [f"tannha-2026112{day}-010000.tnb" for day in range(1, 6)]
    for name in (*names, "tannha-notes.txt", "tannha-20261120-010000.tnb.part", "other.tnb"):
        (tmp_path / name).touch()

    gone = rotate(tmp_path, 2)

    assert [file.name for file in gone] == names[:3]
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {*names[3:], "tannha-notes.txt", "tannha-20261120-010000.tnb.part", "other.tnb"}


def test_without_the_programs_of_postgresql_a_backup_says_what_to_install(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if service.database.engine.dialect.name == "sqlite":
        make_backup(service, tmp_path / "day.tnb", LOCK, NOW)
        return

    with pytest.raises(ToolMissing, match="postgresql-client"):
        make_backup(service, tmp_path / "day.tnb", LOCK, NOW)

    assert not list(tmp_path.glob("*day.tnb*"))


# ---------------------------------------------------------------- the seal


def sealed(write: Callable[[BinaryIO], object], lock: Lock = LOCK) -> bytes:
    file = io.BytesIO()
    seal(file, lock, lambda content: (write(content), None)[1])
    return file.getvalue()


def opened(content: bytes, opener: Opener = OPENER) -> bytes:
    read: list[bytes] = []
    unseal(io.BytesIO(content), opener, lambda inside: read.append(inside.read()))
    return read[0]


SEALED = sealed(lambda content: content.write(bytes(range(256)) * 1000))


@given(strategies.binary(max_size=300_000))
@settings(max_examples=30, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
def test_what_was_sealed_is_opened_again(content: bytes) -> None:
    assert opened(sealed(lambda inside: inside.write(content))) == content


@given(strategies.integers(512, len(SEALED) - 1025), strategies.integers(1, 255))
@settings(max_examples=60)
def test_one_changed_byte_anywhere_is_noticed_or_changes_nothing(at: int, change: int) -> None:
    damaged = SEALED[:at] + bytes([SEALED[at] ^ change]) + SEALED[at + 1 :]

    try:
        assert opened(damaged) == bytes(range(256)) * 1000
    except (BadBackup, WrongKey):
        assert True
    else:
        # Outside the seal only the word for strangers and the tar's own remarks may change.
        assert at < 2048 or at > len(SEALED) - 2048


@given(strategies.integers(0, len(SEALED) - 1600))
@settings(max_examples=40)
def test_a_file_that_was_cut_short_is_never_taken_for_a_whole_one(length: int) -> None:
    with pytest.raises((BadBackup, WrongKey)):
        opened(SEALED[:length])


@pytest.mark.parametrize("foreign", [b"", b"not a backup", bytes(10_240), b"PK\x03\x04" * 500])
def test_a_foreign_file_is_told_so(foreign: bytes) -> None:
    with pytest.raises(BadBackup, match="không phải"):
        opened(foreign)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongKey):
        opened(SEALED, Opener(identity=new_identity()[0]))
    with pytest.raises(WrongKey, match="--key"):
        opened(SEALED, Opener(passphrase="anything"))


def test_a_passphrase_opens_what_it_has_sealed_and_another_one_does_not() -> None:
    content = sealed(lambda inside: inside.write(b"the books") and None, Lock(passphrase="đúng câu này"))

    assert opened(content, Opener(passphrase="đúng câu này")) == b"the books"
    with pytest.raises(WrongKey, match="không mở"):
        opened(content, Opener(passphrase="câu khác"))


def test_there_is_no_backup_without_a_seal(service: Service, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="TANNHA_BACKUP_RECIPIENT"):
        make_backup(service, tmp_path / "day.tnb", Lock(), NOW)

    assert not list(tmp_path.glob("*.tnb*"))


# ---------------------------------------------------------------- what does not hold what it says


def forged(backup: Made, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """The same backup, sealed rightly, with something else inside."""
    inside = opened(backup.file.read_bytes())
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(inside), mode="r:gz") as was,
        tarfile.open(fileobj=out, mode="w:gz") as becomes,
    ):
        for part in was:
            source = was.extractfile(part)
            assert source is not None
            name, content = change(part.name, source.read())
            about = tarfile.TarInfo(name)
            about.size = len(content)
            becomes.addfile(about, io.BytesIO(content))
    file = backup.file.with_name("forged.tnb")
    file.write_bytes(sealed(lambda content: content.write(out.getvalue())))
    return file


def with_manifest(change: Callable[[Manifest], Manifest]) -> Callable[[str, bytes], tuple[str, bytes]]:
    def changed(name: str, content: bytes) -> tuple[str, bytes]:
        return name, change(Manifest.parse(content)).as_bytes() if name == NAME else content

    return changed


def test_books_with_other_totals_than_were_written_down_are_not_put_back(
    service: Service, backed_up: Made, elsewhere: Settings
) -> None:
    def one_more(manifest: Manifest) -> Manifest:
        return replace(manifest, totals=replace(manifest.totals, groups={"item.custody.ward": 3}))

    file = forged(backed_up, with_manifest(one_more))

    with pytest.raises(BadBackup, match=r"item\.custody\.ward"):
        check_backup(file, OPENER, service.settings)
    with pytest.raises(BadBackup, match=r"item\.custody\.ward"):
        restore_backup(file, OPENER, elsewhere)


def test_a_file_that_is_not_the_listed_one_is_noticed(service: Service, backed_up: Made) -> None:
    def other(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content.replace(b"label", b"LABEL") if name.endswith("labels.pdf") else content

    with pytest.raises(BadBackup, match="danh sách"):
        check_backup(forged(backed_up, other), OPENER, service.settings)


def test_a_name_that_leads_out_of_the_home_is_not_followed(service: Service, backed_up: Made, tmp_path: Path) -> None:
    def out_of_it(name: str, content: bytes) -> tuple[str, bytes]:
        return (name.replace("files/papers", "files/../../../outside") if "papers" in name else name), content

    with pytest.raises(BadBackup):
        check_backup(forged(backed_up, out_of_it), OPENER, service.settings)
    assert not list(tmp_path.rglob("outside"))


def test_the_backup_of_a_later_version_is_left_to_it(service: Service, backed_up: Made) -> None:
    file = forged(backed_up, with_manifest(lambda manifest: replace(manifest, schema="9999", version="9.9")))

    with pytest.raises(BadBackup, match=r"9\.9"):
        check_backup(file, OPENER, service.settings)


def test_a_backup_of_the_other_kind_of_database_says_what_to_set(
    service: Service, backed_up: Made, tmp_path: Path
) -> None:
    file = forged(backed_up, with_manifest(lambda manifest: replace(manifest, kind="postgresql")))
    embedded = fresh(service.settings.model_copy(update={"home": tmp_path / "new", "database_url": ""}))

    with pytest.raises(BadInput, match="PostgreSQL: hãy đặt TANNHA_DATABASE_URL"):
        restore_backup(file, OPENER, embedded)

    assert not (tmp_path / "new" / "tannha.db").exists()


# ---------------------------------------------------------------- typed by a person


@pytest.mark.usefixtures("backed_up")
def test_a_backup_is_made_tried_and_refused_at_the_command_line(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {
        "TANNHA_HOME": str(service.settings.home), "TANNHA_LANGUAGE": "en", "COLUMNS": "200",
        "TANNHA_DATABASE_URL": service.settings.database_url,
    }  # fmt: skip

    def say(*arguments: str) -> tuple[int, str]:
        typed = CliRunner().invoke(tannha, arguments, env=environment)
        return typed.exit_code, typed.output

    assert say("backup", "--make-key", "key.txt")[0] == 0
    environment["TANNHA_BACKUP_RECIPIENT"] = (tmp_path / "key.txt").read_text().split()[3]
    (tmp_path / "backups").mkdir()
    assert say("backup", "backups", "--keep", "3")[0] == 0
    (made,) = (tmp_path / "backups").iterdir()
    code, said = say("restore", str(made), "--check", "--key", "key.txt")
    assert (code, "Handed over 0 = delivered 0" in said, "all totals agree" in said) == (0, True, True)
    code, said = say("restore", str(made), "--key", "key.txt")
    assert code == 1
    assert "empty" in said
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Item)) == 2
