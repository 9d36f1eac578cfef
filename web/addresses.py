"""Addresses that a browser sends along: where to go on afterwards, on which page one was."""

from urllib.parse import urlsplit


def leads_within(address: str) -> bool:
    """Whether it is an address within these pages; what cannot be read as one leads nowhere."""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.netloc and not parts.scheme


def within(address: str) -> str:
    """The part of a whole address that leads within these pages; the front page where there is none."""
    try:
        inside = urlsplit(address)._replace(scheme="", netloc="").geturl()
    except ValueError:
        return "/"
    return inside if leads_within(inside) else "/"
