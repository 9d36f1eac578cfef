"""What the letters beside certificates say: as the ward wrote it last, in the pages or in a file, or as delivered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput, BadLetter, NotFound, NotNow, UnreadableFile
from delivery.i18n import current_language, marked
from delivery.i18n import gettext as _
from delivery.models import LetterText, Procedure
from delivery.places.text import normal
from labels.insert import Tone, default_text
from labels.markdown import mistakes_in
from labels.texts import Language

TONES: dict[str, Tone] = {"1.001193": "birth", "1.000894": "marriage", "1.000656": "death"}
LANGUAGES: tuple[Language, ...] = ("vi", "en")
CODE = re.compile(r"[0-9]\.[0-9]{6}")
FILE = re.compile(r"(?P<procedure>[0-9]\.[0-9]{6})\.(?P<language>vi|en)\.md")
LONGEST_NOTE = 200


class Origin(StrEnum):
    """Where the words are from; a file counts as long as nothing was written in the pages or taken over."""

    DELIVERED = "delivered"
    FILE = "file"
    WARD = "ward"


ORIGINS: dict[Origin, str] = {
    Origin.DELIVERED: marked("as delivered"),
    Origin.FILE: marked("a file in the home"),
    Origin.WARD: marked("the ward's own"),
}


class Letter(NamedTuple):
    """A letter by its name: the procedure's code and the language."""

    procedure: str
    language: Language

    @property
    def tone(self) -> Tone:
        return TONES.get(self.procedure, "plain")

    @property
    def delivered(self) -> str:
        """The words that come with the program; empty where it has none."""
        return default_text(self.tone, self.language)

    def file(self, home: Path) -> Path:
        """Where the ward may have its words as a file."""
        return home / "inserts" / f"{self.procedure}.{self.language}.md"


@dataclass(frozen=True, slots=True)
class InsertText:
    """The words of a letter that hold now; empty ones mean that no letter goes. `version` is 0 before the first.

    `trouble` says why the ward's file cannot be read.
    """

    letter: Letter
    text: str
    origin: Origin
    version: int = 0
    written: LetterText | None = None
    trouble: str = ""

    @property
    def own(self) -> bool:
        return self.origin is not Origin.DELIVERED

    @property
    def goes(self) -> bool:
        return bool(self.text.strip())


class Writer(NamedTuple):
    """Who writes, when, and what for."""

    name: str
    at: datetime
    note: str = ""


def letter_of(procedure: str, language: Language) -> Letter:
    """Raises BadInput for what is not a procedure's code: it becomes part of a file's name."""
    if not CODE.fullmatch(procedure):
        raise BadInput(_("{code} is not the code of a procedure, such as 1.001193").format(code=procedure[:40]))
    return Letter(procedure, language)


def words_of(session: Session, home: Path, letter: Letter) -> InsertText:
    """The words that hold now, whether or not they can be printed."""
    newest = _newest(session, letter)
    if newest is not None:
        if newest.text is None:
            return InsertText(letter, letter.delivered, Origin.DELIVERED, newest.version, newest)
        return InsertText(letter, newest.text, Origin.WARD, newest.version, newest)
    file = letter.file(home)
    if not file.is_file():
        return InsertText(letter, letter.delivered, Origin.DELIVERED)
    try:
        return InsertText(letter, _read(file), Origin.FILE)
    except UnreadableFile as error:
        return InsertText(letter, "", Origin.FILE, trouble=str(error))


def insert_text(session: Session, home: Path, procedure: str, language: Language = "vi") -> InsertText | None:
    """The letter that goes with a procedure's result; None where none does.

    Raises UnreadableFile, naming file and line, for a file with a mistake in it.
    """
    if not CODE.fullmatch(procedure):
        return None
    found = words_of(session, home, Letter(procedure, language))
    if found.trouble:
        raise UnreadableFile(found.trouble)
    if not found.goes:
        return None
    if found.origin is Origin.FILE:
        _check_file(found.letter.file(home), found.text)
    return found


def find_insert(session: Session, home: Path, procedure: str, language: Language) -> InsertText:
    """As `insert_text`. Raises NotFound where no letter goes with the procedure."""
    letter = letter_of(procedure, language)
    found = insert_text(session, home, procedure, language)
    if found is None:
        raise NotFound(
            _("No letter goes with {code}. To have one, write it in the pages, under Letters").format(
                code=letter.procedure
            )
        )
    return found


def all_inserts(session: Session, home: Path) -> list[tuple[Procedure, InsertText]]:
    """The letters of all procedures in all languages."""
    procedures = session.scalars(sa.select(Procedure).order_by(Procedure.code)).all()
    pairs = [(known, language) for known in procedures for language in LANGUAGES]
    found = [(known, insert_text(session, home, known.code, language)) for known, language in pairs]
    return [(known, text) for known, text in found if text is not None]


def versions_of(session: Session, letter: Letter) -> list[LetterText]:
    """What was written of a letter, the newest first."""
    mine = (LetterText.procedure_code == letter.procedure, LetterText.language == letter.language)
    return list(session.scalars(sa.select(LetterText).where(*mine).order_by(LetterText.version.desc())))


def checked(text: str) -> str:
    """A text as it is kept: one form for each letter, lines that end alike.

    Raises BadLetter with every mistake in it.
    """
    tidy = normal(text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()
    tidy = f"{tidy}\n" if tidy else ""
    mistakes = mistakes_in(tidy, _reader())
    if mistakes:
        raise BadLetter([(mistake.line, mistake.why) for mistake in mistakes])
    return tidy


def write_letter(
    session: Session, home: Path, letter: Letter, text: str | None, writer: Writer, *, upon: int | None = None
) -> InsertText:
    """Let other words hold from now on; None for those that come with the program. The earlier ones are kept.

    `upon` is the version that the writer had in front of them. Writing what holds already changes nothing.

    Raises BadLetter, NotFound for an unknown procedure, and NotNow when somebody else has written in between.
    """
    wanted = checked(text) if text is not None else None
    # One writer at a time: the row of the procedure is held until the end of the transaction.
    if session.get(Procedure, letter.procedure, with_for_update=True) is None:
        raise NotFound(_("There is no procedure {code}").format(code=letter.procedure))
    now = words_of(session, home, letter)
    if upon is not None and upon != now.version:
        raise NotNow(
            _("Meanwhile {name} has changed this letter. Look at what it says now, then change it").format(
                name=now.written.written_by if now.written is not None else "–"
            )
        )
    same = not now.own if wanted is None else now.text == wanted
    if same and now.origin is not Origin.FILE:
        return now
    session.add(
        LetterText(
            procedure_code=letter.procedure,
            language=letter.language,
            version=now.version + 1,
            text=wanted,
            written_at=writer.at,
            written_by=writer.name,
            note=writer.note[:LONGEST_NOTE],
        )
    )
    session.flush()
    return words_of(session, home, letter)


def restore(session: Session, home: Path, letter: Letter, version: int, writer: Writer) -> InsertText:
    """Let the words of an earlier version hold again; version 0 are those that come with the program.

    Raises NotFound for a version that there is not, and as `write_letter`.
    """
    if version == 0:
        return write_letter(session, home, letter, None, writer)
    earlier = next((one for one in versions_of(session, letter) if one.version == version), None)
    if earlier is None:
        raise NotFound(_("There is no version {version} of this letter").format(version=version))
    return write_letter(session, home, letter, earlier.text, writer)


def import_letters(session: Session, home: Path, files: list[Path], writer: Writer) -> Iterator[InsertText]:
    """Take over files named as in the home's inserts/, such as 1.001193.vi.md.

    Raises BadInput for a file with another name, UnreadableFile naming file and line for a mistake.
    """
    for file in files:
        named = FILE.fullmatch(file.name)
        if named is None:
            raise BadInput(
                _("{file} is not named after a procedure and a language, as 1.001193.vi.md is").format(file=file.name)
            )
        letter = Letter(named["procedure"], "en" if named["language"] == "en" else "vi")
        text = _read(file)
        _check_file(file, text)
        yield write_letter(session, home, letter, text, writer._replace(note=file.name))


def files_of(home: Path) -> list[Path]:
    """The letters that the home has as files."""
    folder = home / "inserts"
    return sorted(file for file in folder.glob("*.md") if FILE.fullmatch(file.name)) if folder.is_dir() else []


def _newest(session: Session, letter: Letter) -> LetterText | None:
    mine = (LetterText.procedure_code == letter.procedure, LetterText.language == letter.language)
    return session.scalars(sa.select(LetterText).where(*mine).order_by(LetterText.version.desc()).limit(1)).first()


def _check_file(file: Path, text: str) -> None:
    try:
        checked(text)
    except BadLetter as error:
        line, why = error.mistakes[0]
        raise UnreadableFile(_("{path}, line {line}: {why}").format(path=file, line=line, why=why)) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(_("{path} is not a text in UTF-8").format(path=path)) from error


def _reader() -> Language:
    """The language in which mistakes are told."""
    return "en" if current_language() == "en" else "vi"
