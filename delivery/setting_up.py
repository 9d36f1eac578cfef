"""Setting up a home: folders, keys, schema, the furniture of its wards. Again, it changes nothing."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput
from delivery.field_keys import FieldKeys
from delivery.i18n import gettext as _
from delivery.intake.searching import fill_search_texts
from delivery.keys import SEAL, make_keys
from delivery.models import Courier, NumberRange, Office, Procedure
from delivery.rules.slots import parse_slots
from delivery.wiring import Service

SEED = Path(__file__).parent / "seed"
# The sandbox post allots this range, and the own team uses it; a real carrier's range is entered by the administrator.
SANDBOX_NUMBERS = NumberRange(indicator="CH", country="VN", next=10_000_000, last=19_999_999)


def set_up(service: Service, furniture: Path = SEED) -> list[str]:
    """Make what is missing; returns the names of the keys that were made.

    Where there is no office yet, those of `furniture` come in: a folder with offices.csv and couriers.csv, the four
    wards of Long Biên unless it is named. Raises BadInput, naming the row, when they cannot be read.
    """
    for folder in (service.settings.home, service.settings.papers):
        folder.mkdir(parents=True, exist_ok=True)
    made = make_keys(service.settings.keys)
    if SEAL in made:
        # A new home seals from its first row on; an older one when all its machines run this version: `tannha keys`.
        made.append(f"fields-{FieldKeys(service.settings.keys).make()}")
    service.database.migrate()
    fill_search_texts(service.database)
    with service.database.write() as session:
        _seed_offices(session, furniture)
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


def _seed_offices(session: Session, furniture: Path) -> None:
    if session.scalar(sa.select(Office.id).limit(1)) is not None:
        return
    offices: dict[str, Office] = {}
    for row in _rows(furniture / "offices.csv"):
        with _told(row):
            office = _office(row.cells)
            if office.code in offices:
                raise ValueError(f"the code {office.code} stands there twice")
            offices[office.code] = office
    session.add_all(offices.values())
    for row in _rows(furniture / "couriers.csv"):
        with _told(row):
            offices[row.cells["office"]].couriers.append(_courier(row.cells))


def _seed_procedures(session: Session) -> None:
    known = set(session.scalars(sa.select(Procedure.code)))
    session.add_all(_procedure(row.cells) for row in _rows(SEED / "procedures.csv") if row.cells["code"] not in known)


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


@dataclass(frozen=True, slots=True)
class _Row:
    file: Path
    line: int
    cells: dict[str, str]


def _rows(file: Path) -> Iterator[_Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            for cells in reader:
                yield _Row(file, reader.line_num, cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(_("{path} cannot be read: {why}").format(path=file, why=error)) from error


@contextmanager
def _told(row: _Row) -> Iterator[None]:
    """What is wrong with a row is told by file and line."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(_("{path}, line {line}: {why}").format(path=row.file, line=row.line, why=error)) from error
