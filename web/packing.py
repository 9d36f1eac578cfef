"""Answers as small as they can be made: on a slow network that is most of the wait.

Pages are not packed: what a reader typed and a secret of theirs would be compressed together, and the length would tell
of the secret (BREACH, https://breachattack.com). Files are packed once in each process, and never kept beside the
original, which may have changed long since.
"""

import gzip
from functools import lru_cache

from flask import Response, request

QUICKLY = 5
KEPT_FILES = 128
FILES = frozenset({"text/css", "text/javascript", "image/svg+xml"})


def packed(body: str, mimetype: str) -> Response:
    """A text that is made for this answer."""
    return sent(gzip.compress(body.encode(), QUICKLY, mtime=0), mimetype)


def packed_once(body: bytes, mimetype: str) -> Response:
    """A file that is always the same."""
    return sent(_kept(body), mimetype)


def sent(content: bytes, mimetype: str) -> Response:
    """What is packed already; unpacked again for a browser that cannot do that."""
    answer = Response(content if _unpacks() else gzip.decompress(content), mimetype=mimetype)
    if _unpacks():
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    return answer


def pack_files(response: Response) -> Response:
    """Pack the answer where it is one of our files; run after every request."""
    if request.endpoint != "static" or response.mimetype not in FILES:
        return response
    response.vary.add("Accept-Encoding")
    tag, _weak = response.get_etag()
    if tag is not None:
        # Both ways of sending it are the same to whoever asks whether it has changed.
        response.set_etag(tag, weak=True)
    if response.status_code == 200 and _unpacks():
        response.direct_passthrough = False
        response.set_data(_kept(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _unpacks() -> bool:
    return request.accept_encodings.quality("gzip") > 0


@lru_cache(KEPT_FILES)
def _kept(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)
