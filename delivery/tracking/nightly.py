"""The night: once a day all books are held against each other; each difference is a question until it is gone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Session, selectinload

from delivery.cases import close_case, open_case
from delivery.citizens.own_codes import forget_codes
from delivery.database import Database, database_now
from delivery.dispatch.batching import held_back
from delivery.dispatch.versions import forget_drafts
from delivery.errors import BadInput
from delivery.i18n import marked
from delivery.intake.uploads import forget_uploads
from delivery.jobs.queue import forget_done, put
from delivery.jobs.work import Work
from delivery.machines.answers import forget_answers
from delivery.machines.changes import forget_changes
from delivery.messages.looking import forget_messages
from delivery.models import (
    Callback,
    Case,
    CaseKind,
    Consignment,
    Custody,
    ImportFile,
    InboxState,
    Item,
    Label,
    Night,
    Result,
    Submission,
    Upload,
    UploadState,
)
from delivery.models.item import CUSTODY
from delivery.moments import at_local, local
from delivery.notices.looking import forget_notices
from delivery.privacy.asking import remind
from delivery.privacy.breaches import keep_asking
from delivery.privacy.chain import anchors_file, read_anchors, verify, write_anchor
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import AT_WARD, OUT, fold
from delivery.wiring import Service
from delivery.workdays import calendar_of, calendars_of

# By then the carrier's last reports of the evening have come, and nobody is at the counter yet.
HOUR = time(1, 0)
CHUNK = 500
# The facts of what ended longer ago, and was balanced then, are not read every night for ever.
LOOK_BACK = timedelta(days=3)
SILENT_WORKING_DAYS = 3
HURRIED = timedelta(hours=1)
# Whoever stopped the taking in of a file knows that it was not taken in to its end.
GIVEN_UP = (UploadState.STOPPED, UploadState.DISCARDED)
# A day of the country is two hundred thousand jobs.
JOBS_KEPT = timedelta(days=30)
DRAFTS_KEPT = timedelta(days=30)
ERASE = "erase"


class Wrong(StrEnum):
    """What the books can disagree about."""

    STATE = "state_differs_from_events"
    CUSTODY = "custody_differs_from_state"
    SILENT = "carrier_silent_for_days"
    OWN_TEAM_OUT = "own_team_still_out"
    LYING = "printed_but_not_handed_over"
    LATE = "promised_day_has_passed"
    IMPORT = "import_was_cut_short"
    CALLBACK = "callback_not_applied"
    AUDIT = "audit_book_broken"


WRONGS: dict[Wrong, str] = {
    Wrong.STATE: marked("its state is not what its events say"),
    Wrong.CUSTODY: marked("it is not in the hands that its state names"),
    Wrong.SILENT: marked("the carrier has it, and has said nothing of it for three working days"),
    Wrong.OWN_TEAM_OUT: marked("our own team has neither delivered it nor brought it back"),
    Wrong.LYING: marked("printed more than a working day ago, and still at the ward"),
    Wrong.LATE: marked("promised for an earlier day, and in no batch yet"),
    Wrong.IMPORT: marked("an import was cut short and not run again"),
    Wrong.CALLBACK: marked("a report of the carrier was kept and not read"),
    Wrong.AUDIT: marked("the audit book is not as it was sealed; see: tannha audit verify"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what it is about, and by which names people find it."""

    subject: str
    wrong: Wrong
    office_id: int | None = None
    item_code: str = ""
    dossier: str = ""


@dataclass
class Look:
    """What a night's look has found."""

    in_hands: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def envelopes(self) -> int:
        return self.in_hands.total()


def ask_for_night(session: Session, at: datetime) -> None:
    """Ask for tonight's look once its hour has come."""
    here = local(at)
    if here.time() >= HOUR and session.get(Night, here.date()) is None:
        put(session, "night", here.date().toordinal(), at)


def keep_night(work: Work) -> None:
    """The job: clear away what nobody needs any more, look at all books and write down what was found."""
    day = date.fromordinal(work.lease.key)
    forget_done(work.service.database, at_local(day, time.min) - JOBS_KEPT)
    forget_uploads(work.service.database, at_local(day, time.min))
    forget_drafts(work.service.database, at_local(day, time.min) - DRAFTS_KEPT)
    told_for = timedelta(days=work.service.settings.message_days)
    forget_messages(work.service.database, at_local(day, time.min) - told_for)
    kept = timedelta(days=work.service.settings.notice_days)
    forget_notices(work.service.database, at_local(day, time.min) - kept)
    found = look(work.service.database, day)
    _look_at_book(work.service, found)
    with work.service.database.write() as session:
        forget_codes(session, at_local(day, time.min))
        forget_answers(session, at_local(day, time.min))
        forget_changes(session, at_local(day, time.min))
        note(session, day, found, database_now(session))
        # Which nobody may do who has not yet looked at what is still open.
        put(session, ERASE, work.lease.key)
        remind(session, database_now(session))
        keep_asking(session, database_now(session))
        work.lease.finish(session)


def _look_at_book(service: Service, found: Look) -> None:
    """Follow the audit book from the last night's anchor on, and let its head be kept outside the database."""
    home = service.settings.home
    try:
        anchors = read_anchors(anchors_file(home))
    except BadInput:
        # Somebody wrote into it who should not; the other books are looked at all the same.
        found.findings.append(Finding("audit", Wrong.AUDIT))
        return
    with service.database.read() as session:
        at = database_now(session)
        verdict = verify(session, service.seal, at, since=anchors[-1] if anchors else None)
    if verdict.broken is not None:
        found.findings.append(Finding("audit", Wrong.AUDIT))
    elif verdict.head.seq:
        write_anchor(home, replace(verdict.head, at=at.isoformat(timespec="seconds")))


def look(database: Database, day: date) -> Look:
    """Hold all books against each other as they are now, a few hundred envelopes at a time; writes nothing."""
    found = Look()
    with database.read() as session:
        since = at_local(day, time.min) - LOOK_BACK
        moving = Consignment.journey.in_(OUT | AT_WARD) | (Consignment.since >= since)
        ids = session.scalars(sa.select(Consignment.id).where(moving).order_by(Consignment.id)).all()
        held = sa.select(Item.custody, sa.func.count()).group_by(Item.custody)
        found.in_hands.update({custody.value: count for custody, count in session.execute(held)})
        found.findings += [*_misplaced(session), *_lying(session, day), *_late(session, day), *_unfinished(session)]
        quiet_since = at_local(calendar_of(session).before(day, SILENT_WORKING_DAYS), time.min)
    for begin in range(0, len(ids), CHUNK):
        with database.read() as session:
            found.findings += _judged(session, ids[begin : begin + CHUNK], quiet_since)
    return found


def note(session: Session, day: date, found: Look, at: datetime) -> None:
    """Keep the night's result: a case for each difference, and none any more for those that are gone."""
    known = sa.select(Case).where(Case.kind == CaseKind.NIGHT, Case.closed_at.is_(None))
    gone = {case.subject for case in session.scalars(known)} - {finding.subject for finding in found.findings}
    for subject in sorted(gone):
        close_case(session, CaseKind.NIGHT, subject, at=at, by="night", decision="agrees again")
    for one in found.findings:
        facts = {"difference": one.wrong.value, "item_code": one.item_code, "dossier": one.dossier}
        told = {name: value for name, value in facts.items() if value}
        open_case(session, CaseKind.NIGHT, one.subject, at=at, office_id=one.office_id, facts=told)
    kinds = Counter(one.wrong.value for one in found.findings)
    night = Night(
        day=day,
        looked_at=at,
        envelopes=found.envelopes,
        differences=len(found.findings),
        counts={"in_hands": dict(found.in_hands), "differences": dict(kinds)},
    )
    session.merge(night)


def last_night(session: Session) -> Night | None:
    """The newest look at all books."""
    return session.scalar(sa.select(Night).order_by(Night.day.desc()).limit(1))


def _judged(session: Session, ids: Sequence[int], quiet_since: datetime) -> Iterator[Finding]:
    whole = (
        selectinload(Consignment.events),
        selectinload(Consignment.item).selectinload(Item.results),
    )
    for sent in session.scalars(sa.select(Consignment).where(Consignment.id.in_(ids)).options(*whole)):
        wrong = _wrong(sent, quiet_since)
        if wrong is not None:
            yield _about(sent, wrong)


def _wrong(sent: Consignment, quiet_since: datetime) -> Wrong | None:
    if fold(event.as_event() for event in sent.events).state is not sent.journey:
        return Wrong.STATE
    if sent.journey in OUT and max(event.received_at for event in sent.events) < quiet_since:
        return Wrong.OWN_TEAM_OUT if sent.carrier == OWN_TEAM else Wrong.SILENT
    return None


def _misplaced(session: Session) -> Iterator[Finding]:
    """Every envelope is in the hands that its last sending names, however long ago that was."""
    newer = orm.aliased(Consignment)
    told = sa.case(CUSTODY, value=Consignment.journey, else_=Custody.CARRIER)
    # What was fetched at the counter is at home, whatever its last sending says.
    named = sa.case((Item.collected_at.is_not(None), Custody.RECIPIENT), else_=told)
    wanted = (
        sa.select(Consignment)
        .join(Consignment.item)
        .where(
            Consignment.submission != Submission.VOID,
            ~sa.exists().where(newer.item_id == Consignment.item_id, newer.id > Consignment.id),
            Item.custody != named,
        )
    )
    yield from (_about(sent, Wrong.CUSTODY) for sent in session.scalars(wanted.order_by(Consignment.id)))


def _lying(session: Session, day: date) -> Iterator[Finding]:
    calendars = calendars_of(session)
    long_ago = at_local(calendars.common.before(day, 1), time.min)
    wanted = (
        sa.select(Consignment)
        .join(Consignment.labels)
        .join(Consignment.item)
        .where(
            Label.confirmed_at.is_(None),
            Label.voided_at.is_(None),
            Label.printed_at < long_ago,
            Consignment.submission != Submission.VOID,
            Consignment.journey.in_(AT_WARD),
            Item.recalled_at.is_(None),
        )
    )
    printed = wanted.with_only_columns(Consignment, Label.printed_at).order_by(Consignment.id)
    for sent, printed_at in session.execute(printed):
        # Where its office was closed meanwhile, it lies there for no longer than the closure took.
        if printed_at < at_local(calendars.of(sent.item.office_id).before(day, 1), time.min):
            yield _about(sent, Wrong.LYING)


def _late(session: Session, day: date) -> Iterator[Finding]:
    """Results that a question holds back are somebody's already."""
    held = held_back(session)
    wanted = sa.select(Result).where(Result.wants_delivery, Result.item_id.is_(None), Result.promised_date < day)
    for result in session.scalars(wanted.order_by(Result.id)):
        if not held & {f"result:{result.id}", f"result:{result.dossier_code}:{result.copy_no}"}:
            yield Finding(f"result:{result.id}", Wrong.LATE, result.office_id, dossier=result.dossier_code)


def _unfinished(session: Session) -> Iterator[Finding]:
    before = database_now(session) - HURRIED
    again = orm.aliased(ImportFile)
    done = sa.exists().where(again.sha256 == ImportFile.sha256, again.finished_at.is_not(None))
    given_up = sa.exists().where(Upload.id == ImportFile.upload_id, Upload.state.in_(GIVEN_UP))
    cut = sa.select(ImportFile.id).where(
        ImportFile.finished_at.is_(None), ImportFile.started_at < before, ~done, ~given_up
    )
    yield from (Finding(f"import:{number}", Wrong.IMPORT) for number in session.scalars(cut))
    unread = sa.select(Callback.id).where(Callback.state == InboxState.NEW, Callback.received_at < before)
    if session.scalar(unread.limit(1)) is not None:
        yield Finding("callbacks", Wrong.CALLBACK)


def _about(sent: Consignment, wrong: Wrong) -> Finding:
    item = sent.item
    return Finding(f"item:{item.id}", wrong, item.office_id, sent.item_code, item.first.dossier_code)
