"""The register of purposes, for everybody: what the ward keeps of persons, why, for how long, and who is given it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from delivery.privacy.purposes import REGISTER
from delivery.privacy.terms import terms_told
from delivery.rules.retention import AFTER, OTHERS
from web.views import service

pages = Blueprint("purposes", __name__)


@pages.get("/du-lieu-ca-nhan")
def show() -> ResponseReturnValue:
    """The register and the table of terms, as they hold in this house."""
    terms = terms_told(service().settings.home)
    return render_template(
        "purposes.html", register=REGISTER, terms=terms, by_name={kept.name: kept for kept in terms}, after=AFTER,
        others=OTHERS,
    )  # fmt: skip
