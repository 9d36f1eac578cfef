"""Leaks of personal data: written down when they are seen, told to the authority within 72 hours, and never forgotten.

The 72 hours are those of decree 13/2023/NĐ-CP art. 23, which the law of 2025 keeps as far as could be confirmed; the
ward's counsel confirms it (docs/rieng-tu.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, find_open, new_case
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import AuditEntry, Breach, CaseKind

TO_NOTIFY = timedelta(hours=72)
# A day before the clock runs out, somebody must be at it.
WARNS = timedelta(hours=24)
SHORTEST, LONGEST = 10, 2000


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a leak when it is written down; `persons` is None while nobody can say how many."""

    detected_at: datetime
    what: str
    data: str
    persons: int | None = None
    measures: str = ""


def write_down(session: Session, seen: Seen, by: str, at: datetime) -> Breach:
    """Begin the clock of a leak. Raises BadInput for a moment that is still to come, or without what leaked."""
    if seen.detected_at > at:
        raise BadInput(_("It cannot have been found in the future"))
    if not SHORTEST <= len(seen.what.strip()) <= LONGEST or not seen.data.strip() or len(seen.measures) > LONGEST:
        raise BadInput(
            _("Say what happened, in ten to 2,000 characters, and which data it was; without anybody's name")
        )
    if seen.persons is not None and seen.persons < 0:
        raise BadInput(_("How many persons: a whole number, or nothing while it is not known"))
    made = Breach(
        detected_at=seen.detected_at, written_at=at, written_by=by, what=seen.what.strip(), data=seen.data.strip(),
        persons=seen.persons, measures=seen.measures.strip(), notified_as="", closed_by="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    case = new_case(CaseKind.BREACH, subject_of(made), at=at, facts={"notify_by": notify_by(made).isoformat()})
    case.due_at = max(notify_by(made) - WARNS, at)
    session.add(case)
    _note(session, by, "wrote a leak down", made, at)
    return made


def note_told(session: Session, breach: Breach, reference: str, by: str, at: datetime) -> None:
    """The authority was told, under that reference. Raises NotNow when it was told before, BadInput without it."""
    if breach.notified_at is not None:
        raise NotNow(_("The authority was told of it already"))
    if not reference.strip():
        raise BadInput(_("Give the number or the receipt of the notice to the authority"))
    breach.notified_at, breach.notified_as = at, reference.strip()
    _note(session, by, "told the authority of a leak", breach, at)


def note_persons_told(session: Session, breach: Breach, by: str, at: datetime) -> None:
    """Those whose data they are were told; the second time changes nothing."""
    if breach.persons_told_at is None:
        breach.persons_told_at = at
        _note(session, by, "told the persons of a leak", breach, at)


def amend(session: Session, breach: Breach, persons: int | None, measures: str, by: str, at: datetime) -> None:
    """Write down what has come to be known and done since; what was written before stays above it."""
    if breach.closed_at is not None:
        raise NotNow(_("This leak is closed"))
    if len(breach.measures) + len(measures) > LONGEST or (persons is not None and persons < 0):
        raise BadInput(_("At most {count} characters").format(count=LONGEST))
    breach.persons = breach.persons if persons is None else persons
    if measures.strip():
        breach.measures = f"{breach.measures}\n{measures.strip()}".strip()
    _note(session, by, "amended a leak", breach, at)


def close(session: Session, breach: Breach, by: str, at: datetime) -> None:
    """All is done. Raises NotNow before the authority was told."""
    if breach.notified_at is None:
        raise NotNow(_("First tell the authority, and write down that it was told"))
    if breach.closed_at is None:
        breach.closed_at, breach.closed_by = at, by
        close_case(session, CaseKind.BREACH, subject_of(breach), at=at, by=by, decision="closed")
        _note(session, by, "closed a leak", breach, at)


def notify_by(breach: Breach) -> datetime:
    """Until when the authority is to be told."""
    return breach.detected_at + TO_NOTIFY


def overdue(session: Session, at: datetime) -> Sequence[Breach]:
    """Leaks of which the authority was not told in time, and still is not."""
    wanted = sa.select(Breach).where(Breach.notified_at.is_(None), Breach.detected_at < at - TO_NOTIFY)
    return session.scalars(wanted.order_by(Breach.detected_at)).all()


def untold(session: Session) -> Sequence[Breach]:
    """Leaks of which the authority does not know yet, the oldest first."""
    return session.scalars(sa.select(Breach).where(Breach.notified_at.is_(None)).order_by(Breach.detected_at)).all()


def all_breaches(session: Session) -> Sequence[Breach]:
    """The log, newest first."""
    return session.scalars(sa.select(Breach).order_by(Breach.detected_at.desc(), Breach.id.desc())).all()


def find_breach(session: Session, number: int) -> Breach:
    """The leak of that number, to be changed. Raises NotFound."""
    found = session.get(Breach, number, with_for_update=True)
    if found is None:
        raise NotFound(_("There is no leak {number}").format(number=number))
    return found


def keep_asking(session: Session, at: datetime) -> None:
    """A leak that is not told keeps a case, whoever has closed it."""
    for breach in untold(session):
        if find_open(session, CaseKind.BREACH, subject_of(breach)) is None:
            case = new_case(
                CaseKind.BREACH, subject_of(breach), at=at, facts={"notify_by": notify_by(breach).isoformat()}
            )
            case.due_at = notify_by(breach) - WARNS
            session.add(case)


def subject_of(breach: Breach) -> str:
    """By what its case and the audit book name a leak."""
    return f"breach:{breach.id}"


def _note(session: Session, by: str, action: str, breach: Breach, at: datetime) -> None:
    session.add(AuditEntry(at=at, actor=by, action=action, subject=subject_of(breach), facts={}))
