"""Text as small as it can be made: some answers are for a phone with one bar of network."""

import gzip
from collections.abc import Callable
from functools import lru_cache

from flask import Response, request

QUICKLY = 5


def packed(body: str, mimetype: str) -> Response:
    """A text that is made for this answer, packed where the browser can unpack it."""
    return _answer(body, mimetype, lambda text: gzip.compress(text.encode(), QUICKLY, mtime=0))


def packed_once(body: str, mimetype: str) -> Response:
    """The same for a text that is always the same."""
    return _answer(body, mimetype, _kept)


@lru_cache(maxsize=64)
def _kept(body: str) -> bytes:
    return gzip.compress(body.encode(), mtime=0)


def _answer(body: str, mimetype: str, pack: Callable[[str], bytes]) -> Response:
    if not request.accept_encodings.quality("gzip"):
        return Response(body, mimetype=mimetype, headers={"Vary": "Accept-Encoding"})
    headers = {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
    return Response(pack(body), mimetype=mimetype, headers=headers)
