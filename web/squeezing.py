"""Style sheets, scripts and pictures of lines go over the wire compressed: on a slow network that is most of the wait.

Pages do not: what a reader typed and a secret of theirs would be compressed together, and the length would tell of the
secret (BREACH, https://breachattack.com). Compressed once in each process, and never from a file beside the original,
which would be served long after the original has changed.
"""

import gzip
from functools import lru_cache

from flask import Response, request

SQUEEZED = frozenset({"text/css", "text/javascript", "image/svg+xml"})
KEPT_FILES = 64


def squeeze(response: Response) -> Response:
    """Compress the answer where it is one of our files and the browser can read it; run after every request."""
    if request.endpoint != "static" or response.mimetype not in SQUEEZED:
        return response
    response.vary.add("Accept-Encoding")
    tag, _weak = response.get_etag()
    if tag is not None:
        # Both ways of sending it are the same to whoever asks whether it has changed.
        response.set_etag(tag, weak=True)
    if response.status_code == 200 and request.accept_encodings.quality("gzip") > 0:
        response.direct_passthrough = False
        response.set_data(_squeezed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(KEPT_FILES)
def _squeezed(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)
