"""What the page about an address shows: the address as written and understood, and the places to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from geopy.distance import great_circle
from sqlalchemy.orm import Session

from delivery.errors import BadInput
from delivery.geocoders.asking import Question
from delivery.geocoders.deciding import sharing
from delivery.geocoders.pins import Spot, history
from delivery.geocoders.remembered import pins_of
from delivery.i18n import gettext as _
from delivery.models import Office, PastFix, PlaceFix, Result
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place

# Farther away than this, another street's name does not help to find this one.
NEARBY_M = 800
MOST_STREETS = 12
MOST_CHOICES = 8
SAME_SPOT_M = 5
# The value of the choice "where the pin is": the two numbers count.
BY_HAND = "tay"


@dataclass(frozen=True, slots=True)
class Choice:
    """A place to choose: its number in the list and on the map, its ward, and what comes back when it is chosen."""

    number: int
    place: Place
    ward: str

    @property
    def value(self) -> str:
        place = self.place
        return f"{place.lat:.6f};{place.lon:.6f};{place.radius_m or 20};{place.quality.value}"


@dataclass(frozen=True, slots=True)
class PlacePage:
    """All that a clerk needs to decide where an address lies; `lat` and `lon` are where the pin stands now."""

    result: Result
    question: Question
    choices: Sequence[Choice]
    sharing: int
    pin: PlaceFix | None
    past: Sequence[PastFix]
    streets: Sequence[str]
    lat: float
    lon: float
    wards: tuple[str, str]


def view_place(
    session: Session, result: Result, question: Question, answers: Sequence[Place], atlas: Atlas
) -> PlacePage:
    """Gather the page; `question` is the result's own address, `answers` what the geocoders know."""
    office = session.get_one(Office, result.office_id)
    lat = office.lat if result.lat is None else result.lat
    lon = office.lon if result.lon is None else result.lon
    pins = pins_of(session, question.keys)
    old = atlas.wards.old_by_code(result.old_ward_code)
    new = atlas.wards.by_code(result.new_ward_code)
    return PlacePage(
        result=result,
        question=question,
        choices=choices_of(answers, atlas),
        sharing=sharing(session, result),
        pin=next((pins[key] for key in question.keys if key in pins), None),
        past=history(session, question),
        streets=streets_near(lat, lon, atlas),
        lat=lat,
        lon=lon,
        wards=(new.name if new else "", old.name if old else ""),
    )


def choices_of(answers: Sequence[Place], atlas: Atlas) -> list[Choice]:
    """The places that were found, each spot once, in the order in which the geocoders are asked."""
    spots: list[Place] = []
    for place in answers:
        if place.lat is not None and all(_metres(place, other) > SAME_SPOT_M for other in spots):
            spots.append(place)
    return [
        Choice(number, place, _name_of_ward(place, atlas)) for number, place in enumerate(spots[:MOST_CHOICES], start=1)
    ]


def on_other_stretches(question: Question, atlas: Atlas) -> list[Place]:
    """The middle of the street in each ward through which it runs: what "in which ward?" is about."""
    rows = atlas.lexicon.streets.get(question.address.street) or ()
    return [
        replace(
            question.on_map, lat=row.lat, lon=row.lon, radius_m=row.reach_m, quality=Quality.STREET, source="streets",
            new_ward_code=row.ward or None,
        )
        for row in rows
    ]  # fmt: skip


def streets_near(lat: float, lon: float, atlas: Atlas) -> list[str]:
    """The names of the streets around a point, the nearest first."""
    near: dict[str, float] = {}
    for rows in atlas.gazetteer.streets.values():
        for row in rows:
            # A degree is never longer than this: most streets are far away and need no great circle.
            if abs(row.lat - lat) < 0.01 and abs(row.lon - lon) < 0.01:
                metres = float(great_circle((lat, lon), (row.lat, row.lon)).meters)
                near[row.name] = min(metres, near.get(row.name, NEARBY_M))
    return sorted((name for name in near if near[name] < NEARBY_M), key=lambda name: near[name])[:MOST_STREETS]


def chosen_spot(form: Mapping[str, str]) -> Spot:
    """The place that a form says: one of the choices, or the two numbers.

    Raises BadInput for what is no point.
    """
    choice = form.get("chon", BY_HAND)
    if choice == BY_HAND:
        return Spot(_number(form.get("vi_do", "")), _number(form.get("kinh_do", "")))
    lat, lon, radius, quality = (choice.split(";") + [""] * 4)[:4]
    if not (radius.isascii() and radius.isdigit() and len(radius) < 6) or quality not in set(Quality):
        raise BadInput(_("Choose one of the places, or put the pin on the map"))
    return Spot(_number(lat), _number(lon), int(radius), Quality(quality))


def map_of(lat: float, lon: float, choices: Sequence[Choice], atlas: Atlas) -> dict[str, Any]:
    """Borders, the streets by name, the places to choose from, and the pin."""
    named = [row for rows in atlas.gazetteer.streets.values() for row in rows]
    near = [row for row in named if abs(row.lat - lat) < 0.02 and abs(row.lon - lon) < 0.02]
    return {
        "wards": [{"name": ward.name, "outline": ward.outline} for ward in atlas.wards.today],
        "streets": [{"name": row.name, "at": [row.lat, row.lon]} for row in near],
        "choices": [
            {"n": choice.number, "at": [choice.place.lat, choice.place.lon], "radius": choice.place.radius_m or 20,
             "value": choice.value}
            for choice in choices
        ],
        "pin": [lat, lon],
    }  # fmt: skip


def _number(text: str) -> float:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise BadInput(_("Latitude and longitude are numbers such as 21.0459 and 105.8738"))
    return number


def _metres(one: Place, other: Place) -> float:
    return float(great_circle((one.lat, one.lon), (other.lat, other.lon)).meters)


def _name_of_ward(place: Place, atlas: Atlas) -> str:
    ward = atlas.wards.by_code(place.new_ward_code)
    return ward.name if ward is not None else ""
