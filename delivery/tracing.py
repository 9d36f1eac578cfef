"""One number for one piece of work, across pages, workers and carriers: a trace in the form of W3C Trace Context.

A request of a page has the number that its proxy gave it, or one made by chance. A job has one that follows from what
it is about: whoever knows an envelope finds its way through all logs, also a year later, and nothing has to be kept.
Nobody outside can tell from the number what it belongs to.
"""

import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from postal_api.line import also_sent

HEADER = "traceparent"
_FORM = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_NOTHING = frozenset({"0" * 32, "0" * 16})


def new_trace() -> str:
    """A number made by chance: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def trace_of_job(key: bytes, kind: str, about: int) -> str:
    """The number of all work of a kind on one thing, however often it is tried, under a secret of the installation."""
    return hmac.digest(key, f"trace\0{kind}\0{about}".encode(), "sha256").hex()[:32]


def read_trace(header: str) -> str | None:
    """The number in a `traceparent`; None where there is none that can be used."""
    found = _FORM.fullmatch(header.strip().lower())
    if found is None or header.lower().startswith("ff") or _NOTHING & {found[1], found[2]}:
        return None
    return found[1]


def write_trace(trace: str) -> str:
    """The header for a request to somebody else, with a number of its own for this one step."""
    return f"00-{trace}-{secrets.token_hex(8)}-01"


@contextmanager
def in_trace(trace: str, **facts: object) -> Iterator[None]:
    """Within the block each line of this thread's log bears the number, and so does what is asked of a carrier."""
    with (
        structlog.contextvars.bound_contextvars(trace_id=trace, **facts),
        also_sent(lambda: {HEADER: write_trace(trace)}),
    ):
        yield
