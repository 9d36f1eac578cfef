"""How often one address may ask: pages of the public, and secrets and keys that are tried.

Kept in memory, by each process for itself, for a bounded number of addresses: a limit that wrote into the database
would be one more way to keep it busy. Whoever has logged in is known, and is not counted for pages. Carriers' reports
are never counted: a signature says who they are from, and they have a lane of their own (`web.lanes`).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil

from flask import Flask, Response, g, request
from flask import session as cookie
from werkzeug.exceptions import TooManyRequests

from delivery.settings import Settings
from web.access import MACHINES, PAGES
from web.clients import Network, client_of, networks

WINDOW = 60.0
# Seconds: so short a wait is what rounding leaves of none, on a machine that has run for long.
NO_WAIT = 1e-3
MOST_ADDRESSES = 20_000
# Passwords that are reckoned at a time: each takes 64 MiB and half a processor for a while.
MOST_PASSWORDS_AT_ONCE = 4
# What costs next to nothing, is fetched by the dozen, or is asked for by machines that must not be turned away.
UNCOUNTED = frozenset({
    "static", "public.healthz", "public.readyz", "callbacks.vnpost", "base_map.overview", "base_map.cell",
    "round_app.page", "round_app.part", "round_app.reader", "round_app.worker", "round_app.manifest",
    "round_app.picture",
})  # fmt: skip
# Where a secret is tried, and by which answer it was a wrong one; a right one costs nothing. What is asked for without
# saying whether it was right counts each time.
WRONG: dict[str, frozenset[int]] = {
    "session.log_in": frozenset({401}),
    "session.second_step": frozenset({401}),
    "sign_in.come_back": frozenset({401}),
    "sign_in.end_log_ins": frozenset({400}),
    "dossier_sign_in.come_back": frozenset({401}),
    "pairing.look": frozenset({401}),
    "pairing.confirm": frozenset({401}),
    "own.enter": frozenset({401}),
    "dossier.enter": frozenset({401}),
    "dossier.send": frozenset({302}),
    "public.track": frozenset({404}),
    "messages.ask": frozenset({404}),
    "messages.stop": frozenset({404}),
    "messages.resume": frozenset({404}),
}

# Where a link alone is the try, and no form.
TRIED_BY_LINK = ("public.", "messages.", "sign_in.", "dossier_sign_in.")


@dataclass
class Allowance:
    """So many a minute for each address, all at once if need be; 0 for no limit. Safe for threads."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    most: int = MOST_ADDRESSES
    # When all that an address has had will be made up for.
    _due: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, who: str) -> float:
        """Take one; if there is none left, the seconds until there will be."""
        if self.per_minute == 0:
            return 0.0
        with self._lock:
            at = self.clock()
            due = max(self._due.pop(who, at), at)
            wait = self._wait(due - at)
            self._due[who] = due if wait else due + WINDOW / self.per_minute
            self._forget_some()
            return wait

    def look(self, who: str) -> float:
        """The seconds until there will be one left, without taking any."""
        if self.per_minute == 0:
            return 0.0
        with self._lock:
            at = self.clock()
            return self._wait(self._due.get(who, at) - at)

    def give_back(self, who: str) -> None:
        """It was not used after all."""
        with self._lock:
            if who in self._due:
                self._due[who] -= WINDOW / self.per_minute

    def _wait(self, owed: float) -> float:
        """Of somebody who must make up for so many seconds."""
        wait = owed + WINDOW / self.per_minute - WINDOW
        return wait if wait > NO_WAIT else 0.0

    def _forget_some(self) -> None:
        """The address that was quiet the longest is forgotten: there are always more of them than memory."""
        while len(self._due) > self.most:
            self._due.popitem(last=False)


@dataclass(frozen=True)
class Limits:
    """The limits of one application."""

    pages: Allowance
    tries: Allowance
    proxies: tuple[Network, ...]
    passwords: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_PASSWORDS_AT_ONCE))

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        pages, tries = Allowance(settings.pages_per_minute), Allowance(settings.tries_per_minute)
        return cls(pages, tries, networks(settings.trusted_proxies))

    def before(self) -> None:
        """Turn away whoever has asked too often. Raises TooManyRequests."""
        endpoint = request.endpoint or ""
        g.tried_by = None
        who = client_of(request.environ, self.proxies)
        if who is None or endpoint in UNCOUNTED:
            return
        if endpoint in MACHINES:
            # A machine that is known has an allowance of its own; who shows keys that open nothing has this one.
            _need(self.tries.look(who))
            g.machine_at = who
            return
        if None in PAGES.get(endpoint, {None}) and "_user_id" not in cookie:
            _need(self.pages.take(who))
        if endpoint in WRONG and (request.method == "POST" or endpoint.startswith(TRIED_BY_LINK)):
            _need(self.tries.take(who))
            g.tried_by = who

    def after(self, response: Response) -> Response:
        """A try that was no wrong one is not counted; of machines, one that was wrong is."""
        if g.get("machine_at") is not None and response.status_code == 401:
            self.tries.take(g.machine_at)
        who = g.get("tried_by")
        if who is not None and response.status_code not in WRONG[request.endpoint or ""]:
            self.tries.give_back(who)
        return response

    @contextmanager
    def a_password(self) -> Iterator[None]:
        """Room for one password to be reckoned. Raises TooManyRequests while as many as may be are."""
        if not self.passwords.acquire(blocking=False):
            _need(1.0)
        try:
            yield
        finally:
            self.passwords.release()


def limit(app: Flask, settings: Settings) -> None:
    """Have an application turn away who asks too often."""
    limits = app.extensions["limits"] = Limits.of(settings)
    app.before_request(limits.before)
    app.after_request(limits.after)


def _need(seconds: float) -> None:
    if seconds > 0:
        raise TooManyRequests(retry_after=ceil(seconds))
