"""What workers do with a file that was given in the browser: look without keeping anything, or take it in."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from delivery.database import Database, database_now
from delivery.errors import UnreadableFile
from delivery.given_files import given_file
from delivery.i18n import speak_as_usual, speak_here
from delivery.intake.columns import Columns, fields_of, missing
from delivery.intake.importing import Desk, import_results
from delivery.intake.refusals import RefusalFile
from delivery.intake.table import Table, guess_table, with_columns
from delivery.intake.taken import ImportReport
from delivery.intake.uploads import MAY_STOP, heading_of
from delivery.jobs.work import Work
from delivery.models import ImportFile, Result, ResultVersion, Upload, UploadState
from delivery.models.base import Facts

SHOWN_ROWS = 3
SHOWN_REASONS = 100
MOST_COLUMNS = 60
Found = dict[str, Any]


class _Stopped(Exception):  # control flow between the reading of rows and the job
    """Whoever gave the file wants no more of it."""


@dataclass(frozen=True, slots=True)
class _Given:
    """An upload as the job found it."""

    id: int
    name: str
    content: bytes
    office_id: int | None
    language: str
    state: UploadState
    columns: Columns | None

    @property
    def desk(self) -> Desk:
        return Desk(self.id, None if self.office_id is None else (self.office_id,))


def work_on_upload(work: Work) -> None:
    """The job: look at a file without keeping anything, or take it in."""
    given = _given(work.service.database, work.lease.key)
    found: Found = {}
    if given is not None:
        speak_here(given.language)
        try:
            found = _work_on(work, given)
        finally:
            speak_as_usual()
    with work.service.database.write() as session:
        upload = session.get_one(Upload, work.lease.key)
        for name, value in {**found, "stop_wanted": False, "finished_at": database_now(session)}.items():
            setattr(upload, name, value)
        if upload.state in {UploadState.TAKEN, UploadState.STOPPED}:
            upload.counts = _counted(session, upload)
        work.lease.finish(session)


def _given(database: Database, upload_id: int) -> _Given | None:
    with database.read() as session:
        upload = session.get_one(Upload, upload_id, options=[undefer(Upload.kept_content)])
        if upload.state not in MAY_STOP or upload.content is None:
            return None
        return _Given(
            upload.id, upload.name, upload.content, upload.office_id, upload.language, upload.state,
            _said(upload.columns),
        )  # fmt: skip


def _work_on(work: Work, given: _Given) -> Found:
    try:
        with given_file(given.name, given.content) as path:
            return _check(work, given, path) if given.state is UploadState.CHECKING else _take(work, given, path)
    except UnreadableFile as error:
        return {"state": UploadState.UNREADABLE, "content": None, "facts": {"why": str(error)}}
    except _Stopped:
        if given.state is UploadState.TAKING:
            return {"state": UploadState.STOPPED}
        return {"state": UploadState.DISCARDED, "content": None, "facts": None, "refused": None}


def _check(work: Work, given: _Given, path: Path) -> Found:
    table = guess_table(path)
    columns = _columns(work.service.database, given, table)
    shown = {
        "header": list(table.header[:MOST_COLUMNS]),
        "rows": [list(row.cells[:MOST_COLUMNS]) for row in islice(table.rows(), SHOWN_ROWS)],
    }
    if columns is None and (lacking := missing(table.header)):
        fields = fields_of(table.header)[:MOST_COLUMNS]
        return {"state": UploadState.ASKING, "facts": {**shown, "fields": fields, "lacking": lacking}}
    named = table if columns is None else with_columns(table, columns)
    report, refusals, workbook = _import(work, given, named)
    headless = columns is not None and columns.headless
    fields = fields_of(named.header)[:MOST_COLUMNS]
    return {
        "state": UploadState.CHECKED, "counts": asdict(report), "refused": workbook,
        "facts": {**shown, **_reasons(refusals), "fields": fields, "headless": headless},
        "columns": None if columns is None else asdict(columns),
        "heading": "" if columns is None or headless else heading_of(table.header),
    }  # fmt: skip


def _take(work: Work, given: _Given, path: Path) -> Found:
    table = guess_table(path)
    named = table if given.columns is None else with_columns(table, given.columns)
    report, refusals, workbook = _import(work, given, named)
    return {
        "state": UploadState.TAKEN, "content": None, "counts": asdict(report), "facts": _reasons(refusals),
        "refused": workbook,
    }  # fmt: skip


def _columns(database: Database, given: _Given, table: Table) -> Columns | None:
    """What somebody has said of the columns, of this file or of one with the same headings; None where they speak."""
    if given.columns is not None or not missing(table.header):
        return given.columns
    with database.read() as session:
        wanted = sa.select(Upload.columns).where(
            Upload.heading == heading_of(table.header), Upload.office_id.is_not_distinct_from(given.office_id),
            Upload.state == UploadState.TAKEN, Upload.columns.is_not(None),
        )  # fmt: skip
        return _said(session.scalar(wanted.order_by(Upload.id.desc()).limit(1)))


def _said(facts: Facts | None) -> Columns | None:
    return Columns(tuple(facts["fields"]), headless=facts["headless"]) if facts else None


def _import(work: Work, given: _Given, table: Table) -> tuple[ImportReport, RefusalFile, bytes | None]:
    dry_run = given.state is UploadState.CHECKING
    refusals = RefusalFile(table)
    with work.service.database.read() as session:
        at = database_now(session)
    report = import_results(
        work.service.database, table, source="upload", at=at, dry_run=dry_run, desk=given.desk,
        refused=refusals.add, progress=_watch(work),
    )  # fmt: skip
    return report, refusals, _workbook(refusals, table.path)


def _watch(work: Work) -> Callable[[int], None]:
    """Says how many rows have been read, and hears whether somebody wants it to stop."""

    def watch(read: int) -> None:
        with work.service.database.write() as session:
            work.lease.renew(session, work.service.settings.lease_seconds, {"read": read})
            if session.scalar(sa.select(Upload.stop_wanted).where(Upload.id == work.lease.key)):
                raise _Stopped

    return watch


def _workbook(refusals: RefusalFile, beside: Path) -> bytes | None:
    if not refusals.rows:
        return None
    file = beside.with_name("refused.xlsx")
    refusals.write(file)
    return file.read_bytes()


def _reasons(refusals: RefusalFile) -> Found:
    return {"reasons": [list(each) for each in refusals.reasons[:SHOWN_REASONS]]}


def _counted(session: Session, upload: Upload) -> dict[str, int]:
    """What came of a file, also when several workers had to take it in one after the other."""
    files = sa.select(ImportFile.id).where(ImportFile.upload_id == upload.id)
    new = sa.select(sa.func.count()).select_from(Result).where(Result.import_id.in_(files))
    replaced = sa.func.count(ResultVersion.result_id.distinct())
    corrected = sa.select(replaced).where(ResultVersion.replaced_by_import.in_(files))
    counts = dict(upload.counts or {})
    counts["new"], counts["corrected"] = session.scalar(new) or 0, session.scalar(corrected) or 0
    if upload.state is UploadState.TAKEN:
        counts["unchanged"] = counts["read"] - counts["bad"] - counts["new"] - counts["corrected"]
    return counts
