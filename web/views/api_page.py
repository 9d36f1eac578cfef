"""The page about the interface for other machines: what can be asked, in the reader's language, without any script."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from delivery.machines.clients import SCOPES
from web import access
from web.api.description import document
from web.api.operations import in_order
from web.api.problems import DOCS, KINDS
from web.views import service

pages = Blueprint("api_page", __name__)


@pages.get(DOCS)
def show() -> ResponseReturnValue:
    """Every operation with what it takes and gives, every kind of problem with what to do."""
    described = document()
    return render_template(
        "api.html", operations=in_order(), described=described, scopes=SCOPES, kinds=KINDS,
        needed=access.MACHINES, schemas=described["components"]["schemas"], url=service().settings.web_url,
    )  # fmt: skip
