"""Letters beside the certificate: the ward's own texts in its home, else the ones that come with the program."""

import re
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import find_batch
from delivery.dispatch.consignments import planned_stops
from delivery.errors import BadInput, NotFound, NotNow, UnreadableFile
from delivery.i18n import gettext as _
from delivery.models import Office, Procedure
from labels import Party
from labels.errors import BadText
from labels.insert import Insert, Tone, default_text, draw_inserts
from labels.markdown import read_markdown
from labels.texts import Language

TONES: dict[str, Tone] = {"1.001193": "birth", "1.000894": "marriage", "1.000656": "death"}
LANGUAGES: tuple[Language, ...] = ("vi", "en")
CODE = re.compile(r"[0-9]\.[0-9]{6}")


@dataclass(frozen=True, slots=True)
class InsertText:
    """The letter of a procedure in a language; `path` is where the ward has, or would have, its own."""

    procedure: str
    language: Language
    path: Path
    text: str
    own: bool

    @property
    def tone(self) -> Tone:
        return TONES.get(self.procedure, "plain")


def insert_text(home: Path, procedure: str, language: Language = "vi") -> InsertText | None:
    """The letter that goes with a procedure's result; None where none does.

    Raises UnreadableFile, naming the line, for a text of the ward with a mistake in it.
    """
    if not CODE.fullmatch(procedure):
        return None
    path = home / "inserts" / f"{procedure}.{language}.md"
    own = path.is_file()
    text = _read(path) if own else default_text(TONES.get(procedure, "plain"), language)
    if not text.strip():
        return None
    try:
        read_markdown(text, language)
    except BadText as mistake:
        raise UnreadableFile(
            _("{path}, line {line}: {why}").format(path=path, line=mistake.line, why=mistake.why)
        ) from mistake
    return InsertText(procedure, language, path, text, own)


def find_insert(home: Path, procedure: str, language: Language) -> InsertText:
    """As `insert_text`. Raises NotFound where no letter goes with the procedure."""
    if not CODE.fullmatch(procedure):
        raise BadInput(_("{code} is not the code of a procedure, such as 1.001193").format(code=procedure))
    found = insert_text(home, procedure, language)
    if found is None:
        path = home / "inserts" / f"{procedure}.{language}.md"
        raise NotFound(_("No letter goes with {code}. To have one, write {path}").format(code=procedure, path=path))
    return found


def all_inserts(session: Session, home: Path) -> list[tuple[Procedure, InsertText]]:
    """The letters of all procedures in all languages."""
    procedures = session.scalars(sa.select(Procedure).order_by(Procedure.code)).all()
    found = [(known, insert_text(home, known.code, language)) for known in procedures for language in LANGUAGES]
    return [(known, text) for known, text in found if text is not None]


def preview_insert(session: Session, text: InsertText, name: str) -> bytes:
    """A letter as it will look, from the first office there is."""
    office = session.scalars(sa.select(Office).order_by(Office.id)).first()
    sender = _party(office) if office is not None else Party(_("Ward"), "")
    return draw_inserts([Insert(text.text, sender, text.tone, name)], text.language)


def print_inserts(session: Session, home: Path, code: str) -> bytes:
    """The letters of a batch, in the order of the labels; an envelope with two results may get two.

    Raises NotFound, NotNow where there is nothing to print, and UnreadableFile for a mistake in a text.
    """
    batch = find_batch(session, code)
    letters = [
        Insert(text.text, _party(batch.office), text.tone, result.recipient_name)
        for stop in planned_stops(batch)
        for result in stop.item.results
        if (text := insert_text(home, result.procedure_code)) is not None
    ]
    if not letters:
        raise NotNow(_("No letter goes with any envelope of batch {code}").format(code=code))
    return draw_inserts(letters)


def _party(office: Office) -> Party:
    return Party(office.name, office.address, office.phone)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(_("{path} is not a text in UTF-8").format(path=path)) from error
