"""Where the carrier's machine reports; the answer is given only once the report is on disk."""

import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from delivery.errors import NotNow
from delivery.moments import now
from delivery.tracking.callbacks import MalformedCallback, NotAuthentic, receive
from web.views import service

pages = Blueprint("callbacks", __name__)
log = structlog.get_logger()
MOST_BYTES = 64 * 1024


@pages.post("/callbacks/vnpost")
@pages.post("/callbacks/viettelpost")
def vnpost() -> ResponseReturnValue:
    """Take a callback of the carrier that the settings name; the same one again is as good as new."""
    request.max_content_length = MOST_BYTES
    raw = request.get_data(cache=False)
    try:
        receive(service(), raw, now())
    except NotAuthentic:
        log.warning("callback refused", why="not authentic")
        return _answer("not authentic", 401)
    except MalformedCallback:
        return _answer("not a callback", 400)
    except NotNow:
        return _answer("not ready", 503)
    return _answer("ok", 200)


def _answer(text: str, code: int) -> Response:
    return Response(f'{{"status": "{text}"}}\n', code, mimetype="application/json")
