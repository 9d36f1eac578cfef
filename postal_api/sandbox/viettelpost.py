"""The Viettel Post face: two-step sign-in, orders with text addresses, cancelling, price; callbacks tell the rest.

Documented: the addresses, the header `Token`, the envelope, TYPE 4 for cancelling, the callback's keys and statuses.
Assumed: the other keys of an order, that a second ORDER_NUMBER makes a second order, all messages and prices.
"""

from collections.abc import Callable
from functools import partial
from hmac import compare_digest

from flask import Blueprint, Response, jsonify, request

from postal_api.sandbox.manners import HANG_UP, Tokens, fault, in_the_mood
from postal_api.sandbox.orders import Face, OrderSheet
from postal_api.sandbox.post import Post

REQUIRED = (
    "ORDER_NUMBER",
    "SENDER_FULLNAME",
    "SENDER_ADDRESS",
    "RECEIVER_FULLNAME",
    "RECEIVER_ADDRESS",
    "RECEIVER_PHONE",
)
PRICE = 27_500


def viettelpost(post: Post) -> Blueprint:
    """The face's routes."""
    face = Blueprint("viettelpost", __name__, url_prefix="/v2")
    tokens, short = Tokens(post), Tokens(post)

    @face.post("/user/Login")
    def sign_in() -> Response:
        if not compare_digest(str(_asked().get("PASSWORD")).encode(), post.config.secret.encode()):
            return _said(401, "Sai tài khoản hoặc mật khẩu")
        return _said(200, "OK", {"token": short.give()})

    @face.post("/user/ownerconnect")
    def own() -> Response:
        if not short.use(request.headers.get("Token", "")):
            return _said(401, "Token invalid")
        return _said(200, "OK", {"token": tokens.give()})

    def guarded(answer: Callable[[Post], Response]) -> Response:
        if not tokens.use(request.headers.get("Token", "")):
            # One half of the clients looks at the HTTP status, the other at the envelope's.
            return _said(401, "Token invalid") if request.path.endswith("UpdateOrder") else fault(401, "Token invalid")
        return in_the_mood(post, partial(answer, post))

    for path, answer in (("createOrderNlp", _create), ("UpdateOrder", _update), ("getPriceNlp", _price)):
        face.add_url_rule(f"/order/{path}", path, partial(guarded, answer), methods=["POST"])
    return face


def _create(post: Post) -> Response:
    asked = _asked()
    for key in REQUIRED:
        value = asked.get(key)
        if not isinstance(value, str) or not value.strip():
            return _said(400, f"Thiếu hoặc sai trường {key}")
    number = str(asked["ORDER_NUMBER"])
    item_code = post.accept_again_and_again(OrderSheet(number, "", "VTP", Face.VIETTELPOST))
    if post.habits.shows("lost-replies", number):
        request.environ[HANG_UP] = True
    return _said(200, "OK", {"ORDER_NUMBER": item_code, "MONEY_COLLECTION": 0, "MONEY_TOTAL": PRICE})


def _update(post: Post) -> Response:
    asked = _asked()
    row = post.find_item(str(asked.get("ORDER_NUMBER")))
    if asked.get("TYPE") != 4 or row is None:
        return _said(400, "Không tìm thấy đơn hàng")
    verdict = post.cancel(row["customer"], row["number"])
    return _said(200 if verdict.code == "100" else 400, verdict.message)


def _price(_post: Post) -> Response:
    return _said(200, "OK", {"MONEY_TOTAL": PRICE, "EXCHANGE_WEIGHT": _asked().get("PRODUCT_WEIGHT")})


def _said(status: int, message: str, data: dict[str, object] | None = None) -> Response:
    # The envelope carries the verdict; HTTP is 200 for both.
    return jsonify(status=status, error=status != 200, message=message, data=data)


def _asked() -> dict[str, object]:
    asked: object = request.get_json(silent=True)
    return asked if isinstance(asked, dict) else {}
