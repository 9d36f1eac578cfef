"""Writing down where a result's address lies, and asking a person where that is in doubt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from delivery.blinding import kept_key
from delivery.cases import new_case
from delivery.geocoders.asking import Question
from delivery.geocoders.remembered import Pins
from delivery.i18n import marked
from delivery.models import Case, CaseKind, Result
from delivery.places.locating import Place

BY = "geocoder"
WRITTEN = (
    "placed_at", "address_key", "lat", "lon", "radius_m", "quality", "place_source", "new_ward_code", "old_ward_code",
    "kept_place_facts",
)  # fmt: skip
WARD_CHANGED = marked("By the new map it lies in another ward than it was placed in before")
Found = tuple[Question, Place]


def keep_place(session: Session, result: Result, found: Found, at: datetime, case: Case | None) -> Place:
    """Keep what was found, with its quality and what was assumed; and ask a person, or close the question.

    `case` is the open question about this result's address. Returns what was kept: in doubt where the ward changed.
    """
    question, place = found
    was_in = _ward_before(result, place, case)
    if was_in is not None:
        place = replace(place, ask=True, note=(WARD_CHANGED, *place.note))
    result.placed_at, result.address_key = at, kept_key(session, question.key)
    result.lat, result.lon, result.radius_m = place.lat, place.lon, place.radius_m
    result.quality, result.place_source = place.quality.value, place.source
    result.new_ward_code, result.old_ward_code = place.new_ward_code, place.old_ward_code
    facts = {"note": list(place.note), "candidates": list(place.candidates)}
    result.place_facts = facts if was_in is None else {**facts, "was_in": was_in}
    for name in WRITTEN:
        # All of them, changed or not: results that are written alike go to the database together.
        flag_modified(result, name)
    _ask_or_close(session, result, place, at, case)
    return place


def _ward_before(result: Result, place: Place, case: Case | None) -> str | None:
    """The ward in which it was placed without doubt before, where the map now says another; None where it agrees."""
    if place.source == Pins.name or result.placed_at is None:
        return None
    before = (result.place_facts or {}).get("was_in") or (result.new_ward_code if case is None else None)
    return before if before and before != place.new_ward_code else None


def _ask_or_close(session: Session, result: Result, place: Place, at: datetime, case: Case | None) -> None:
    if not place.ask:
        if case is not None:
            case.closed_at, case.closed_by, case.decision = at, BY, "placed"
        return
    facts = {
        "dossier": result.dossier_code, "note": list(place.note), "candidates": list(place.candidates),
        "quality": place.quality.value,
    }  # fmt: skip
    if case is not None:
        case.facts = facts
    else:
        subject = f"result:{result.id}"
        session.add(new_case(CaseKind.ADDRESS, subject, at=at, office_id=result.office_id, facts=facts))


def open_address_cases(session: Session, results: Sequence[Result]) -> dict[int, Case]:
    """The open questions about the addresses of some results, by result."""
    subjects = {f"result:{result.id}": result.id for result in results}
    wanted = sa.select(Case).where(
        Case.kind == CaseKind.ADDRESS, Case.closed_at.is_(None), Case.subject.in_(list(subjects))
    )
    return {subjects[case.subject]: case for case in session.scalars(wanted)}
