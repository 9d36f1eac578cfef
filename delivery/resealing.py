"""Sealing what lies unsealed, and what an older key has sealed, a few hundred rows at a time while everybody works.

Cut short, it has done what it has done, and running it again does the rest. No row counts as changed by it: it says
what it said.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.blinding import LENGTH, blind_key
from delivery.database import Database
from delivery.geocoders.keys import MARK as KEY_MARK
from delivery.intake.searching import findable
from delivery.jobs.work import Work
from delivery.models import ConfirmedDoor, MachineAnswer, PastFix, PlaceFix, Result, ResultVersion, Upload
from delivery.models.base import Base
from delivery.models.sealed import SEALED, SealedRow, sealed_values, seals_of
from delivery.sealing import FieldSeals, beginning, bytes_beginning

JOB = "reseal"
AT_ONCE = 200
Values: TypeAlias = dict[str, Any]
Model: TypeAlias = type[Base]
# Tables with sealed columns, and those where only doors' keys are blind.
ROWS: tuple[type[Result] | type[ResultVersion] | type[Upload] | type[MachineAnswer], ...] = (
    Result, ResultVersion, Upload, MachineAnswer,
)  # fmt: skip
DOORS: tuple[type[PlaceFix] | type[PastFix] | type[ConfirmedDoor], ...] = (PlaceFix, PastFix, ConfirmedDoor)


def reseal(work: Work) -> None:
    """The job: seal everything with the newest key."""
    seal_all(work.service.database)
    with work.service.database.write() as session:
        work.lease.finish(session)


def seal_all(database: Database, progress: Callable[[int], None] = lambda _sealed: None) -> int:
    """Seal all that the newest key has not sealed yet; returns how many rows that were, and tells how many so far.

    Raises NotNow when an older key is not on this machine, Forged for a value that was changed outside.
    """
    sealed = 0
    for model in (*ROWS, *DOORS):
        for some in _in_portions(database, model):
            sealed += some
            progress(sealed)
    return sealed


def unsealed(session: Session) -> int:
    """How many rows the newest key has not sealed, or not altogether; 0 where the home has not begun to seal."""
    seals = seals_of(session)
    if seals is None or not seals.begun:
        return 0
    counts = (sa.select(sa.func.count()).select_from(model).where(_lacking(model, seals)) for model in (*ROWS, *DOORS))
    return sum(session.scalar(count) or 0 for count in counts)


def sealed_with(session: Session, name: str) -> int:
    """How many rows still hold something that a key has sealed."""
    counts = (
        sa.select(sa.func.count()).select_from(model).where(sa.or_(*_each(model, lambda at: at(name))))
        for model in ROWS
    )
    return sum(session.scalar(count) or 0 for count in counts)


def _in_portions(database: Database, model: Model) -> Iterator[int]:
    last = 0
    number = Base.metadata.tables[str(model.__tablename__)].c.id
    while True:
        with database.write() as session:
            seals = seals_of(session)
            if seals is None or not seals.begun:
                return
            wanted = sa.select(model).where(number > last, _lacking(model, seals)).order_by(number).limit(AT_ONCE)
            rows = session.scalars(wanted.with_for_update(of=model)).all()
            _write(session, model, [_values(seals, row) for row in rows])
        if not rows:
            return
        yield len(rows)
        last = sa.inspect(model).primary_key_from_instance(rows[-1])[0]


def _write(session: Session, model: Model, rows: list[Values]) -> None:
    """Past the session's own rows, so that nobody is told of a change where nothing has changed."""
    if not rows:
        return
    table = Base.metadata.tables[str(model.__tablename__)]
    new: Values = {name: sa.bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    given = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    session.connection().execute(sa.update(table).where(table.c.id == sa.bindparam("new_id")).values(new), given)


def _values(seals: FieldSeals, row: Any) -> Values:  # noqa: ANN401  a row of any of the tables
    """The columns of a row as they have to lie there now, by their names in the database."""
    values: Values = {"id": row.id}
    if isinstance(row, SealedRow):
        said = {name: row.opened(attribute) for name, attribute in row.sealed.items()}
        kept = sealed_values(seals, type(row), row.row_name, said)
        values |= {name: kept[attribute.kept] for name, attribute in row.sealed.items()}
    if isinstance(row, Result):
        values |= findable(seals, row)
    if isinstance(row, Result | PlaceFix | PastFix | ConfirmedDoor):
        values["address_key"] = None if row.address_key is None else blind_key(seals, row.address_key)
    return values


def _lacking(model: Model, seals: FieldSeals) -> sa.ColumnElement[bool]:
    """Whether something in a row lies unsealed, or is sealed with an older key."""
    conditions: list[sa.ColumnElement[bool]] = []
    if issubclass(model, SealedRow):
        newest = seals.keys.newest or ""
        conditions += _each(model, lambda at: sa.and_(at(None), sa.not_(at(newest))))
    if issubclass(model, (Result, *DOORS)):
        key = Base.metadata.tables[str(model.__tablename__)].c.address_key
        is_blind = sa.and_(key.startswith(KEY_MARK), sa.func.length(key) == 1 + 2 * LENGTH)
        conditions.append(sa.and_(key.is_not(None), sa.not_(is_blind)))
    return sa.or_(*conditions)


Lies: TypeAlias = Callable[[str | None], sa.ColumnElement[bool]]


def _each(
    model: type[SealedRow], asked: Callable[[Lies], sa.ColumnElement[bool]]
) -> list[sa.ColumnElement[bool]]:  # fmt: skip
    """The same question about each sealed column, which can tell what lies in it: anything, or by a key of a name."""
    table = Base.metadata.tables[model.__tablename__]
    return [asked(_lies_in(table.c[name])) for name in model.sealed]


def _lies_in(column: sa.Column[Any]) -> Lies:
    if isinstance(column.type, sa.LargeBinary):
        return lambda name: column != b"" if name is None else _begins_with(column, bytes_beginning(name))
    is_facts = isinstance(column.type, sa.JSON)
    text: sa.ColumnElement[Any] = sa.cast(column, sa.String) if is_facts else column

    def lies(name: str | None) -> sa.ColumnElement[bool]:
        if name is None:
            return sa.and_(column.is_not(None), text.not_in(("", "null", "{}", "[]")) if is_facts else text != "")
        begins = json.dumps({SEALED: beginning(name)}).removesuffix('"}') if is_facts else beginning(name)
        return text.startswith(begins, autoescape=True)

    return lies


def _begins_with(column: sa.Column[Any], begins: bytes) -> sa.ColumnElement[bool]:
    return sa.func.substr(column, 1, len(begins), type_=sa.LargeBinary()) == begins
