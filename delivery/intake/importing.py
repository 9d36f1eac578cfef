"""Importing a file of results: what is new comes in, what changed is a correction, what is known changes nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import open_case
from delivery.database import Database, take_turns
from delivery.i18n import gettext as _
from delivery.intake.columns import fields_of
from delivery.intake.correcting import UNPLACED, correct_result
from delivery.intake.promises import PROMISING, kept, said_for
from delivery.intake.row import BadRow, Incoming, Ward, check_row
from delivery.intake.searching import findable
from delivery.intake.table import Row, Table
from delivery.intake.taken import ImportReport, Outcome, Run, Taken, Told
from delivery.intake.units import Units
from delivery.models import CaseKind, ImportFile, Office, Procedure, Result, ResultVersion
from delivery.models.result import result_name
from delivery.models.sealed import sealed_values, seals_of
from delivery.noting import note_results
from delivery.rules.standing import Subject
from delivery.workdays import calendar_of, calendars_of

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that did not come in, and why."""

    row: Row
    reason: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where staff gave a file: which upload it is, and the offices whose results they may touch (None: all)."""

    upload_id: int
    offices: Collection[int] | None


def import_results(
    database: Database,
    table: Table,
    *,
    source: str,
    at: datetime,
    dry_run: bool = False,
    desk: Desk | None = None,
    refused: Callable[[Refused], None] = lambda _refused: None,
    progress: Callable[[int], None] = lambda _read: None,
) -> ImportReport:
    """Take in all rows that can be taken in; each row that cannot goes to `refused` with its reasons.

    Rows are committed in chunks: an import that is cut short has done what it has done, and running it again does the
    rest. Who imports the same rows at the same moment finds those unchanged that the other has just taken in. A dry run
    finds out the same and keeps nothing. Without a `desk` the rows may be any office's.
    """
    offices = desk.offices if desk is not None else None
    with database.read() as session:
        ward = ward_of(session, offices)
        known_file = is_known(session, table.sha256)
    import_id = None if dry_run else _begin(database, table, source, at, desk)
    run = Run(ward, at, f"import:{import_id}", offices, import_id, known_file)
    fields = fields_of(table.header)
    for rows in _chunks(table.rows()):
        with database.writing() as session:
            # Of two imports of the same rows at the same moment, the second finds them there.
            take_turns(session, PROMISING)
            for row, taken in zip(rows, take_in(session, run, [_told(fields, row) for row in rows]), strict=True):
                if taken.outcome is Outcome.REFUSED:
                    refused(Refused(row, taken.reason))
            if dry_run:
                session.rollback()
            else:
                session.commit()
        progress(run.report.read)
    if not dry_run:
        _finish(database, run)
    return run.report


def ward_of(session: Session, offices: Collection[int] | None = None) -> Ward:
    """What rows are checked against, as the database knows it now; `offices` are those that may be meant."""
    known = session.execute(
        sa.select(Office.id, Office.code, Office.ward_code, Office.ward_name, Office.name, Office.address)
    ).all()
    units = Units((name, office) for office, *names in known for name in names)
    procedures = {p.code: (p.name_vi, p.policy()) for p in session.scalars(sa.select(Procedure))}
    possible = {office for office, *_names in known} if offices is None else set(offices)
    home = min(possible) if len(possible) == 1 else None
    return Ward(units, procedures, calendar_of(session).unforeseen(), home)


def is_known(session: Session, sha256: str) -> bool:
    """Whether a file of that content was taken in before, to its end."""
    known = sa.select(ImportFile.id).where(ImportFile.sha256 == sha256, ImportFile.finished_at.is_not(None))
    return session.scalar(known.limit(1)) is not None


def _begin(database: Database, table: Table, source: str, at: datetime, desk: Desk | None) -> int:
    with database.write() as session:
        upload_id = desk.upload_id if desk is not None else None
        file = ImportFile(source=source, sha256=table.sha256, started_at=at, upload_id=upload_id)
        session.add(file)
        session.flush()
        return file.id


def _finish(database: Database, run: Run) -> None:
    with database.write() as session:
        file = session.get_one(ImportFile, run.import_id)
        file.finished_at = run.at
        for name, count in run.report.counts().items():
            setattr(file, name, count)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _told(fields: Sequence[str | None], row: Row) -> Told:
    cells = {name: cell for name, cell in zip(fields, row.cells, strict=False) if name and name != "error"}
    return Told(row.line, cells, row.trouble)


def take_in(session: Session, run: Run, rows: Sequence[Told]) -> list[Taken]:
    """Take in what can be taken in of some rows, and tell of each what became of it, in their order.

    Whoever takes in must have taken its turn (`PROMISING`).
    """
    incoming: list[tuple[Told, Incoming | BadRow]] = [(row, _understand(run, row)) for row in rows]
    known = _known(session, [said for _row, said in incoming if isinstance(said, Incoming)])
    fresh: list[Incoming] = []
    taken: list[Taken] = []
    for row, said in incoming:
        if isinstance(said, BadRow):
            taken.append(Taken(row.number, Outcome.REFUSED, reasons=said.reasons))
        else:
            taken.append(_take(session, run, row, said, known.get(said.key)))
            if taken[-1].outcome is Outcome.NEW:
                fresh.append(said)
        run.report.count(taken[-1].outcome)
    add_results(session, fresh, at=run.at, import_id=run.import_id)
    return taken


def _take(session: Session, run: Run, row: Told, said: Incoming, existing: Result | None) -> Taken:
    if existing is not None and not _may_touch(run, existing.office_id):
        elsewhere = _("another office has this dossier; it may not be changed from here")
        return Taken(row.number, Outcome.REFUSED, said.key, (("dossier_code", elsewhere),))
    if run.seen[said.key][1] != row.number:
        return Taken(row.number, Outcome.UNCHANGED, said.key)
    if existing is not None and _is_over(existing) and existing.fingerprint != said.fingerprint:
        # It would bring back what had to go.
        over = _("its data were erased by their term after it was delivered; nothing is corrected any more")
        return Taken(row.number, Outcome.REFUSED, said.key, (("dossier_code", over),))
    outcome = Outcome.NEW if existing is None else _compare(session, run, existing, said)
    return Taken(row.number, outcome, said.key)


def _may_touch(run: Run, office_id: int) -> bool:
    return run.offices is None or office_id in run.offices


def _is_over(known: Result) -> bool:
    return known.erased_at is not None and known.item_id is not None


def _understand(run: Run, row: Told) -> Incoming | BadRow:
    try:
        return _understood(run, row)
    except BadRow as bad:
        return bad


def _understood(run: Run, row: Told) -> Incoming:
    if row.trouble:
        raise BadRow(_("the row {trouble}").format(trouble=row.trouble))
    result = check_row(row.cells, run.ward)
    if not _may_touch(run, result.office_id):
        elsewhere = _("Đơn vị is another office; its own staff, or a supervisor, can take this row in")
        raise BadRow(elsewhere, [("office", elsewhere)])
    fingerprint, number = run.seen.setdefault(result.key, (result.fingerprint, row.number))
    if fingerprint != result.fingerprint:
        raise BadRow(
            _("the same Mã hồ sơ and Số bản stand in row {line} with other content; keep the right one").format(
                line=number
            )
        )
    return result


def _known(session: Session, incoming: Sequence[Incoming]) -> dict[tuple[str, int], Result]:
    codes = {result.dossier_code for result in incoming}
    return {(known.dossier_code, known.copy_no): known for known in
            session.scalars(sa.select(Result).where(Result.dossier_code.in_(codes)))}  # fmt: skip


def add_results(session: Session, fresh: Sequence[Incoming], *, at: datetime, import_id: int | None) -> None:
    """Enter results that nobody knows yet; a second copy of what came earlier is asked about."""
    if not fresh:
        return
    about = {"import_id": import_id, "received_at": at, "version": 1, "address_version": 1, **UNPLACED}
    calendars = calendars_of(session)
    seals = seals_of(session)
    rows = [
        {
            **sealed_values(seals, Result, result_name(*result.key), kept(calendars, result) | about | {
                "fingerprint": result.fingerprint
            }),
            **findable(seals, result),
        }
        for result in fresh
    ]  # fmt: skip
    _ask_about_second_copies(session, fresh, at, import_id)
    session.execute(sa.insert(Result), rows)
    note_results(session, [Subject(*result.key) for result in fresh])


def _ask_about_second_copies(session: Session, fresh: Sequence[Incoming], at: datetime, import_id: int | None) -> None:
    """A dossier that already came in an earlier file and now comes with another Số bản may be the same envelope."""
    codes = {result.dossier_code for result in fresh if result.wants_delivery}
    elsewhere = sa.true() if import_id is None else Result.import_id.is_distinct_from(import_id)
    earlier = sa.select(Result.dossier_code, Result.copy_no).where(
        Result.dossier_code.in_(codes), elsewhere, Result.wants_delivery
    )
    first = dict(session.execute(earlier).all())
    for result in fresh:
        if result.dossier_code in first:
            open_case(
                session,
                CaseKind.SECOND_COPY,
                f"result:{result.dossier_code}:{result.copy_no}",
                at=at,
                office_id=result.office_id,
                facts={"dossier": result.dossier_code, "copy": result.copy_no, "earlier": first[result.dossier_code]},
            )


def _compare(session: Session, run: Run, known: Result, said: Incoming) -> Outcome:
    said = _with_its_promise(known, said)
    if known.fingerprint == said.fingerprint:
        return Outcome.UNCHANGED
    if not run.insists and _was_said_before(session, known, said):
        if not run.known_file:
            _ask_which_holds(session, run, known)
        return Outcome.OLDER
    correct_result(session, known, said, at=run.at, by=run.by, import_id=run.import_id)
    return Outcome.CORRECTED


def _with_its_promise(known: Result, said: Incoming) -> Incoming:
    """A promise of ours was given once: it holds, whatever the rules of today would make of the same row."""
    about = (said.procedure_code, said.result_date)
    if said.promise_is_ours and about == (known.procedure_code, known.result_date):
        return replace(said, promised_date=said_for(known))
    return said


def _was_said_before(session: Session, known: Result, said: Incoming) -> bool:
    if known.version == 1:
        return False
    versions = sa.select(ResultVersion).where(ResultVersion.result_id == known.id)
    return any(version.content.get("fingerprint") == said.fingerprint for version in session.scalars(versions))


def _ask_which_holds(session: Session, run: Run, known: Result) -> None:
    open_case(
        session,
        CaseKind.OLDER_VERSION,
        f"result:{known.dossier_code}:{known.copy_no}",
        at=run.at,
        office_id=known.office_id,
        facts={"dossier": known.dossier_code, "copy": known.copy_no, "version": known.version},
    )
