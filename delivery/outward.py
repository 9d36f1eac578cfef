"""Calling where somebody else says: a name is looked up once, judged, and that very place is called.

A name that led to a harmless address when it was judged, and to another one when it was called, would get past any
guard: so the address that was judged is the one that is connected to, while TLS verifies the name.
"""

import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from queue import Empty, SimpleQueue
from socket import IPPROTO_TCP, SOCK_STREAM, gaierror, getaddrinfo

import httpx

from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.rules.egress import Address, Allowed
from postal_api.deadline import deadline_client

PLAIN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Unresolved(Exception):  # no person reads it: it becomes an outcome
    """A host's name leads nowhere, or nobody has said in time where it leads."""


def resolve(host: str, port: int, seconds: float) -> list[Address]:
    """Where a name leads, each address once. The system's resolver knows no deadline: it is waited for so long.

    Raises Unresolved.
    """
    answers: SimpleQueue[list[Address] | None] = SimpleQueue()

    def ask() -> None:
        try:
            found = getaddrinfo(host, port, type=SOCK_STREAM, proto=IPPROTO_TCP)
        except (gaierror, UnicodeError):
            answers.put(None)
        else:
            answers.put(list(dict.fromkeys(ip_address(str(place[0])) for *_kind, place in found)))

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        found = answers.get(timeout=max(seconds, 0.01))
    except Empty as late:
        raise Unresolved(host) from late
    if not found:
        raise Unresolved(host)
    return found


def client_trusting(certificates: Path | None, setting: str, connect_seconds: float, seconds: float) -> httpx.Client:
    """A client that trusts these certificates besides this machine's, and keeps no connection for the next call.

    Raises BadSetting, with the setting that names it, for a file that holds none.
    """
    try:
        context = ssl.create_default_context()
        if certificates is not None:
            context.load_verify_locations(certificates)
    except (OSError, ssl.SSLError) as error:
        raise BadSetting(
            _("{setting}: {path} is no file of certificates (PEM)").format(setting=setting, path=certificates)
        ) from error
    return deadline_client(connect_seconds, seconds, context=context, keeps=False)


def port_of(url: httpx.URL) -> int:
    """The port that an address means."""
    return url.port or (443 if url.scheme == "https" else 80)


@dataclass(frozen=True)
class OutwardLine:
    """A line to hosts that others have named; several threads may use it at once, and no transaction is open meanwhile.

    `plain_http` is for development: this machine alone may be called without TLS.
    """

    http: httpx.Client
    allowed: Allowed
    seconds: float
    plain_http: bool = False
    look_up: Callable[[str, int, float], Sequence[Address]] = resolve

    def close(self) -> None:
        """Close what is open."""
        self.http.close()

    def _may_call(self, target: httpx.URL, places: Sequence[Address]) -> bool:
        # One bad address among good ones is no slip: it is how somebody tries again until the bad one is taken.
        if self._is_plain(target):
            return all(place.is_loopback for place in places)
        return all(self.allowed.lets_through(target.host, place) for place in places)

    def _is_plain(self, url: httpx.URL) -> bool:
        return self.plain_http and url.scheme == "http" and url.host in PLAIN_HOSTS
