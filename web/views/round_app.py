"""The app that a courier takes along, as a browser gets it: page, modules, service worker, manifest, icons.

Everybody may have these: no one's data is in them. A phone that is logged out can thus take over a new version, and
never keeps the page of the log-in in its place.
"""

from functools import cache

from flask import Blueprint, Response, abort, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from delivery.i18n import gettext as _
from web.assets import VENDOR
from web.headers import permissions, policy
from web.icons import SIZES, icon
from web.packing import packed_once
from web.round_app import (
    FIRST,
    READER,
    SCRIPTS,
    STYLES,
    WORKER,
    preloaded,
    reader_version,
    script_names,
    texts,
    version,
)

pages = Blueprint("round_app", __name__, url_prefix="/rounds/mang-theo")
# What has its version in its address never changes.
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
ASK_FIRST = "no-cache"
# Here alone may a page look through the camera, and compile what reads the codes.
MAY_LOOK = {
    "Content-Security-Policy": policy(scripts="'self' 'wasm-unsafe-eval'"),
    "Permissions-Policy": permissions(camera="(self)"),
}


@pages.get("")
def page() -> ResponseReturnValue:
    """The page, the same for everybody and in both languages; the round comes by another door."""
    answer = _answer(_page(_version()), "text/html", ASK_FIRST)
    answer.headers.update(MAY_LOOK)
    return answer


@pages.get("/<version>/<name>")
def part(version: str, name: str) -> ResponseReturnValue:
    """A module or the styles; the modules name each other without a version, so it stands in the folder's place."""
    if name not in {*script_names(), STYLES.name}:
        abort(404)
    # Whoever asks for another version is between two of them, and must not keep the one under the other's name.
    keep = FOR_EVER if version == _version() else "no-store"
    if name == STYLES.name:
        return _answer(STYLES.read_text(encoding="utf-8"), "text/css", keep)
    return _answer((SCRIPTS / name).read_text(encoding="utf-8"), "text/javascript", keep)


@pages.get("/doc-ma/<version>/<name>")
def reader(version: str, name: str) -> ResponseReturnValue:
    """A file of the reader of codes, which the app fetches beside its own and keeps longer."""
    if name not in READER or version != reader_version():
        abort(404)
    return _answer((VENDOR / name).read_bytes(), READER[name], FOR_EVER)


@pages.get("/sw.js")
def worker() -> ResponseReturnValue:
    """The service worker, with the list of what it keeps; it may look after all pages of the rounds."""
    here = url_for("round_app.page")
    names = [*script_names(), STYLES.name]
    files = [here, *(url_for("round_app.part", version=_version(), name=name) for name in names)]
    files += [url_for("round_app.manifest"), *(url_for("round_app.picture", size=size) for size in SIZES)]
    beside = {"version": reader_version(), "files": [_reader_address(name) for name in READER]}
    told = jsonify(version=_version(), page=here, files=files, reader=beside).get_data(as_text=True).strip()
    body = f"const SHELL = {told};\n{(SCRIPTS / WORKER).read_text(encoding='utf-8')}"
    answer = _answer(body, "text/javascript", ASK_FIRST)
    answer.headers["Service-Worker-Allowed"] = url_for("rounds.today")
    return answer


@pages.get("/app.webmanifest")
def manifest() -> ResponseReturnValue:
    """What a phone needs to know to put the app on its home screen."""
    here = url_for("round_app.page")
    answer = jsonify(
        id=here, start_url=here, scope=url_for("rounds.today"), name=_("Tận Nhà: my rounds"), short_name="Tận Nhà",
        lang="vi", display="standalone", orientation="portrait", background_color="#ffffff", theme_color="#0b4f8a",
        icons=[_icon(size, purpose) for size in SIZES for purpose in ("any", "maskable")],
    )  # fmt: skip
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = ASK_FIRST
    return answer


@pages.get("/bieu-tuong-<int(max=9999):size>.png")
def picture(size: int) -> ResponseReturnValue:
    """The icon in one of its sizes."""
    if size not in SIZES:
        abort(404)
    answer = Response(icon(size), mimetype="image/png")
    answer.headers["Cache-Control"] = A_DAY
    return answer


def part_address(name: str) -> str:
    """Where a module of this version is, for the pages beside the app."""
    return url_for("round_app.part", version=_version(), name=name)


def _icon(size: int, purpose: str) -> dict[str, str]:
    address = url_for("round_app.picture", size=size)
    return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def _reader_address(name: str) -> str:
    return url_for("round_app.reader", version=reader_version(), name=name)


def _answer(body: str | bytes, mimetype: str, keep: str) -> Response:
    answer = packed_once(body if isinstance(body, bytes) else body.encode(), mimetype)
    answer.headers["Cache-Control"] = keep
    return answer


@cache
def _version() -> str:
    return version(_page("0"))


def _page(of_version: str) -> str:
    return render_template(
        "round_app.html", version=of_version, texts=texts(), preloaded=preloaded(), first=FIRST,
        reader=[_reader_address(name) for name in READER],
    )  # fmt: skip
