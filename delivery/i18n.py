"""The reader's language: Vietnamese unless asked otherwise, one catalogue for service and pages."""

from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = ("vi", "en")
CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "tannha"

# The reader of this request or command; where there is none (a thread that watches), the reader of the process.
_language: ContextVar[str | None] = ContextVar("language", default=None)
_usual = [LANGUAGES[0]]


def gettext(text: str) -> str:
    """Say `text` (English in the code) in the current reader's language."""
    return catalogue(current_language()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Say one of two texts, by `count`, in the current reader's language."""
    return catalogue(current_language()).ngettext(one, many, count)


def marked(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


def current_language() -> str:
    """The language that is spoken here and now."""
    return _language.get() or _usual[0]


def speak(language: str) -> None:
    """Speak `language` from here on in all of this process, which serves one person."""
    _usual[0] = language if language in LANGUAGES else LANGUAGES[0]


def speak_here(language: str) -> None:
    """Speak `language` from here on in this thread, until `speak_as_usual`."""
    _language.set(language if language in LANGUAGES else LANGUAGES[0])


def speak_as_usual() -> None:
    """Speak the language of the process again in this thread: the one who was spoken to has gone."""
    _language.set(None)


@cache
def catalogue(language: str) -> NullTranslations:
    """The compiled texts of a language; English is written in the code and needs none."""
    if language == "en":
        return NullTranslations()
    with (CATALOGUES / language / f"{DOMAIN}.po").open("rb") as file:
        return _compiled(file.read(), language)


def _compiled(source: bytes, language: str) -> GNUTranslations:
    # Read straight from the .po: a clean clone speaks Vietnamese with no build step to forget.
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=language))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)
