"""The four wards since 1 July 2025, with their outlines, and what became of the 14 old ones."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from delivery.places.text import fold

DATA = Path(__file__).parent / "data"
Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward of today: its code, its name, its outline as (lat, lon) points."""

    code: str
    name: str
    outline: Outline


@dataclass(frozen=True, slots=True)
class OldWard:
    """A ward before 1 July 2025; `now` are the codes of today's wards in which its area lies."""

    code: str
    name: str
    now: tuple[str, ...]


@cache
def ward_outlines() -> tuple[Ward, ...]:
    """Today's wards, by code."""
    wards = json.loads((DATA / "wards.json").read_text(encoding="utf-8"))
    return tuple(Ward(code, ward["name"], tuple(map(tuple, ward["outline"]))) for code, ward in wards.items())


@cache
def old_wards() -> dict[str, OldWard]:
    """The old wards by the folded form of their names."""
    with (DATA / "old_wards.csv").open(encoding="utf-8", newline="") as file:
        return {
            fold(row["name"]): OldWard(row["code"], row["name"], tuple(row["now"].split()))
            for row in csv.DictReader(file)
        }


@cache
def new_wards() -> dict[str, Ward]:
    """Today's wards by the folded form of their names."""
    return {fold(ward.name): ward for ward in ward_outlines()}


def ward_by_code(code: str | None) -> Ward | None:
    """Today's ward of that code."""
    return next((ward for ward in ward_outlines() if ward.code == code), None)


def new_ward_at(lat: float, lon: float) -> Ward | None:
    """Today's ward in which a point lies; None outside all four."""
    return next((ward for ward in ward_outlines() if _inside(ward.outline, lat, lon)), None)


def _inside(outline: Outline, lat: float, lon: float) -> bool:
    """Whether a ray to the east crosses the outline an odd number of times."""
    crossings = 0
    for (lat1, lon1), (lat2, lon2) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < lon1 + (lon2 - lon1) * (lat - lat1) / (lat2 - lat1):
            crossings += 1
    return crossings % 2 == 1
