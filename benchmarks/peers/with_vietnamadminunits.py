"""vietnamadminunits 1.0.4 as far as it goes without a network.

Its two parsers are asked, that of the old form first: so it does best on the addresses written by hand. Its converter
sends the address to an online geocoder where an old ward was split, so its table is read instead, with its default.
"""

import time
from functools import cache
from pathlib import Path

from vietnamadminunits import parse_address
from vietnamadminunits.converter.converter_2025 import (
    DICT_PROVINCE_WARD_DIVIDED,
    DICT_PROVINCE_WARD_NO_DIVIDED,
)

from benchmarks.addresses import Answer, Answers


def answer(texts: list[str], _setting: Path | None) -> Answers:
    _converted()
    began = time.process_time()
    for text in texts:
        parse_address(text, mode="LEGACY")
    parsed = time.process_time()
    answers = [_answer(text) for text in texts]
    return Answers(answers, time.process_time() - parsed, parsed - began)


def _answer(text: str) -> Answer:
    old = parse_address(text, mode="LEGACY")
    new = _converted().get(f"{old.province_key}_{old.district_key}_{old.ward_key}") if old.ward_key else None
    unit = parse_address(new, level=2) if new else parse_address(text)
    point = (unit.latitude, unit.longitude) if unit.latitude and unit.ward_code else None
    return Answer(unit.ward_code, point=point, old_ward=old.ward_code if new else None)


@cache
def _converted() -> dict[str, str]:
    """Each old ward's key with today's ward and province, as that package's parser reads them."""
    found: dict[str, str] = {}
    for province, wards in DICT_PROVINCE_WARD_DIVIDED.items():
        for old, parts in wards.items():
            default = next((part["newWardKey"] for part in parts if part["isDefaultNewWard"]), None)
            found[old] = f"{default},{province}" if default else ""
    for province, wards in DICT_PROVINCE_WARD_NO_DIVIDED.items():
        found.update({old: f"{ward},{province}" for ward, olds in wards.items() for old in olds})
    return found
