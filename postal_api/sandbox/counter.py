"""The counter face: what the post's own staff do and see. No real carrier has these addresses."""

from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, Response, jsonify, make_response, request

from postal_api.moments import read_moment
from postal_api.sandbox.config import HABITS
from postal_api.sandbox.explained import EXPLANATION
from postal_api.sandbox.post import Post


def counter(post: Post) -> Blueprint:
    """The face's routes."""
    face = Blueprint("counter", __name__, url_prefix="/sandbox")
    for name, method, answer in (
        ("collect", "POST", _collect),
        ("clock", "POST", _clock),
        ("ledger", "GET", _ledger),
        ("idle", "GET", _idle),
        ("public-key.pem", "GET", _public_key),
        ("habits", "POST", _habits),
    ):
        face.add_url_rule(f"/{name}", name.partition(".")[0], partial(answer, post), methods=[method])
    # The same at the door: who calls up the post's address with a browser learns what may be relied upon.
    face.add_url_rule("", "explain", _explain)
    return face


def _habits(post: Post) -> Response:
    asked = _asked().get("habits")
    if not isinstance(asked, dict) or not all(
        name in HABITS and isinstance(share, int | float) and 0 <= share <= 1 for name, share in asked.items()
    ):
        return _bad(f'send {{"habits": {{"garbage": 0.5}}}}; there are {", ".join(sorted(HABITS))}')
    post.habits.set(asked)
    return jsonify(habits=post.habits.shares)


def _explain() -> Response:
    return Response(EXPLANATION, mimetype="text/plain; charset=utf-8")


def _collect(post: Post) -> Response:
    asked = _asked()
    codes = asked.get("itemCodes")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        return _bad('send {"itemCodes": ["EE…VN", …], "at": "2026-11-24T07:45:00+07:00"}')
    try:
        at = None if asked.get("at") is None else read_moment(str(asked["at"]))
    except ValueError:
        return _bad("at is a moment such as 2026-11-24T07:45:00+07:00")
    found = post.collect(codes, at)
    return jsonify(collected=found.collected, unknown=found.unknown)


def _clock(post: Post) -> Response:
    try:
        moment = read_moment(str(_asked().get("now")))
    except ValueError:
        return _bad('send {"now": "2026-11-25T07:45:00+07:00"}')
    post.set_clock(moment)
    return jsonify(clock=moment.isoformat())


def _ledger(post: Post) -> Response:
    post.play()
    with post.books.look() as db:
        rows = db.execute("SELECT * FROM orders ORDER BY item_code").fetchall()
    return jsonify(
        orders=[
            {
                "orderNumber": row["number"],
                "itemCode": row["item_code"],
                "face": row["face"],
                "state": row["state"],
                "received": row["received"],
                "collectedAt": _iso(row["collected_at"]),
            }
            for row in rows
        ]
    )


def _idle(post: Post) -> Response:
    now = post.idle()
    return jsonify(
        pending_callbacks=now.pending_callbacks,
        next_event_in=now.next_event_in,
        clock=now.clock.isoformat(),
        day_over=now.day_over,
    )


def _public_key(post: Post) -> Response:
    return Response(post.letterhead.public_pem, mimetype="application/x-pem-file")


def _asked() -> dict[str, object]:
    asked: object = request.get_json(silent=True)
    return asked if isinstance(asked, dict) else {}


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _bad(message: str) -> Response:
    return make_response(jsonify(message=message), 400)
