"""Setting up a home: folders, keys, schema, the furniture of the first four wards. Again, it changes nothing."""

import csv
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.keys import make_keys
from delivery.models import Courier, NumberRange, Office, Procedure
from delivery.rules.slots import parse_slots
from delivery.wiring import Service

SEED = Path(__file__).parent / "seed"
# The sandbox post allots this range, and the own team uses it; a real carrier's range is entered by the administrator.
SANDBOX_NUMBERS = NumberRange(indicator="CH", country="VN", next=10_000_000, last=19_999_999)


def set_up(service: Service) -> list[str]:
    """Make what is missing; returns the names of the keys that were made."""
    for folder in (service.settings.home, service.settings.papers):
        folder.mkdir(parents=True, exist_ok=True)
    made = make_keys(service.settings.keys)
    service.database.migrate()
    with service.database.write() as session:
        _seed_offices(session)
        _seed_procedures(session)
        own_numbers = service.settings.uses_sandbox or service.settings.carrier == "own-team"
        if own_numbers and session.scalar(sa.select(NumberRange.id)) is None:
            session.add(
                NumberRange(
                    indicator=SANDBOX_NUMBERS.indicator,
                    country=SANDBOX_NUMBERS.country,
                    next=SANDBOX_NUMBERS.next,
                    last=SANDBOX_NUMBERS.last,
                )
            )
    return made


def _seed_offices(session: Session) -> None:
    if session.scalar(sa.select(Office.id)) is not None:
        return
    offices = {row["code"]: _office(row) for row in _rows("offices")}
    session.add_all(offices.values())
    for row in _rows("couriers"):
        offices[row["office"]].couriers.append(_courier(row))


def _seed_procedures(session: Session) -> None:
    known = set(session.scalars(sa.select(Procedure.code)))
    session.add_all(_procedure(row) for row in _rows("procedures") if row["code"] not in known)


def _office(row: dict[str, str]) -> Office:
    return Office(**{**row, "lat": float(row["lat"]), "lon": float(row["lon"])})


def _courier(row: dict[str, str]) -> Courier:
    shift, rest = parse_slots(f"{row['shift_start']}-{row['shift_end']}") + parse_slots(
        f"{row['break_start']}-{row['break_end']}"
    )
    return Courier(
        code=row["code"],
        name=row["name"],
        shift_start=shift.start,
        shift_end=shift.end,
        break_start=rest.start,
        break_end=rest.end,
        break_length=int(row["break_minutes"]) * 60,
        capacity=int(row["capacity"]),
    )


def _procedure(row: dict[str, str]) -> Procedure:
    values = {"postable": row["postable"] == "1", "working_days": int(row["working_days"])}
    return Procedure(**{**row, **values})


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (SEED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
