"""Putting a backup back, or trying whether it could be: opened into a scratch place, looked through, then moved."""

import hashlib
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

import psycopg
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from psycopg import sql

from delivery.backup.afterwards import note_restored
from delivery.backup.dumping import POSTGRES, SQLITE, is_empty, load_postgres, load_sqlite
from delivery.backup.envelope import Opener, private_file, unseal
from delivery.backup.errors import BadBackup, NotEmpty, ToolMissing
from delivery.backup.manifest import DATABASE, FILES, KEYS, NAME, Manifest, Sealed, Totals
from delivery.database import MIGRATIONS, Database
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.settings import Settings

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup that was opened and agrees with its own list."""

    manifest: Manifest
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / DATABASE


def check_backup(file: Path, opener: Opener, settings: Settings) -> Manifest:
    """Put a backup back into a scratch place, hold it against its list and its totals, and take it away again.

    Raises BadBackup, WrongKey, or ToolMissing where there is no place to try it in.
    """
    with _opened(file, opener) as opened:
        if opened.manifest.kind == SQLITE:
            found = load_sqlite(opened.database)
        else:
            with _scratch_database(settings) as url:
                found = load_postgres(opened.database, url)
        _agree(opened.manifest, *found)
        return opened.manifest


def restore_backup(file: Path, opener: Opener, settings: Settings) -> Manifest:
    """Put a backup back into the home and the database of the settings, in which there must be nothing yet.

    Raises NotEmpty, BadBackup, WrongKey, ToolMissing; then nothing was put anywhere, or what was put is what the
    backup holds, and the same command goes on from there.
    """
    # The disk that is written to is also the one that is tried: what is opened is then moved, not copied.
    settings.home.mkdir(parents=True, exist_ok=True)
    _need_empty_database(settings)
    with _opened(file, opener, settings.home) as opened:
        manifest = opened.manifest
        if manifest.kind != sa.make_url(settings.database).get_backend_name():
            raise BadInput(_KINDS[manifest.kind]())
        moves = list(_moves(opened, settings))
        _need_no_other_files(moves)
        if manifest.kind == SQLITE:
            _agree(manifest, *load_sqlite(opened.database))
        for source, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        # The books come last: while they are missing, everybody sees that this is no installation yet.
        if manifest.kind == SQLITE:
            opened.database.replace(Path(sa.make_url(settings.database).database or ""))
        else:
            _agree(manifest, *load_postgres(opened.database, settings.database))
        _note(settings, manifest)
        return manifest


_KINDS = {
    SQLITE: lambda: _("This is a backup of SQLite: take TANNHA_DATABASE_URL away to put it back"),
    POSTGRES: lambda: _("This is a backup of PostgreSQL: set TANNHA_DATABASE_URL to an empty database"),
}


def _note(settings: Settings, manifest: Manifest) -> None:
    database = Database.connect(settings.database)
    try:
        with database.write() as session:
            note_restored(session, manifest.made_at)
    finally:
        database.engine.dispose()


@contextmanager
def _opened(file: Path, opener: Opener, near: Path | None = None) -> Iterator[Opened]:
    with TemporaryDirectory(prefix=".restore-", dir=near) as scratch:
        folder, found = Path(scratch), dict[str, Sealed]()
        try:
            with file.open("rb") as sealed:
                unseal(sealed, opener, lambda content: found.update(_unpack(content, folder)))
        except OSError as error:
            raise BadInput(_("{path} cannot be read: {why}").format(path=file, why=error.strerror or error)) from error
        found.pop(NAME)
        manifest = Manifest.parse((folder / NAME).read_bytes())
        if found != manifest.parts or DATABASE not in found:
            raise BadBackup(_("The backup does not hold what its list says"))
        _need_known_schema(manifest)
        yield Opened(manifest, folder)


def _unpack(content: BinaryIO, folder: Path) -> Iterator[tuple[str, Sealed]]:
    """Each file with its own hash; only names that we give ourselves become files, and only below the folder."""
    unreadable = BadBackup(_("The backup does not hold what its list says"))
    last = ""
    try:
        with tarfile.open(fileobj=content, mode="r|gz") as inside:
            for part in inside:
                source = inside.extractfile(part)
                if source is None or not _is_ours(part.name):
                    raise unreadable
                last = part.name
                yield last, _copy(source, folder / last)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise unreadable from error
    if last != NAME:
        raise unreadable
    # To the end, so that nothing that was added behind goes unnoticed by the seal.
    while content.read(PIECE):
        pass


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    known = name in {NAME, DATABASE} or name.startswith((FILES, KEYS))
    return known and not path.is_absolute() and ".." not in path.parts


def _copy(source: object, target: Path) -> Sealed:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with private_file(target) as file:
        while piece := source.read(PIECE):  # type: ignore[attr-defined]  # tarfile's reader has no public type
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return Sealed(size, digest.hexdigest())


def _agree(manifest: Manifest, schema: str, totals: Totals) -> None:
    """The schema, and every control total, are those that were written down when the backup was made."""
    wrong = manifest.totals.differs_from(totals)
    if schema != manifest.schema or wrong:
        raise BadBackup(
            _("The books in the backup are not those that it was made of: {what}").format(
                what=", ".join(wrong[:5]) or "schema"
            )
        )


def _need_known_schema(manifest: Manifest) -> None:
    if all(each.revision != manifest.schema for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()):
        raise BadBackup(
            _("Schema {schema} is newer than this version knows: put it back with version {version}").format(
                schema=manifest.schema, version=manifest.version
            )
        )


def _need_empty_database(settings: Settings) -> None:
    url = sa.make_url(settings.database)
    if url.get_backend_name() == SQLITE:
        if any(Path(f"{url.database}{ending}").exists() for ending in ("", "-wal", "-shm")):
            raise NotEmpty(_("{path} is there already: put the backup back into an empty home").format(
                path=url.database))  # fmt: skip
        return
    database = Database.connect(settings.database)
    try:
        if not is_empty(database):
            raise NotEmpty(_("The database is not empty: put the backup back into a new one"))
    finally:
        database.engine.dispose()


def _moves(opened: Opened, settings: Settings) -> Iterator[tuple[Path, Path]]:
    for name in opened.manifest.parts:
        if name.startswith(KEYS):
            yield opened.folder / name, settings.keys / name.removeprefix(KEYS)
        elif name.startswith(FILES):
            yield opened.folder / name, settings.home / name.removeprefix(FILES)


def _need_no_other_files(moves: list[tuple[Path, Path]]) -> None:
    """What is there with the same content was put there before, by hand or by this command, and may stay."""
    for source, target in moves:
        if target.exists() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            raise NotEmpty(_("{path} is there already: put the backup back into an empty home").format(path=target))


@contextmanager
def _scratch_database(settings: Settings) -> Iterator[str]:
    """A database of its own on the server of the settings, dropped again at the end."""
    url = sa.make_url(settings.database)
    if url.get_backend_name() != POSTGRES:
        raise ToolMissing(
            _("This is a backup of PostgreSQL. To try it, TANNHA_DATABASE_URL must name a server: "
              "a database is made there for it, and dropped")
        )  # fmt: skip
    name = f"tannha_check_{secrets.token_hex(6)}"
    server = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            try:
                yield url.set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise ToolMissing(
            _("To try a backup, the role of TANNHA_DATABASE_URL must be allowed to make a database: "
              "ALTER ROLE … CREATEDB, or try it on another server")
        ) from error  # fmt: skip
