"""The NGSP/LGSP face: token, order, cancellation and tracking feed, as a one-stop system meets them."""

import binascii
import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from flask import Blueprint, Response, jsonify, make_response, request

from postal_api.events import EventKind
from postal_api.moments import write_moment
from postal_api.ngsp.wire import START_OF_FEED
from postal_api.sandbox.habits import RETRY_AFTER_SECONDS, SLOW_SECONDS, STALE_AFTER_USES
from postal_api.sandbox.letterhead import OFFICE
from postal_api.sandbox.orders import Code, Verdict, read_order
from postal_api.sandbox.post import Post
from postal_api.statuses import NGSP

# Set for the server beneath: cut the connection instead of answering.
HANG_UP = "postal_api.hang_up"
MOST_ROWS = 1000
ORDERS = "/apiVNPostNGSP/p1.0/order"
NGSP_CODES = {status.kind: status for status in NGSP.values()}


class Tokens:
    """The tokens that were given out; a new process knows none, so its clients must ask anew."""

    def __init__(self, seconds: int, uses: int | None) -> None:
        self._seconds = seconds
        self._uses = uses
        self._lock = threading.Lock()
        self._given: dict[str, tuple[float, int]] = {}

    def give(self) -> str:
        """A new token."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._given[token] = (time.monotonic() + self._seconds, 0)
        return token

    def use(self, token: str) -> bool:
        """Whether the token is good, this time."""
        with self._lock:
            ends, used = self._given.get(token, (0.0, 0))
            if time.monotonic() >= ends or (self._uses is not None and used >= self._uses):
                self._given.pop(token, None)
                return False
            self._given[token] = (ends, used + 1)
            return True


def gateway(post: Post) -> Blueprint:
    """The face's routes."""
    face = Blueprint("gateway", __name__)
    tokens = Tokens(post.config.token_seconds, STALE_AFTER_USES if post.habits.has("stale-tokens") else None)

    @face.post("/token")
    def token() -> Response:
        if not _knows_secret(post.config.secret):
            return _fault(401, "invalid_client")
        if request.form.get("grant_type") != "client_credentials":
            return _fault(400, "unsupported_grant_type")
        return jsonify({"access_token": tokens.give(), "token_type": "Bearer", "expires_in": post.config.token_seconds})

    @face.post(f"{ORDERS}/post")
    def order() -> Response:
        return _guarded(post, tokens, lambda: _take_order(post))

    @face.get(f"{ORDERS}/cancel")
    def cancel() -> Response:
        customer, number = request.args.get("CustomerCode", ""), request.args.get("OrderNumber", "")
        return _guarded(post, tokens, lambda: _said(post.cancel(customer, number)))

    @face.get(f"{ORDERS}/tracking")
    def tracking() -> Response:
        return _guarded(post, tokens, lambda: _feed(post))

    return face


def _guarded(post: Post, tokens: Tokens, answer: Callable[[], Response]) -> Response:
    """Answer whoever has a token, in the mood that the habits decide."""
    if not tokens.use(request.headers.get("access-token", "")):
        return _fault(401, "Invalid Credentials")
    about = sha256(request.full_path.encode() + request.get_data()).hexdigest()
    if post.habits.shows("throttle", about):
        refusal = _fault(429, "Message throttled out")
        refusal.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return refusal
    if post.habits.shows("unavailable", about):
        return _fault(503, "Service Unavailable")
    given = answer()
    if post.habits.shows("slow", about):
        time.sleep(SLOW_SECONDS)
    return given


def _knows_secret(secret: str) -> bool:
    kind, _, pair = request.headers.get("Authorization", "").partition(" ")
    try:
        said = b64decode(pair, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and secrets.compare_digest(said.encode(), secret.encode())


def _take_order(post: Post) -> Response:
    sheet = read_order(request.get_data())
    if isinstance(sheet, Verdict):
        return _said(sheet)
    verdict = post.accept(sheet)
    if verdict.code is Code.ACCEPTED and post.habits.shows("lost-replies", sheet.number):
        request.environ[HANG_UP] = True
    return _said(verdict)


def _said(verdict: Verdict) -> Response:
    # A refusal is HTTP 200 too, as with the real gateway.
    return jsonify(Status=verdict.code.value, Message=verdict.message)


def _fault(status: int, message: str) -> Response:
    return make_response(jsonify(fault={"code": 900000 + status, "message": message}), status)


def _feed(post: Post) -> Response:
    """The events after `lastId`, oldest first, in RESTHeart's form."""
    size = min(max(request.args.get("pagesize", 50, int), 1), MOST_ROWS)
    after = request.args.get("lastId", START_OF_FEED)
    post.play()
    with post.books.look() as db:
        matched = db.execute("SELECT count(*) FROM event WHERE id > ?", (after,)).fetchone()[0]
        rows = db.execute(
            "SELECT event.*, number, customer FROM event JOIN orders USING (item_code)"
            " WHERE id > ? ORDER BY id LIMIT ?",
            (after, size),
        ).fetchall()
    shown = []
    for row in rows:
        status = NGSP_CODES[EventKind(row["kind"])]
        shown.append({
            "_id": {"$oid": row["id"]},
            "CustomerCode": row["customer"],
            "OrderNumber": row["number"],
            "EventTime": write_moment(datetime.fromtimestamp(row["at"], UTC)),
            "POSID": OFFICE,
            "ItemCode": row["item_code"],
            "StatusCode": int(status.code),
            "StatusMessage": status.text,
            "Notes": row["reason"],
        })  # fmt: skip
    pages = -(-matched // size)
    return jsonify(_size=matched, _total_pages=pages, _returned=len(shown), _embedded={"rh:doc": shown})
