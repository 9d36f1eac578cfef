"""Figures for the operator's monitor; for nobody else."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from web.metrics import WebMetrics
from web.views import service

pages = Blueprint("metrics", __name__)
EXTENSION = "tannha.metrics"


@pages.get("/metrics")
def show() -> ResponseReturnValue:
    """All figures, for whoever shows the token; without one in the settings, for this machine."""
    token = service().settings.metrics_token.get_secret_value()
    if token and not _shows(token):
        return Response("", 401, {"WWW-Authenticate": "Bearer"})
    if not token and not _is_here():
        abort(404)
    metrics = current_app.extensions[EXTENSION]
    assert isinstance(metrics, WebMetrics)  # noqa: S101
    return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)


def _shows(token: str) -> bool:
    shown = request.headers.get("Authorization", "")
    return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())


def _is_here() -> bool:
    """Whether the question comes from this machine itself.

    Behind a proxy every stranger seems to: with a public address of its own, the house asks for the token.
    """
    try:
        near = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        near = False
    return near and not service().settings.public_url
