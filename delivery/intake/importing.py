"""Importing a file of results: what is new comes in, what changed is a correction, what is known changes nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from delivery.intake.searching import search_text
from delivery.intake.table import Row, Table
from delivery.intake.units import Units
from delivery.models import CaseKind, ImportFile, Office, Procedure, Result, ResultVersion
from delivery.notices.noticing import note_results
from delivery.rules.notices import Subject
from delivery.workdays import calendar_of

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that did not come in, and why."""

    row: Row
    reason: str


@dataclass(slots=True)
class ImportReport:
    """How many rows were read, and what became of them; `read` is the sum of the others."""

    read: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    bad: int = 0
    older: int = 0

    def counts(self) -> dict[str, int]:
        """The figures for machines: older rows are among the unchanged."""
        return {name: getattr(self, name) for name in ("read", "new", "corrected", "unchanged", "bad")}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where staff gave a file: which upload it is, and the offices whose results they may touch (None: all)."""

    upload_id: int
    offices: Collection[int] | None


@dataclass
class _Import:
    """One run over one file."""

    table: Table
    ward: Ward
    at: datetime
    import_id: int | None
    known_file: bool
    offices: Collection[int] | None
    report: ImportReport = field(default_factory=ImportReport)
    seen: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)


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
        known_file = _is_known(session, table)
    import_id = None if dry_run else _begin(database, table, source, at, desk)
    run = _Import(table, ward, at, import_id, known_file, offices)
    for rows in _chunks(table.rows()):
        with database.writing() as session:
            # Of two imports of the same rows at the same moment, the second finds them there.
            take_turns(session, PROMISING)
            for refusal in _take_in(session, run, rows):
                refused(refusal)
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


def _is_known(session: Session, table: Table) -> bool:
    known = sa.select(ImportFile.id).where(ImportFile.sha256 == table.sha256, ImportFile.finished_at.is_not(None))
    return session.scalar(known.limit(1)) is not None


def _begin(database: Database, table: Table, source: str, at: datetime, desk: Desk | None) -> int:
    with database.write() as session:
        upload_id = desk.upload_id if desk is not None else None
        file = ImportFile(source=source, sha256=table.sha256, started_at=at, upload_id=upload_id)
        session.add(file)
        session.flush()
        return file.id


def _finish(database: Database, run: _Import) -> None:
    with database.write() as session:
        file = session.get_one(ImportFile, run.import_id)
        file.finished_at = run.at
        for name, count in run.report.counts().items():
            setattr(file, name, count)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _take_in(session: Session, run: _Import, rows: Sequence[Row]) -> Iterator[Refused]:
    incoming: list[tuple[Row, Incoming]] = []
    for row in rows:
        run.report.read += 1
        try:
            incoming.append((row, _understand(run, row)))
        except BadRow as bad:
            run.report.bad += 1
            yield Refused(row, str(bad))
    known = _known(session, [result for _row, result in incoming])
    fresh: list[Incoming] = []
    for row, result in incoming:
        existing = known.get(result.key)
        if existing is not None and not _may_touch(run, existing.office_id):
            run.report.bad += 1
            yield Refused(row, _("another office has this dossier; it may not be changed from here"))
        elif run.seen[result.key][1] != row.line:
            run.report.unchanged += 1
        elif existing is not None and _is_over(existing) and existing.fingerprint != result.fingerprint:
            # It would bring back what had to go.
            run.report.bad += 1
            yield Refused(
                row, _("its data were erased by their term after it was delivered; nothing is corrected any more")
            )
        elif existing is not None:
            _compare(session, run, existing, result)
        else:
            fresh.append(result)
    run.report.new += len(fresh)
    add_results(session, fresh, at=run.at, import_id=run.import_id)


def _may_touch(run: _Import, office_id: int) -> bool:
    return run.offices is None or office_id in run.offices


def _is_over(known: Result) -> bool:
    return known.erased_at is not None and known.item_id is not None


def _understand(run: _Import, row: Row) -> Incoming:
    if row.trouble:
        raise BadRow(_("the row {trouble}").format(trouble=row.trouble))
    fields = fields_of(run.table.header)
    cells = {name: cell for name, cell in zip(fields, row.cells, strict=False) if name and name != "error"}
    result = check_row(cells, run.ward)
    if not _may_touch(run, result.office_id):
        raise BadRow(_("Đơn vị is another office; its own staff, or a supervisor, can take this row in"))
    fingerprint, line = run.seen.setdefault(result.key, (result.fingerprint, row.line))
    if fingerprint != result.fingerprint:
        raise BadRow(
            _("the same Mã hồ sơ and Số bản stand in row {line} with other content; keep the right one").format(
                line=line
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
    common = {"import_id": import_id, "received_at": at, "version": 1, "address_version": 1, **UNPLACED}
    calendar = calendar_of(session)
    rows = [
        {**kept(calendar, result), "fingerprint": result.fingerprint, "search_text": search_text(result), **common}
        for result in fresh
    ]
    _ask_about_second_copies(session, fresh, at, import_id)
    session.execute(sa.insert(Result), rows)
    note_results(session, [Subject(*result.key) for result in fresh if result.wants_delivery])


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


def _compare(session: Session, run: _Import, known: Result, said: Incoming) -> None:
    said = _with_its_promise(known, said)
    if known.fingerprint == said.fingerprint:
        run.report.unchanged += 1
    elif _was_said_before(session, known, said):
        run.report.unchanged += 1
        run.report.older += 1
        if not run.known_file:
            _ask_which_holds(session, run, known)
    else:
        run.report.corrected += 1
        correct_result(session, known, said, at=run.at, by=f"import:{run.import_id}", import_id=run.import_id)


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


def _ask_which_holds(session: Session, run: _Import, known: Result) -> None:
    open_case(
        session,
        CaseKind.OLDER_VERSION,
        f"result:{known.dossier_code}:{known.copy_no}",
        at=run.at,
        office_id=known.office_id,
        facts={"dossier": known.dossier_code, "copy": known.copy_no, "version": known.version},
    )
