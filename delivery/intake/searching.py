"""Looking for a result by a few letters of it: "ngo gia tu" finds Ngô Gia Tự, however either was typed."""

from typing import Protocol

import sqlalchemy as sa

from delivery.database import Database
from delivery.models import Result
from delivery.places.text import fold
from delivery.rules.phones import national

MOST_WORDS = 8
ROWS_AT_ONCE = 1000


class Searchable(Protocol):
    """What a result is looked for by, whether it is in the books already or only about to come in."""

    @property
    def dossier_code(self) -> str: ...
    @property
    def owner_name(self) -> str: ...
    @property
    def recipient_name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def address(self) -> str: ...


def search_text(result: Searchable) -> str:
    """Everything that a person at the counter may ask by, folded: codes and names, the street, the phone number."""
    phone = national(result.phone).replace(" ", "")
    return fold(f"{result.dossier_code} {result.owner_name} {result.recipient_name} {phone} {result.address}")


def matching(typed: str) -> sa.ColumnElement[bool]:
    """The condition that every word of what was typed stands somewhere in a result."""
    words = fold(typed).split()[:MOST_WORDS]
    return sa.and_(sa.true(), *(Result.search_text.contains(word, autoescape=True) for word in words))


def fill_search_texts(database: Database) -> int:
    """Make what came in by code that did not know of it yet findable as well; returns how many results that were."""
    filled = 0
    while True:
        with database.write() as session:
            found = session.scalars(sa.select(Result).where(Result.search_text == "").limit(ROWS_AT_ONCE)).all()
            for result in found:
                result.search_text = search_text(result)
        if not found:
            return filled
        filled += len(found)
