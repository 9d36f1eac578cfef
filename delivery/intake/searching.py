"""Looking for a result by a few letters of it: "ngo gia tu" finds Ngô Gia Tự, however either was typed.

Codes may be read by everybody who has the database, and are found by any part of them. What is said of people is found
by blind marks of its words and of how they begin; of a telephone number also by its last digits.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database
from delivery.models import Result
from delivery.models.marks import bears, mark_of
from delivery.models.sealed import seals_of
from delivery.places.text import fold
from delivery.rules.phones import national, parse_phone
from delivery.sealing import FieldSeals

MOST_WORDS = 8
ROWS_AT_ONCE = 1000
PURPOSE = "search"
# One letter would find nearly everything; so would fewer digits of a number, which would also tell more of it.
LEAST_LETTERS, LEAST_DIGITS = 2, 4
_WORD = re.compile(r"[a-z0-9]+(?:[^a-z0-9\s]+[a-z0-9]+)*")
_INSIDE = re.compile(r"[a-z0-9]+")
_SPACED_NUMBER = re.compile(r"(?<!\S)(?:\+?84|0)[0-9](?:[ .-]?[0-9]){7,9}(?!\S)")


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


def findable(seals: FieldSeals | None, result: Searchable) -> dict[str, Any]:
    """The columns by which a result is looked for, as they have to be now."""
    if seals is None or not seals.begun:
        return {"search_text": search_text(result), "search_marks": None}
    marks = {mark for part in parts_of(result) for mark in _marks_of(seals, part)}
    return {"search_text": fold(result.dossier_code), "search_marks": marks or None}


def search_text(result: Searchable) -> str:
    """Everything that a person at the counter may ask by, folded: codes and names, the street, the phone number."""
    phone = national(result.phone).replace(" ", "")
    return fold(f"{result.dossier_code} {result.owner_name} {result.recipient_name} {phone} {result.address}")


def parts_of(result: Searchable) -> set[str]:
    """The words of all that is said of people in it, folded; a telephone number is one."""
    said = fold(f"{result.owner_name} {result.recipient_name} {result.address}")
    phone = national(result.phone).replace(" ", "")
    return {word for whole in _WORD.findall(said) for word in (whole, *_INSIDE.findall(whole))} | ({phone} - {""})


def matching(session: Session, typed: str) -> sa.ColumnElement[bool]:
    """The condition that every word of what was typed stands in a result, or begins a word of it."""
    seals = seals_of(session)
    return sa.and_(sa.true(), *(_stands(seals, word) for word in _words(typed)[:MOST_WORDS]))


def fill_search_texts(database: Database) -> int:
    """Make what came in by code that did not know of it yet findable as well; returns how many results that were."""
    filled = 0
    while True:
        with database.write() as session:
            found = session.scalars(sa.select(Result).where(Result.search_text == "").limit(ROWS_AT_ONCE)).all()
            for result in found:
                make_findable(session, result)
        if not found:
            return filled
        filled += len(found)


def make_findable(session: Session, result: Result) -> None:
    """Have a result found by what it says now."""
    for name, value in findable(seals_of(session), result).items():
        setattr(result, name, value)


def _stands(seals: FieldSeals | None, word: str) -> sa.ColumnElement[bool]:
    read = Result.search_text.contains(word, autoescape=True)
    if seals is None or not seals.begun:
        return read
    stripped = _WORD.search(word)
    return read if stripped is None else sa.or_(read, bears(Result.search_marks, _mark(seals, stripped[0])))


def _words(typed: str) -> list[str]:
    """The words that were typed; a telephone number is one, however it was spaced."""

    def joined(number: re.Match[str]) -> str:
        try:
            return national(parse_phone(number[0])).replace(" ", "")
        except ValueError:
            return number[0]

    return _SPACED_NUMBER.sub(joined, fold(typed)).split()


@lru_cache(maxsize=100_000)
def _marks_of(seals: FieldSeals, word: str) -> frozenset[int]:
    """The marks of a word: names and streets come again and again."""
    return frozenset(_mark(seals, part) for part in {word, *_beginnings(word)})


def _beginnings(word: str) -> Iterator[str]:
    """By what else a word is found: how it begins, and of a number of many digits how it ends."""
    is_number = word.isdecimal() and len(word) > 2 * LEAST_DIGITS
    yield from (word[:length] for length in range(LEAST_DIGITS if is_number else LEAST_LETTERS, len(word)))
    if is_number:
        yield word[-LEAST_DIGITS:]


def _mark(seals: FieldSeals, part: str) -> int:
    return mark_of(seals.blind(PURPOSE, part))
