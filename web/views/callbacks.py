"""Where the carrier's machine reports; the answer is given only once the report is on disk."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from delivery.errors import NotNow
from delivery.moments import now
from delivery.tracking.callbacks import MalformedCallback, NotAuthentic, receive
from web.lanes import COME_AGAIN_SECONDS
from web.refusals import Refusals
from web.views import service

pages = Blueprint("callbacks", __name__)
MOST_BYTES = 64 * 1024
refusals = Refusals()


@pages.post("/callbacks/vnpost")
@pages.post("/callbacks/viettelpost")
def vnpost() -> ResponseReturnValue:
    """Take a callback of a carrier; the same one again is as good as new."""
    request.max_content_length = MOST_BYTES
    raw = request.get_data(cache=False)
    try:
        receive(service(), raw, now())
    except NotAuthentic:
        refusals.count("not authentic")
        return _answer("not authentic", 401)
    except MalformedCallback:
        refusals.count("malformed")
        return _answer("not a callback", 400)
    except NotNow:
        refusals.count("not now")
        return _answer("not ready", 503, {"Retry-After": str(COME_AGAIN_SECONDS)})
    return _answer("ok", 200)


def _answer(text: str, code: int, headers: dict[str, str] | None = None) -> Response:
    return Response(f'{{"status": "{text}"}}\n', code, headers, mimetype="application/json")
