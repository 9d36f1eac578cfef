"""Receive Tận Nhà's notices: verify each, know a repetition, keep the newest of each result.

Only Python's standard library. Try it: `NOTICE_SECRET=whsec_… python docs/examples/receive_notices.py 8099`.
"""

import base64
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST_SECONDS_APART = 300
MOST_BYTES = 20_000


def verified(headers: Mapping[str, str], body: bytes, secret: str, now: float | None = None) -> dict[str, Any]:
    """The notice in `body` (as it came, before any parsing); raises ValueError unless it is genuine and new.

    `headers` by lower-case names; `secret` is what was shown once, whsec_….
    """
    name, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((time.time() if now is None else now) - int(sent_at)) > MOST_SECONDS_APART:
        raise ValueError("sent too long ago, or this machine's clock is wrong")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{sent_at}.".encode() + body, "sha256").digest()
    wanted = "v1," + base64.b64encode(digest).decode()
    # While a secret is rotated there are several signatures; one that fits is enough.
    if not any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split(" ")):
        raise ValueError("the signature does not fit")
    notice: dict[str, Any] = json.loads(body)
    return notice


@dataclass
class Books:
    """What is known of each result. A real receiver keeps both in its database, in one transaction."""

    seen: set[str] = field(default_factory=set)
    results: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    def take(self, name: str, notice: dict[str, Any]) -> bool:
        """Take a notice in; False for a repetition, and for one that a newer one has overtaken."""
        if name in self.seen:
            return False
        self.seen.add(name)
        told = notice["data"]
        if notice["type"] == "endpoint.ping":
            return True
        result = told["dossier_code"], told["copy_no"]
        if result in self.results and self.results[result]["sequence"] >= told["sequence"]:
            return False
        self.results[result] = told
        return True


def serve(port: int, secret: str) -> None:
    """Answer 204 to what is genuine, 401 to what is not, until interrupted; print what is new."""
    books = Books()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MOST_BYTES))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                notice = verified(headers, body, secret)
            except (KeyError, ValueError) as error:
                self.send_response(401)
                print(f"refused: {error}", flush=True)
            else:
                # First on the disk, then 2xx: whatever is answered so is not sent again.
                if books.take(headers["webhook-id"], notice):
                    print(notice["type"], json.dumps(notice["data"]), flush=True)
                self.send_response(204)
            self.end_headers()

    ThreadingHTTPServer(("127.0.0.1", port), Door).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), os.environ["NOTICE_SECRET"])
