"""Reading other people's JSON: lists where an object was expected, numbers where text was, and broken bytes."""

import json
import unicodedata

from postal_api.errors import OutcomeUnknown


def json_value(body: bytes) -> object:
    """What a body says.

    Raises OutcomeUnknown when it is not JSON.
    """
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OutcomeUnknown("the answer is not JSON") from error
    return value


def json_object(body: bytes) -> dict[str, object]:
    """The object that a body holds.

    Raises OutcomeUnknown when it holds anything else.
    """
    value = json_value(body)
    if not isinstance(value, dict):
        raise OutcomeUnknown("the answer is not a JSON object")
    return value


def objects(value: object) -> list[dict[str, object]]:
    """The objects of a value that is a list in some answers, one object in others; all else is left out."""
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, dict)]


def first_object(value: object) -> dict[str, object]:
    """The first object of a list, or the object itself; empty where there is none."""
    return next(iter(objects(value)), {})


def text(value: object) -> str:
    """Strings and numbers alike, composed and trimmed; everything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    # A lone surrogate is legal JSON, and nothing that any file or database could keep.
    plain = str(value).encode(errors="replace").decode()
    return unicodedata.normalize("NFC", plain).strip()


def dong(value: object) -> int | None:
    """Whole dong; carriers write them as numbers, as decimal numbers and as text."""
    try:
        return round(float(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None


def without(said: str, private: list[str | None], longest: int = 200) -> str:
    """What a carrier said, without the personal data of the order that it may repeat."""
    for part in sorted(filter(None, private), key=len, reverse=True):
        said = said.replace(part, "…")
    return said[:longest]
