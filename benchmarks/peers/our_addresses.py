"""This project's own understanding and placing of addresses, through its public functions."""

import importlib
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.addresses import Answer, Answers
from benchmarks.alone import NotHere
from delivery.places.address import parse
from delivery.places.locating import locate


def answer(texts: list[str], folder: Path | None) -> Answers:
    """By the built-in gazetteer, or by that of a map folder."""
    knowing = _knowing(folder)
    locate(parse("Số 1 Ngọc Lâm, Long Biên, Hà Nội", *knowing), *knowing)
    began = time.process_time()
    for text in texts:
        parse(text, *knowing)
    parsed = time.process_time()
    answers = [_answer(text, knowing) for text in texts]
    return Answers(answers, time.process_time() - parsed, parsed - began)


def answer_without(questions: list[tuple[str, Path]]) -> list[Answer]:
    """Each address by a map folder of its own: one from which the answer was taken out."""
    return [_answer(text, _knowing(folder)) for text, folder in questions]


def _knowing(folder: Path | None) -> tuple[Any, ...]:
    """The atlas, as the further argument of both functions."""
    if importlib.util.find_spec("delivery.places.atlas") is None:
        if folder is not None:
            raise NotHere("this state of the project reads no imported map")
        return ()
    atlas = importlib.import_module("delivery.places.atlas").Atlas
    return (atlas.built_in() if folder is None else atlas.open(folder),)


def _answer(text: str, knowing: tuple[Any, ...]) -> Answer:
    address = parse(text, *knowing)
    place = locate(address, *knowing)
    point = (place.lat, place.lon) if place.lat is not None and place.lon is not None else None
    return Answer(place.new_ward_code, address.street, point, place.radius_m, place.ask, place.old_ward_code)


def gazetteer_writer() -> Callable[..., None]:
    """What writes a gazetteer; raises NotHere in a state of the project without one."""
    writer = getattr(importlib.import_module("delivery.places.gazetteer"), "write_gazetteer", None)
    if writer is None:
        raise NotHere("this state of the project writes no gazetteer")
    return writer  # type: ignore[no-any-return]
