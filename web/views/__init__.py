"""The pages, by who opens them: the public, the staff at the dispatch table, the carrier's machine."""

from flask import current_app

from delivery.wiring import Service


def service() -> Service:
    """The service this application was made for."""
    found = current_app.extensions["tannha"]
    assert isinstance(found, Service)  # noqa: S101
    return found
