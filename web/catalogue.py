"""The catalogue: every text in code and templates, with its Vietnamese; `make catalogue` brings it up to date."""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from delivery.i18n import CATALOGUES, DOMAIN

ROOT = Path(__file__).resolve().parents[1]
FILE = CATALOGUES / "vi" / f"{DOMAIN}.po"
KEYWORDS = {"_": None, "gettext": None, "marked": None, "ngettext": (1, 2)}
MessageId = str | tuple[str, ...] | list[str]
FIELD = re.compile(r"\{[^}]*\}")


def texts() -> Catalog:
    """All texts that the service and its pages can say, in English as written, without their translations."""
    found = Catalog(locale="vi", domain=DOMAIN, fuzzy=False)
    for folder in ("delivery", "web"):
        extracted = extract_from_dir(
            ROOT / folder, [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")],
            keywords=KEYWORDS,
        )  # fmt: skip
        for _file, _line, message, _comments, _context in extracted:
            found.add(message)
    return found


def known() -> Catalog:
    """The catalogue as it is in the repository."""
    return read_po(BytesIO(FILE.read_bytes()), locale="vi", domain=DOMAIN)


def faults() -> Iterator[str]:
    """What is wrong with the catalogue: texts without Vietnamese, left-over texts, fields that do not match."""
    have, wanted = known(), texts()
    for message in wanted:
        if message.id:
            yield from _faults_of(message.id, have.get(_key(message.id)))
    for message in have:
        if message.id and wanted.get(_key(message.id)) is None:
            yield f"no longer used: {message.id!r}"


def _faults_of(wanted: MessageId, have: Message | None) -> Iterator[str]:
    said = have.string if have is not None else None
    translations = [said] if isinstance(said, str) else list(said or [])
    if not translations or not all(translations):
        yield f"no Vietnamese: {wanted!r}"
        return
    source = wanted if isinstance(wanted, str) else wanted[-1]
    for translation in translations:
        if sorted(FIELD.findall(translation)) != sorted(FIELD.findall(source)):
            yield f"other fields in the Vietnamese of {wanted!r}"


def _key(message_id: MessageId) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def update() -> None:
    """Write the catalogue anew: new texts without Vietnamese, the others as they were, none that nobody says."""
    have, made = known(), texts()
    for message in made:
        old = have.get(_key(message.id)) if message.id else None
        if old is not None:
            message.string = old.string
    out = BytesIO()
    write_po(out, made, width=120, no_location=True, omit_header=True, sort_output=True)
    head = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: vi\\n"\n'
    FILE.write_bytes(head + b'"Plural-Forms: nplurals=1; plural=0;\\n"\n\n' + out.getvalue())


if __name__ == "__main__":
    update()
    missing = list(faults())
    print("\n".join(missing) or "The catalogue is complete.")  # noqa: T201
    sys.exit(bool(missing))
