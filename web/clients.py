"""From which address a request comes: the line's own end, or what a proxy of ours says of it."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Whoever has IPv6 has this many addresses and more.
ONE_HOME = 64


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks that stand in a setting, separated by commas.

    Raises ValueError naming what is none.
    """
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def client_of(environ: Mapping[str, Any], proxies: Sequence[Network]) -> str | None:
    """Who asks, as far as it can be known; None where it cannot.

    Only what is in `proxies` is believed of where a request came from (`X-Forwarded-For`, read from its end). Behind a
    proxy on this machine that is not named there, everybody would be one and the same: then nobody is known.
    """
    peer = _address(environ.get("REMOTE_ADDR", ""))
    if peer is None:
        return None
    if not _is_in(peer, proxies):
        return None if peer.is_loopback else _home(peer)
    for said in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        told = _address(said.strip())
        if told is None:
            return None if not said.strip() else _home(peer)
        if not _is_in(told, proxies):
            return _home(told)
    return None


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text.rpartition("%")[0] or text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _is_in(address: Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)


def _home(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, ONE_HOME), strict=False))
    return str(address)
