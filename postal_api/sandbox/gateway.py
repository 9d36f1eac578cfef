"""The NGSP/LGSP face: token, order, cancellation and tracking feed, as a one-stop system meets them."""

import binascii
import secrets
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from postal_api.events import EventKind
from postal_api.moments import write_moment
from postal_api.ngsp.wire import START_OF_FEED
from postal_api.sandbox.letterhead import OFFICE
from postal_api.sandbox.manners import HANG_UP, Tokens, fault, in_the_mood
from postal_api.sandbox.orders import Code, Verdict, read_order
from postal_api.sandbox.post import Post
from postal_api.statuses import NGSP

MOST_ROWS = 1000
PRICE = 26_000
ORDERS = "/apiVNPostNGSP/p1.0/order"
NGSP_CODES = {status.kind: status for status in NGSP.values()}


def gateway(post: Post) -> Blueprint:
    """The face's routes."""
    face = Blueprint("gateway", __name__)
    tokens = Tokens(post)

    @face.post("/token")
    def token() -> Response:
        if not _knows_secret(post.config.secret):
            return fault(401, "invalid_client")
        if request.form.get("grant_type") != "client_credentials":
            return fault(400, "unsupported_grant_type")
        told = {"access_token": tokens.give(), "token_type": "Bearer"}  # a kind of token  # nosec B105
        return jsonify({**told, "expires_in": post.config.token_seconds})

    @face.post(f"{ORDERS}/post")
    def order() -> Response:
        return _guarded(post, tokens, lambda provincial: _take_order(post, provincial=provincial))

    @face.get(f"{ORDERS}/cancel")
    def cancel() -> Response:
        customer, number = request.args.get("CustomerCode", ""), request.args.get("OrderNumber", "")
        return _guarded(post, tokens, lambda _: _said(post.cancel(customer, number)))

    @face.get(f"{ORDERS}/tracking")
    def tracking() -> Response:
        return _guarded(post, tokens, lambda _: _feed(post))

    @face.post(f"{ORDERS}/price")
    def price() -> Response:
        # Documented as ?service={getPrice} at an address that each province chooses; this path is the sandbox's own.
        return _guarded(post, tokens, lambda _: jsonify(content={"price": str(PRICE)}))

    return face


def _guarded(post: Post, tokens: Tokens, answer: Callable[[bool], Response]) -> Response:
    """Answer whoever has a token: in the province's own header, or as the national gateway wants it."""
    provincial = request.headers.get("access-token", "")
    national = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not tokens.use(provincial or national):
        return fault(401, "Invalid Credentials")
    return in_the_mood(post, lambda: answer(bool(provincial)))


def _knows_secret(secret: str) -> bool:
    kind, _, pair = request.headers.get("Authorization", "").partition(" ")
    try:
        said = b64decode(pair, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and secrets.compare_digest(said.encode(), secret.encode())


def _take_order(post: Post, *, provincial: bool) -> Response:
    sheet = read_order(request.get_data(), provincial=provincial)
    if isinstance(sheet, Verdict):
        return _said(sheet)
    verdict = post.accept(sheet)
    if verdict.code is Code.ACCEPTED and post.habits.shows("lost-replies", sheet.number):
        request.environ[HANG_UP] = True
    return _said(verdict)


def _said(verdict: Verdict) -> Response:
    # A refusal is HTTP 200 too, as with the real gateway.
    return jsonify(Status=verdict.code.value, Message=verdict.message)


def _feed(post: Post) -> Response:
    """The events after `lastId`, oldest first, in RESTHeart's form."""
    size = min(max(request.args.get("pagesize", 50, int), 1), MOST_ROWS)
    after = request.args.get("lastId", START_OF_FEED)
    post.play()
    with post.books.look() as db:
        matched = db.execute(
            "SELECT count(*) FROM event JOIN orders USING (item_code) WHERE id > ? AND face = 'ngsp'", (after,)
        ).fetchone()[0]
        rows = db.execute(
            "SELECT event.*, number, customer FROM event JOIN orders USING (item_code)"
            " WHERE id > ? AND face = 'ngsp' ORDER BY id LIMIT ?",
            (after, size),
        ).fetchall()
    shown = []
    for row in rows:
        status = NGSP_CODES[EventKind(row["kind"])]
        strange = post.habits.strange_code(row["id"], EventKind(row["kind"]))
        shown.append({
            "_id": {"$oid": row["id"]},
            "CustomerCode": row["customer"],
            "OrderNumber": row["number"],
            "EventTime": write_moment(datetime.fromtimestamp(row["at"], UTC)),
            "POSID": OFFICE,
            "ItemCode": row["item_code"],
            "StatusCode": int(status.code) if strange is None else strange,
            "StatusMessage": status.text if strange is None else "",
            "Notes": row["reason"],
        })  # fmt: skip
    pages = -(-matched // size)
    return jsonify(_size=matched, _total_pages=pages, _returned=len(shown), _embedded={"rh:doc": shown})
