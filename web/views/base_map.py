"""The offline base map: streets, water, wards of the imported map, in pieces that a phone loads as it sees them.

Public as OpenStreetMap itself is. A map's version is part of each address, so a piece never changes and may be kept.
"""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue

from delivery.errors import NotFound
from delivery.maps import base_map, store
from web.packing import sent
from web.views import service

pages = Blueprint("base_map", __name__)
KEPT_PIECES = 512
A_YEAR = 365 * 24 * 3600


def base_map_address() -> str | None:
    """Where the overview of the map that is served is found; None where none was imported."""
    folder = store.current(service().settings.home)
    return url_for("base_map.overview", version=folder.name) if folder is not None else None


@pages.get("/ban-do/<version>/nen.json")
def overview(version: str) -> ResponseReturnValue:
    """The whole area with few points, and which cells there are."""
    return _piece(_folder(version), None)


@pages.get("/ban-do/<version>/<int(max=16383):x>/<int(max=16383):y>.json")
def cell(version: str, x: int, y: int) -> ResponseReturnValue:
    """One cell with all that is drawn in it."""
    return _piece(_folder(version), (x, y))


def _folder(version: str) -> Path:
    try:
        return store.find(service().settings.home, version)
    except NotFound:
        abort(404)


def _piece(folder: Path, at: tuple[int, int] | None) -> Response:
    answer = sent(_packed(folder, at), "application/json")
    answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return answer


@lru_cache(KEPT_PIECES)
def _packed(folder: Path, at: tuple[int, int] | None) -> bytes:
    plain = base_map.cell(folder, *at) if at is not None else (folder / "base.json").read_bytes()
    return gzip.compress(plain, mtime=0)
