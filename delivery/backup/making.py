"""Making a backup: first the books of one moment, then the files that they refer to, then the list of both."""

import gzip
import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import sqlalchemy as sa

from delivery.backup.dumping import dump
from delivery.backup.envelope import Lock, private_file, seal
from delivery.backup.manifest import DATABASE, FILES, KEYS, NAME, Manifest, Sealed
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import Meta
from delivery.moments import local
from delivery.wiring import Service

BEGINNING, ENDING = "tannha-", ".tnb"
# What is not state, or another's: wake-up calls, logs, the sandbox post's own books. The database has its own way.
LEFT_OUT = frozenset({"broker", "logs", "sandbox", "keys", "tannha.db.senders", "backups"})
MAPS = "maps"
PASSED_BY = ("tannha.db", ".")
LAST = "backup"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup on the disk: where, how many bytes, and what it says of itself."""

    file: Path
    size: int
    manifest: Manifest


def make_backup(
    service: Service, to: Path, lock: Lock, at: datetime, *, with_keys: bool = False, with_maps: bool = False
) -> Made:
    """Back the installation up into a file, or into a folder under a name with the moment.

    The file appears whole or not at all, and nothing is overwritten. A file of the home was written before the row that
    refers to it, so files are read after the books. Raises BadInput, BadSetting or ToolMissing.
    """
    file = to / f"{BEGINNING}{local(at):%Y%m%d-%H%M%S}{ENDING}" if to.is_dir() else to
    if file.exists():
        raise BadInput(_("{path} is there already, and no backup is overwritten").format(path=file))
    part = file.with_name(f".{file.name}.part")
    try:
        # What is not sealed yet stays in the home: where backups are kept is often another machine.
        with private_file(part) as sealed, TemporaryDirectory(prefix=".backup-", dir=service.settings.home) as folder:
            manifest = _write(service, sealed, lock, at, Path(folder), _chosen(service, with_keys, with_maps))
            sealed.flush()
            os.fsync(sealed.fileno())
        part.rename(file)
        _sync(file.parent)
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}").format(path=file, why=error.strerror or error)) from error
    finally:
        part.unlink(missing_ok=True)
    with service.database.write() as session:
        session.merge(Meta(key=LAST, value=at.isoformat()))
    return Made(file, file.stat().st_size, manifest)


def rotate(folder: Path, keep: int) -> list[Path]:
    """Delete the oldest backups of a folder but `keep`; returns which. Nothing else in the folder is touched."""
    ours = sorted(folder.glob(f"{BEGINNING}[0-9]*{ENDING}"))
    old = ours[: max(0, len(ours) - keep)]
    for file in old:
        file.unlink()
    return old


def last_backup(session: sa.orm.Session) -> datetime | None:
    """When these books were last backed up, as far as they know."""
    row = session.get(Meta, LAST)
    return None if row is None else datetime.fromisoformat(row.value)


def _write(
    service: Service, to: BinaryIO, lock: Lock, at: datetime, scratch: Path, roots: dict[str, Path]
) -> Manifest:  # fmt: skip
    dumped = scratch / "database"
    schema, totals = dump(service.database, dumped)
    made: list[Manifest] = []

    def write(content: BinaryIO) -> None:
        parts: dict[str, Sealed] = {}
        packed = gzip.GzipFile(fileobj=content, mode="wb", compresslevel=3)
        with packed, tarfile.open(fileobj=packed, mode="w|") as inside:
            for name, file in [(DATABASE, dumped), *_files(roots)]:
                with suppress(FileNotFoundError):  # taken away meanwhile
                    parts[name] = _add(inside, name, file)
            kind = service.database.engine.dialect.name
            made.append(Manifest(version("tannha"), at, kind, schema, totals, parts))
            listed = made[0].as_bytes()
            about = tarfile.TarInfo(NAME)
            about.size = len(listed)
            inside.addfile(about, BytesIO(listed))

    seal(to, lock, write)
    return made[0]


def _chosen(service: Service, with_keys: bool, with_maps: bool) -> dict[str, Path]:
    """Which folders of the home go in, by what their files are called inside."""
    home = service.settings.home
    keys = {KEYS: service.settings.keys} if with_keys else {}
    left_out = LEFT_OUT if with_maps else LEFT_OUT | {MAPS}
    inside = [entry for entry in sorted(home.iterdir()) if entry.name not in left_out]
    return {**keys, **{f"{FILES}{entry.name}": entry for entry in inside if not entry.name.startswith(PASSED_BY)}}


def _files(roots: dict[str, Path]) -> Iterator[tuple[str, Path]]:
    for root, entry in roots.items():
        found = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        for file in found:
            # Half-written files and backups themselves are not what anybody wants back.
            if file.is_file() and not file.is_symlink() and file.suffix not in {".part", ENDING}:
                inner = file.relative_to(entry).as_posix() if entry.is_dir() else ""
                yield "/".join(word for word in (root.rstrip("/"), inner) if word), file


def _add(inside: tarfile.TarFile, name: str, file: Path) -> Sealed:
    """Put a file in; what grows meanwhile goes in as long as it was."""
    with file.open("rb") as source:
        part = tarfile.TarInfo(name)
        part.size = os.fstat(source.fileno()).st_size
        hashing = _Hashing(source)
        inside.addfile(part, hashing)  # type: ignore[arg-type]  # it only reads
        return Sealed(part.size, hashing.digest.hexdigest())


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
