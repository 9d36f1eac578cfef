"""Where the carrier's machine reports; the answer is given only once the report is on disk."""

from collections.abc import Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from delivery.errors import NotNow
from delivery.moments import now
from delivery.tracking.callbacks import MalformedCallback, NotAuthentic, receive
from delivery.wiring import Service
from web.lanes import MOST_BYTES, NOT_NOW, Reply
from web.refusals import Refusals
from web.views import service

pages = Blueprint("callbacks", __name__)
DOORS = ("/callbacks/vnpost", "/callbacks/viettelpost")
OK = Reply("200 OK", "ok")
REFUSED = {
    NotAuthentic: Reply("401 Unauthorized", "not authentic"),
    MalformedCallback: Reply("400 Bad Request", "not a callback"),
    NotNow: NOT_NOW,
}
refusals = Refusals()


@pages.post(DOORS[0])
@pages.post(DOORS[1])
def vnpost() -> ResponseReturnValue:
    """Take a callback of a carrier; the same one again is as good as new."""
    request.max_content_length = MOST_BYTES
    (reply,) = answer(service(), [request.get_data(cache=False)])
    return Response(reply.body, reply.status, reply.headers)


def answer(to: Service, raws: Sequence[bytes]) -> list[Reply]:
    """Take callbacks that came together.

    Raises what none of them is to blame for, with none of them acknowledged.
    """
    return [_reply(outcome) for outcome in receive(to, raws, now())]


def _reply(outcome: bool | Exception) -> Reply:
    if not isinstance(outcome, Exception):
        return OK
    if (reply := REFUSED.get(type(outcome))) is None:
        raise outcome
    refusals.count(reply.text)
    return reply
