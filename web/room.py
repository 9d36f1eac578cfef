"""How much a request may bring: a little for everybody, a file of results for whoever has logged in.

Bodies are kept on the disk until they are complete, before anybody has looked at them. What is sent by strangers must
therefore be turned away by its header alone.
"""

from collections.abc import Callable, Mapping
from copy import copy
from http.cookies import CookieError, SimpleCookie
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from waitress.parser import HTTPRequestParser, ParsingError

from delivery.intake.uploads import MOST_BYTES as MOST_BYTES_OF_A_FILE

MOST_BYTES = 1024 * 1024
# With what a form wraps around a file.
MOST_WITH_FILE = MOST_BYTES_OF_A_FILE + MOST_BYTES
# Text that is pasted is held in memory while the form is read.
MOST_PASTED = 2 * MOST_BYTES
DOOR = "/ket-qua/tep"
# A thousand results with long addresses and notes, each looked at only after the key of whoever sends them.
MOST_OF_MACHINES = 2 * MOST_BYTES
MACHINES_DOOR = "/api/v1/results"

Headers = Mapping[str, str]


def make_room(environ: Mapping[str, Any]) -> int:
    """How many bytes the body of a request may have once it has reached the application."""
    if environ.get("PATH_INFO") == MACHINES_DOOR:
        return MOST_OF_MACHINES
    return MOST_WITH_FILE if environ.get("PATH_INFO") == DOOR else MOST_BYTES


def parser_for(is_staff: Callable[[Headers], bool]) -> Callable[[Any], Any]:
    """A parser of waitress's, made for each request with the server's settings, which are those for a file."""

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
        adj: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.chunked and "CONTENT_LENGTH" in self.headers:
                # Another server before us may go by the length, and take for a second request what is the body of this.
                raise ParsingError("a length and chunks")
            if not (self.path == DOOR and is_staff(self.headers)):
                self.adj = copy(self.adj)
                self.adj.max_request_body_size = MOST_OF_MACHINES if self.path == MACHINES_DOOR else MOST_BYTES

    return Parser


def is_staff_of(app: Flask) -> Callable[[Headers], bool]:
    """Whether a request's cookie was signed for somebody who has logged in; each page looks closer later."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    name, oldest = app.config["SESSION_COOKIE_NAME"], int(app.permanent_session_lifetime.total_seconds())

    def is_staff(headers: Headers) -> bool:
        try:
            cookie = SimpleCookie(headers.get("COOKIE", "")).get(name)
            if cookie is None or signer is None:
                return False
            return "_user_id" in signer.loads(cookie.value, max_age=oldest)
        except (CookieError, BadSignature):
            return False

    return is_staff
