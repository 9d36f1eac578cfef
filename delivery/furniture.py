"""Changing what a district works with: couriers, offices, procedures, printers. What was before can be put back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import BadInput, ChangedMeanwhile, NotNow
from delivery.i18n import gettext as _
from delivery.models import Absence, AuditEntry, Batch, Courier, Office, PrintProfile, Procedure, Revision, Route
from delivery.moments import short_date

Furniture = Courier | Office | Procedure | PrintProfile
Value = str | int | float | bool | None
MOST_SHOWN = 50
# An absence is sometimes noted when somebody is back; longer than a year away is no absence.
BACK, LONGEST = timedelta(days=31), timedelta(days=366)


def subject_of(row: Furniture) -> str:
    """The name under which the audit book keeps what is done to it."""
    if isinstance(row, Procedure):
        return f"procedure:{row.code}"
    return f"{row.__tablename__}:{row.id}"


def history(session: Session, row: Furniture) -> list[Revision]:
    """What was changed, the last first."""
    return list(session.scalars(_changes(row).order_by(Revision.id.desc()).limit(MOST_SHOWN)))


def last_change(session: Session, row: Furniture) -> int:
    """The number of the last change, 0 before the first: whoever changes it names the one that they saw."""
    return session.scalar(_changes(row).with_only_columns(sa.func.max(Revision.id))) or 0


def change(
    session: Session, row: Furniture, wanted: Mapping[str, Value], *, sees: int | None = None, by: str, at: datetime
) -> bool:
    """Let it be as `wanted` (field -> value); False when it is so already.

    Raises ChangedMeanwhile when it was changed after the change that the person `sees`; None: whatever was changed.
    """
    session.refresh(row, with_for_update=True)
    if sees is not None and last_change(session, row) != sees:
        raise ChangedMeanwhile(_("Somebody else has changed this meanwhile. Look at it, and save again"))
    return _write(session, row, wanted, by, at)


def put_back(session: Session, row: Furniture, number: int, *, by: str, at: datetime) -> None:
    """Undo the change of that number.

    Raises NotNow when there is none, or when what it changed has been changed again.
    """
    session.refresh(row, with_for_update=True)
    made = session.scalar(_changes(row).where(Revision.id == number))
    if made is None:
        raise NotNow(_("There is no such change"))
    if any(getattr(row, name) != value for name, value in made.after.items()):
        raise NotNow(_("This has been changed again since; put the later change back first"))
    _write(session, row, made.before, by, at)


def add(session: Session, row: Furniture, *, by: str, at: datetime) -> None:
    """Enter something new.

    Raises BadInput when its code is taken.
    """
    # SQLite and PostgreSQL: whoever enters the same at this very moment is told so by the unique index.
    try:
        with session.begin_nested():
            session.add(row)
    except sa.exc.IntegrityError as error:
        code = row.name if isinstance(row, PrintProfile) else row.code
        raise BadInput(_("The code {code} is taken").format(code=code)) from error
    session.add(AuditEntry(at=at, actor=by, action="added", subject=subject_of(row), facts={}))


def note_absence(
    session: Session, courier: Courier, first: date, last: date, *, by: str, at: datetime, today: date
) -> list[str]:
    """Note that a courier is away from one day to another, both included.

    Returns the batches of these days whose published routes the courier has: they must be given to others. Raises
    BadInput for days that cannot be meant.
    """
    if last < first:
        raise BadInput(_("The last day lies before the first"))
    if first < today - BACK or last - first > LONGEST or last > today + LONGEST:
        raise BadInput(
            _("Only days from {first} to {last} can be noted").format(
                first=short_date(today - BACK), last=short_date(today + LONGEST)
            )
        )
    session.add(Absence(courier_id=courier.id, first=first, last=last, noted_by=by, noted_at=at))
    facts = {"first": first.isoformat(), "last": last.isoformat()}
    session.add(AuditEntry(at=at, actor=by, action="noted absence", subject=subject_of(courier), facts=facts))
    return batches_with(session, courier, max(first, today), last)


def end_absence(session: Session, courier: Courier, number: int, *, by: str, at: datetime) -> Absence | None:
    """Take an absence back; None when it has been taken back already."""
    absence = session.get(Absence, number, with_for_update=True)
    if absence is None or absence.courier_id != courier.id:
        return None
    session.delete(absence)
    facts = {"first": absence.first.isoformat(), "last": absence.last.isoformat()}
    session.add(AuditEntry(at=at, actor=by, action="took absence back", subject=subject_of(courier), facts=facts))
    return absence


def batches_with(session: Session, courier: Courier, first: date, last: date) -> list[str]:
    """The codes of the batches of these days in whose published routes the courier has one."""
    wanted = (
        sa.select(Batch.code)
        .join(Route, Route.plan_id == Batch.plan_id)
        .where(Route.courier_id == courier.id, Batch.office_id == courier.office_id, Batch.day.between(first, last))
    )
    return list(session.scalars(wanted.order_by(Batch.day, Batch.code)))


def couriers_of(session: Session, offices: Sequence[int]) -> list[Courier]:
    """The couriers of these offices, those who work first, by their codes."""
    wanted = sa.select(Courier).where(Courier.office_id.in_(offices))
    return list(session.scalars(wanted.order_by(Courier.active.desc(), Courier.code)))


def _changes(row: Furniture) -> sa.Select[Revision]:
    return sa.select(Revision).where(Revision.subject == subject_of(row))


def _write(session: Session, row: Furniture, wanted: Mapping[str, Value], by: str, at: datetime) -> bool:
    known = {name: getattr(row, name) for name in wanted}
    others = [name for name in wanted if wanted[name] != known[name]]
    if not others:
        return False
    for name in others:
        setattr(row, name, wanted[name])
    before, after = ({name: values[name] for name in others} for values in (known, wanted))
    session.add(Revision(subject=subject_of(row), made_at=at, made_by=by, before=before, after=after))
    session.add(AuditEntry(at=at, actor=by, action="changed", subject=subject_of(row), facts={"fields": others}))
    session.flush()
    return True
