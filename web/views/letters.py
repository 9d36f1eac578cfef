"""The letters beside certificates: which there are, and writing them with the printed page beside the text."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from delivery.dispatch.inserts import pictures_of_letter, preview_letter
from delivery.dispatch.letter_texts import (
    CODE,
    LANGUAGES,
    ORIGINS,
    Letter,
    Origin,
    Writer,
    restore,
    versions_of,
    words_of,
    write_letter,
)
from delivery.errors import BadInput, BadLetter, DeliveryError
from delivery.i18n import gettext as _
from delivery.models import LetterText, Procedure
from delivery.moments import now
from web import access
from web.files import as_file
from web.people import note
from web.views import service

pages = Blueprint("letters", __name__)
ADDRESS = "/thu-kem/<procedure>/<language>"
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Look:
    """How a text will look: its pages as pictures, or what is wrong with it, by line where that is known."""

    pictures: list[str] = field(default_factory=list)
    mistakes: list[tuple[int, str]] = field(default_factory=list)
    trouble: str = ""
    empty: bool = False


@pages.get("/thu-kem")
def show_all() -> ResponseReturnValue:
    """Every procedure, and whose words go with its results."""
    with service().database.read() as session:
        procedures = session.scalars(sa.select(Procedure).order_by(Procedure.code)).all()
        rows = [
            (known, [words_of(session, _home(), Letter(known.code, language)) for language in LANGUAGES])
            for known in procedures
        ]
    return render_template("letters.html", rows=rows, origins=ORIGINS)


@pages.get(ADDRESS)
def edit(procedure: str, language: str) -> ResponseReturnValue:
    """The words of one letter, how they look, and what was written before."""
    letter = _letter(procedure, language)
    with service().database.read() as session:
        text = words_of(session, _home(), letter)
    return _page(letter, text.text, text.version)


@pages.post(ADDRESS)
def save(procedure: str, language: str) -> ResponseReturnValue:
    """Let the written words hold from now on; a text with mistakes comes back with them, and nothing is lost."""
    letter = _letter(procedure, language)
    typed, upon = request.form.get("noi_dung", ""), request.form.get("ban", 0, type=int)
    try:
        with service().database.write() as session:
            written = write_letter(session, _home(), letter, typed, _writer(), upon=upon)
            note(session, access.staff().username, "wrote", f"letter:{letter.procedure}.{letter.language}", now())
    except BadLetter:
        return _page(letter, typed, upon, status=422)
    except DeliveryError as error:
        flash(str(error), "warning")
        return _page(letter, typed, upon, status=409)
    flash(_("Version {version} holds from now on.").format(version=written.version), "success")
    return redirect(url_for("letters.edit", procedure=procedure, language=language))


@pages.post(f"{ADDRESS}/xem")
def look(procedure: str, language: str) -> ResponseReturnValue:
    """How the text in the form will look; nothing is kept."""
    letter = _letter(procedure, language)
    typed = request.form.get("noi_dung", "")
    if request.headers.get("HX-Request") == "true":
        return render_template("_letter.html", look=_look(letter, typed))
    return _page(letter, typed, request.form.get("ban", 0, type=int))


@pages.post(f"{ADDRESS}/ban-in")
def print_out(procedure: str, language: str) -> ResponseReturnValue:
    """The text in the form as the PDF that would go to the printer."""
    letter = _letter(procedure, language)
    typed = request.form.get("noi_dung", "")
    try:
        content = _drawn(letter, typed)
    except BadInput:
        return _page(letter, typed, request.form.get("ban", 0, type=int), status=422)
    return as_file(content, f"letter-{letter.procedure}-{letter.language}.pdf")


@pages.post(f"{ADDRESS}/lay-lai")
def take_back(procedure: str, language: str) -> ResponseReturnValue:
    """Let an earlier text hold again, or the one that comes with the program."""
    letter = _letter(procedure, language)
    try:
        with service().database.write() as session:
            wanted = request.form.get("ban", -1, type=int)
            written = restore(session, _home(), letter, wanted, _writer())
            note(session, access.staff().username, "restored", f"letter:{letter.procedure}.{letter.language}", now())
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Version {version} holds from now on.").format(version=written.version), "success")
    return redirect(url_for("letters.edit", procedure=procedure, language=language))


def _page(letter: Letter, typed: str, upon: int, status: int = 200) -> ResponseReturnValue:
    """The page with a text in its form, which may be another than the one that holds."""
    with service().database.read() as session:
        procedure = session.get(Procedure, letter.procedure) or abort(404)
        holds = words_of(session, _home(), letter)
        versions = versions_of(session, letter)
    page = render_template(
        "letter.html", letter=letter, procedure=procedure, holds=holds, typed=typed, upon=upon,
        look=_look(letter, typed), versions=versions, origins=ORIGINS, name=_name(), first_words=_first_words,
        may_write=access.role() in access.WRITERS,
    )  # fmt: skip
    return page, status


def _look(letter: Letter, typed: str) -> Look:
    if not typed.strip():
        return Look(empty=True)
    try:
        pictures = pictures_of_letter(_drawn(letter, typed))
    except BadLetter as error:
        return Look(mistakes=list(error.mistakes))
    except BadInput as error:
        return Look(trouble=str(error))
    return Look([base64.b64encode(picture).decode("ascii") for picture in pictures])


def _drawn(letter: Letter, typed: str) -> bytes:
    with service().database.read() as session:
        return preview_letter(session, letter, typed, _name(), access.staff().office_id)


def _name() -> str:
    """Whom the letter greets in the preview: a name that somebody made up, and never kept."""
    return " ".join(request.form.get("ten", "").split())[:LONGEST_NAME]


def _letter(procedure: str, language: str) -> Letter:
    known = next((one for one in LANGUAGES if one == language), None)
    if known is None or not CODE.fullmatch(procedure):
        abort(404)
    return Letter(procedure, known)


def _writer() -> Writer:
    return Writer(access.staff().username, now())


def _home() -> Path:
    return service().settings.home


def _first_words(written: LetterText) -> str:
    """How a version begins, so that it can be told from another."""
    if written.text is None:
        return _(ORIGINS[Origin.DELIVERED])
    return " ".join(written.text.replace("#", " ").split())[:80] or _("no letter")
