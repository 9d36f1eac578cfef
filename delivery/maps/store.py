"""Map folders in the home: complete or not there at all, one of them served, the others kept to go back to."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _

FILES = ("gazetteer.sqlite", "wards.geojson", "roads.npz", "base.json", "report.json")
_VERSION = re.compile(r"(?:\d{4}-\d{2}-\d{2}|undated)-[0-9a-f]{10}")
_BUILDING = ".building-"


def maps_folder(home: Path) -> Path:
    """Where the maps of a home are kept."""
    return home / "maps"


def current(home: Path) -> Path | None:
    """The folder of the map that is served; None when there is none, or what was named is not complete."""
    try:
        version = (maps_folder(home) / "current").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return _complete(home, version)


def versions(home: Path) -> list[Path]:
    """The folders of all complete maps, by version."""
    maps = maps_folder(home)
    return sorted(folder for folder in maps.iterdir() if _complete(home, folder.name)) if maps.is_dir() else []


def find(home: Path, version: str) -> Path:
    """The folder of a version.

    Raises NotFound when there is none of that name.
    """
    folder = _complete(home, version)
    if folder is None:
        raise NotFound(_("There is no map {version}. See: tannha map list").format(version=version[:40]))
    return folder


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Only one at a time changes the maps; what a killed import left behind is cleared.

    Raises NotNow when another import is under way. The lock goes with its process, however it ends.
    """
    maps = maps_folder(home)
    try:
        maps.mkdir(parents=True, exist_ok=True)
        handle = (maps / ".lock").open("a")
    except OSError as error:
        raise BadInput(_("{path} cannot be written: {why}").format(path=maps, why=error.strerror)) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotNow(_("Another import of a map is under way. Wait until it has ended and try again")) from error
        clear(home)
        yield


def clear(home: Path) -> None:
    """Remove what killed imports left; only under the lock, else it would be somebody's work."""
    for rubbish in maps_folder(home).glob(f"{_BUILDING}*"):
        shutil.rmtree(rubbish)


@contextmanager
def building(home: Path) -> Iterator[Path]:
    """A folder to build in; whatever happens, it is gone afterwards unless `publish` gave it its name."""
    folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=maps_folder(home)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(home: Path, built: Path, version: str) -> Path:
    """Give a complete folder its name: from one moment to the next, and on the disk before anybody reads it."""
    folder = maps_folder(home) / version
    for path in sorted(built.rglob("*")):
        _flush(path)
    built.chmod(0o755)
    _flush(built)
    built.rename(folder)
    _flush(folder.parent)
    return folder


def serve(home: Path, folder: Path) -> None:
    """Serve this map from now on; who has another one open goes on reading it."""
    maps = maps_folder(home)
    pointer = maps / f"{_BUILDING}current" / "current"
    pointer.parent.mkdir(exist_ok=True)
    pointer.write_text(f"{folder.name}\n", encoding="ascii")
    _flush(pointer)
    pointer.replace(maps / "current")
    _flush(maps)
    pointer.parent.rmdir()


def remove(home: Path, version: str) -> None:
    """Remove a map that is not served.

    Raises NotFound when there is none of that name, NotNow when it is the one that is served.
    """
    folder = find(home, version)
    if folder == current(home):
        raise NotNow(
            _("{version} is being served. Choose another first: tannha map use VERSION").format(version=version)
        )
    # Out of sight first: a removal that is killed leaves no half map.
    gone = folder.rename(maps_folder(home) / f"{_BUILDING}removed-{version}")
    shutil.rmtree(gone)


def _complete(home: Path, version: str) -> Path | None:
    """The folder of a version, when all of it is there."""
    # Compared as a name before it is used as a path: a version is never "../..".
    if not _VERSION.fullmatch(version):
        return None
    folder = maps_folder(home) / version
    return folder if all((folder / name).is_file() for name in FILES) else None


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
