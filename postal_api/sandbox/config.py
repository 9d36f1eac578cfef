"""What can be chosen about the sandbox post."""

from dataclasses import dataclass, field
from pathlib import Path

from postal_api.errors import SandboxCannotStart

HABITS: dict[str, str] = {
    "duplicates": "some callbacks are sent twice",
    "reorder": "some callbacks are held back and overtaken by later ones",
    "lost-replies": "some orders are accepted, and the connection is cut before the answer",
    "throttle": "some requests get HTTP 429 with Retry-After",
    "unavailable": "some requests get HTTP 503",
    "closed": "every request gets HTTP 503, until the habit is switched off",
    "slow": "some answers come seconds late",
    "slow-loris": "some answers come byte by byte, for a minute",
    "garbage": "some requests are done, and answered with half of the answer, with a page of HTML, or with noise",
    "huge": "some requests are done, and answered with 50 MB",
    "stale-tokens": "a token is good for a few requests only, whatever it promised",
    "list-or-object": "MyVNPost's answers are lists where they were objects, and the other way round",
    "lagging-lookup": "an order can be looked up only seconds after it was accepted",
    "wrong-ids": "some orders are answered with the item code of another order",
    "pending-cancellations": "MyVNPost's people decide on a cancellation, as they do on a correction",
    "unknown-codes": "some events go by a status code that no table explains",
    "no-callbacks": "callbacks are not sent at all",
}

# A callback of so many envelopes stays well below what a receiver should take (64 kB).
MOST_TOGETHER = 20
PAUSES = (0.0, 2.0, 10.0, 60.0, 600.0, 3600.0)


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """How the post works: its folder, its clock, whom it calls back, and its habits.

    `data` holds the books, the key pair and the file `port`; port 0 lets the system choose. `pauses` are the seconds
    of real time before each attempt to deliver a callback; after the last it is given up, and only the feed tells.
    `host` is an address, not a name. Any consumer key or user name is accepted together with `secret`, which is also
    what Viettel's callbacks carry. `seed` changes all journeys and all habits. One callback of VNPost's may tell of so
    many envelopes `together` as share a moment.
    """

    data: Path
    port: int = 0
    speed: float = 1
    callback_url: str | None = None
    viettelpost_callback_url: str | None = None
    habits: frozenset[str] = frozenset()
    host: str = "127.0.0.1"
    secret: str = field(default="sandbox-only", repr=False)
    seed: int = 0
    through_nights: bool = False
    together: int = MOST_TOGETHER
    token_seconds: int = 3600
    pauses: tuple[float, ...] = PAUSES

    def __post_init__(self) -> None:
        if unknown := sorted(self.habits - HABITS.keys()):
            raise SandboxCannotStart(f"no such habit: {', '.join(unknown)}; there are {', '.join(sorted(HABITS))}")
        if self.speed <= 0:
            raise SandboxCannotStart("the speed must be greater than 0")
        if not 1 <= self.together <= MOST_TOGETHER:
            raise SandboxCannotStart(f"a callback tells of 1 to {MOST_TOGETHER} envelopes")
        urls = [url for url in (self.callback_url, self.viettelpost_callback_url) if url]
        if not all(url.startswith(("http://", "https://")) for url in urls):
            raise SandboxCannotStart("the address for callbacks begins with http:// or https://")
