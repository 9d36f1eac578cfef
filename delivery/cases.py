"""Cases: what the machine must not decide alone, each with a due time."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.i18n import marked
from delivery.models import Case, CaseKind
from delivery.models.base import Facts
from delivery.rules.standing import Subject

SUBJECTS_AT_ONCE = 1000
# While one of these questions about a result is open, it stays at the counter.
HOLDS_BACK = (CaseKind.ADDRESS, CaseKind.SECOND_COPY, CaseKind.OLDER_VERSION)
HOURS_TO_DECIDE: dict[CaseKind, int] = {
    CaseKind.ADDRESS: 8,
    CaseKind.LEFT_OUT: 24,
    CaseKind.SECOND_COPY: 8,
    CaseKind.OLDER_VERSION: 8,
    CaseKind.CHANGED_AFTER_DISPATCH: 2,
    CaseKind.REFUSED_BY_CARRIER: 4,
    CaseKind.CARRIER_SILENT: 4,
    CaseKind.CONTRADICTION: 4,
    CaseKind.UNKNOWN_CODE: 24,
    CaseKind.HAND_OVER: 2,
    CaseKind.STUCK_JOB: 4,
    CaseKind.DOOR_ELSEWHERE: 72,
    CaseKind.RECALL: 2,
    CaseKind.NUMBERS_LOW: 24,
    CaseKind.CARRIER_WARD: 24,
    CaseKind.STATEMENT: 120,
    CaseKind.TWO_RECEIVERS: 4,
    CaseKind.WRONG_HANDS: 4,
    CaseKind.NIGHT: 8,
    CaseKind.RETURNED: 24,
    CaseKind.DISPUTE: 8,
    CaseKind.FETCH: 72,
    CaseKind.FROM_PHONE: 4,
    CaseKind.NOTICES: 24,
    CaseKind.SEAL: 4,
    # Both have deadlines of their own, which are set beside the case.
    CaseKind.DATA_REQUEST: 24,
    CaseKind.BREACH: 24,
}

TITLES: dict[CaseKind, str] = {
    CaseKind.ADDRESS: marked("Where is this address?"),
    CaseKind.LEFT_OUT: marked("Found no place in today's routes"),
    CaseKind.SECOND_COPY: marked("A second copy of the same dossier: really a second envelope?"),
    CaseKind.OLDER_VERSION: marked("A file repeats an earlier version of this result: which one holds?"),
    CaseKind.CHANGED_AFTER_DISPATCH: marked("Corrected after it was dispatched"),
    CaseKind.REFUSED_BY_CARRIER: marked("The carrier refuses the order"),
    CaseKind.CARRIER_SILENT: marked("The carrier does not answer"),
    CaseKind.CONTRADICTION: marked("What is reported of an envelope contradicts itself"),
    CaseKind.UNKNOWN_CODE: marked("The carrier uses an unknown code"),
    CaseKind.HAND_OVER: marked("Difference at the hand-over"),
    CaseKind.STUCK_JOB: marked("A job does not finish"),
    CaseKind.DOOR_ELSEWHERE: marked("Delivered far from where the address is thought to be"),
    CaseKind.RECALL: marked("To be brought back or corrected on its way: somebody must see to it"),
    CaseKind.NUMBERS_LOW: marked("The post's item codes are running out"),
    CaseKind.CARRIER_WARD: marked("Which ward is this in the carrier's list?"),
    CaseKind.STATEMENT: marked("The carrier's statement differs from our books"),
    CaseKind.TWO_RECEIVERS: marked("Two reports name different receivers: which one is true?"),
    CaseKind.WRONG_HANDS: marked("Handed to somebody whom the procedure does not allow"),
    CaseKind.NIGHT: marked("The nightly look at all books found a difference"),
    CaseKind.RETURNED: marked("Came back: is it fetched, or sent again?"),
    CaseKind.DISPUTE: marked("The recipient says that it never arrived"),
    CaseKind.FETCH: marked("The recipient will fetch it at the counter"),
    CaseKind.FROM_PHONE: marked("A courier's phone tells what could not be noted: what has become of the envelope?"),
    CaseKind.NOTICES: marked("Notices to the one-stop system do not arrive"),
    CaseKind.SEAL: marked("A seal is broken, missing or another one: is all still inside?"),
    CaseKind.DATA_REQUEST: marked("Somebody asks about their own data"),
    CaseKind.BREACH: marked("Personal data has leaked: tell the authority in time"),
}


def open_case(
    session: Session,
    kind: CaseKind,
    subject: str,
    *,
    at: datetime,
    facts: Facts | None = None,
    office_id: int | None = None,
) -> Case:
    """Ask a person about `subject`; while such a case is open, asking again only brings its facts up to date."""
    case = find_open(session, kind, subject)
    if case is None:
        case = new_case(kind, subject, at=at, facts=facts, office_id=office_id)
        session.add(case)
        session.flush()
    elif facts is not None:
        case.facts = facts
    return case


def new_case(
    kind: CaseKind, subject: str, *, at: datetime, facts: Facts | None = None, office_id: int | None = None
) -> Case:
    """A case that nobody has decided, for whoever knows that there is none about `subject` yet."""
    due = at + timedelta(hours=HOURS_TO_DECIDE[kind])
    return Case(kind=kind, subject=subject, office_id=office_id, facts=facts or {}, opened_at=at, due_at=due)


def close_case(session: Session, kind: CaseKind, subject: str, *, at: datetime, by: str, decision: str) -> None:
    """Close the open case about `subject`, if there is one."""
    case = find_open(session, kind, subject)
    if case is not None:
        case.closed_at, case.closed_by, case.decision = at, by, decision


def close_cases_about(session: Session, subjects: Collection[str], *, at: datetime, by: str, decision: str) -> None:
    """Close all open cases about any of the subjects, whatever their kind."""
    for case in session.scalars(sa.select(Case).where(Case.subject.in_(subjects), Case.closed_at.is_(None))):
        case.closed_at, case.closed_by, case.decision = at, by, decision


def result_of(subject: str) -> Subject | int:
    """The result that a question is about: by its name, or by its number; both are in use."""
    name = subject.removeprefix("result:")
    dossier_code, colon, copy_no = name.rpartition(":")
    return Subject(dossier_code, int(copy_no)) if colon else int(name)


def find_open(session: Session, kind: CaseKind, subject: str) -> Case | None:
    """The open case of that kind about `subject`."""
    return session.scalar(sa.select(Case).where(Case.kind == kind, Case.subject == subject, Case.closed_at.is_(None)))


def open_among(session: Session, kind: CaseKind, subjects: Sequence[str]) -> dict[str, Case]:
    """The open cases of that kind about any of the subjects, by subject."""
    found: dict[str, Case] = {}
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
        some = subjects[start : start + SUBJECTS_AT_ONCE]
        wanted = sa.select(Case).where(Case.kind == kind, Case.subject.in_(some), Case.closed_at.is_(None))
        found |= {case.subject: case for case in session.scalars(wanted)}
    return found


def open_cases(session: Session, office_id: int | None = None) -> list[Case]:
    """All open cases, the most urgent first; of one office where it is named."""
    wanted = sa.select(Case).where(Case.closed_at.is_(None)).order_by(Case.due_at, Case.id)
    if office_id is not None:
        wanted = wanted.where(sa.or_(Case.office_id == office_id, Case.office_id.is_(None)))
    return list(session.scalars(wanted))
