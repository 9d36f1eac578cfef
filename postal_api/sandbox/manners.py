"""How the post's gateways answer in the mood that the habits decide: busy, closed, late, broken, or properly."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256

from flask import Response, jsonify, make_response, request

from postal_api.sandbox.habits import RETRY_AFTER_SECONDS, SLOW_SECONDS, STALE_AFTER_USES
from postal_api.sandbox.post import Post

# Set for the server beneath: cut the connection instead of answering.
HANG_UP = "postal_api.hang_up"
HUGE_BYTES = 50 * 1024 * 1024
LORIS_BYTES = 60
_HTML = b"<!doctype html><html><title>Bao tri he thong</title><body>Vui long quay lai sau</body></html>"


class Tokens:
    """The tokens that were given out; a new process knows none, so its clients must ask anew."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._given: dict[str, tuple[float, int]] = {}

    def give(self) -> str:
        """A new token."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._given[token] = (time.monotonic() + self._post.config.token_seconds, 0)
        return token

    def use(self, token: str) -> bool:
        """Whether the token is good, this time."""
        worn_out = STALE_AFTER_USES if self._post.habits.has("stale-tokens") else None
        with self._lock:
            ends, used = self._given.get(token, (0.0, 0))
            if time.monotonic() >= ends or (worn_out is not None and used >= worn_out):
                self._given.pop(token, None)
                return False
            self._given[token] = (ends, used + 1)
            return True


def in_the_mood(post: Post, answer: Callable[[], Response]) -> Response:
    """Answer, or do what a bad day does to an answer. Whatever comes after `answer` has been acted upon."""
    about = sha256(request.full_path.encode() + request.get_data()).hexdigest()
    shows = post.habits.shows
    if shows("throttle", about):
        refusal = fault(429, "Message throttled out")
        refusal.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return refusal
    if shows("unavailable", about) or shows("closed", about):
        return fault(503, "Service Unavailable")
    given = answer()
    if shows("slow", about):
        time.sleep(SLOW_SECONDS)
    if shows("garbage", about):
        return _broken(given, about)
    if shows("huge", about):
        return Response((b" " * 65536 for _ in range(HUGE_BYTES // 65536)), mimetype="application/json")
    if shows("slow-loris", about):
        return Response(_dripping(given.get_data()), mimetype="application/json")
    return given


def fault(status: int, message: str) -> Response:
    """A refusal in the form of the WSO2 gateway."""
    return make_response(jsonify(fault={"code": 900000 + status, "message": message}), status)


def _broken(given: Response, about: str) -> Response:
    body = given.get_data()
    return Response((body[: len(body) // 2], _HTML, b"\xff\xfe\x00{")[int(about, 16) % 3], mimetype="application/json")


def _dripping(body: bytes) -> Iterator[bytes]:
    # Spaces before JSON are allowed, so a patient reader does get the answer.
    for _ in range(LORIS_BYTES):
        yield b" "
        time.sleep(1)
    yield body
