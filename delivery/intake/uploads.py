"""Files of results given in the browser: a worker finds out what would happen, a person says yes, a worker does it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from delivery.database import Database, database_now
from delivery.errors import BadInput, NotNow, UnreadableFile
from delivery.given_files import given_file
from delivery.i18n import gettext as _
from delivery.i18n import speak_as_usual, speak_here
from delivery.intake.columns import COLUMNS, Columns, fields_of, missing
from delivery.intake.importing import Desk, ImportReport, import_results
from delivery.intake.refusals import RefusalFile
from delivery.intake.table import Table, guess_table, with_columns
from delivery.jobs.queue import put
from delivery.jobs.work import Work
from delivery.models import ImportFile, Result, ResultVersion, Upload, UploadState
from delivery.places.text import fold

MOST_BYTES = 20 * 2**20
KIND = "upload"
# Who found rows wrong on Friday corrects them on Monday; then the names of those who wait are nobody's business here.
KEPT = timedelta(days=7)
SHOWN_ROWS = 3
SHOWN_REASONS = 100
MOST_COLUMNS = 60
Found = dict[str, Any]

MAY_NAME = frozenset({UploadState.ASKING, UploadState.CHECKED})
MAY_TAKE = frozenset({UploadState.CHECKED, UploadState.STOPPED})
MAY_STOP = frozenset({UploadState.CHECKING, UploadState.TAKING})
MAY_DISCARD = MAY_NAME | MAY_TAKE


class _Stopped(Exception):  # control flow between the reading of rows and the job
    """Whoever gave the file wants no more of it."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives a file: for which office (None: for all of them), and which language they read."""

    username: str
    office_id: int | None
    language: str


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


def keep_upload(session: Session, name: str, content: bytes, giver: Giver, at: datetime) -> Upload:
    """Keep a file and have a worker look at it.

    Raises BadInput when it is empty or too large.
    """
    if not content.strip():
        raise BadInput(_("{name} is empty").format(name=name))
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise BadInput(_("{name} is larger than {most} MB; split it").format(name=name, most=most))
    upload = Upload(
        name=name, office_id=giver.office_id, by=giver.username, language=giver.language, made_at=at,
        state=UploadState.CHECKING, content=content, heading="", stop_wanted=False,
    )  # fmt: skip
    session.add(upload)
    session.flush()
    put(session, KIND, upload.id)
    return upload


def name_columns(session: Session, upload: Upload, columns: Columns) -> None:
    """Say which column is what, and have a worker look again; the next file with the same headings needs no word.

    Raises BadInput when a column is still missing or named twice, NotNow when it is too late.
    """
    _must(upload, MAY_NAME)
    named = [field for field in columns.fields if field]
    if twice := {field for field in named if named.count(field) > 1}:
        names = ", ".join(COLUMNS[field][0] for field in sorted(twice))
        raise BadInput(_("Only one column can be {names}").format(names=names))
    if columns.missing:
        raise BadInput(_("These columns must be there: {columns}").format(columns=", ".join(columns.missing)))
    upload.columns = {"fields": list(columns.fields), "headless": columns.headless}
    upload.heading = "" if columns.headless else _heading((upload.facts or {}).get("header", ()))
    _to_work(session, upload, UploadState.CHECKING)


def take_in(session: Session, upload: Upload) -> None:
    """Have a worker take in what it has found to be good. Raises NotNow when there is nothing to be taken in."""
    _must(upload, MAY_TAKE)
    _to_work(session, upload, UploadState.TAKING)


def stop(upload: Upload) -> None:
    """Have the worker leave off: of what has been taken in by then, all stays."""
    upload.stop_wanted = upload.state in MAY_STOP


def discard(upload: Upload, at: datetime) -> None:
    """Forget the content. Raises NotNow while a worker is at it, or when it has been taken in."""
    _must(upload, MAY_DISCARD)
    _forget(upload)
    upload.state, upload.finished_at = UploadState.DISCARDED, at


def forget_uploads(database: Database, now: datetime) -> None:
    """Erase what is left of files that were given long ago; what they brought in has books of its own."""
    held = sa.or_(Upload.content.is_not(None), Upload.refused.is_not(None), Upload.facts.is_not(None))
    with database.write() as session:
        for upload in session.scalars(sa.select(Upload).where(Upload.made_at < now - KEPT, held)):
            if upload.state in MAY_NAME:
                upload.state = UploadState.DISCARDED
            if upload.state not in MAY_STOP:
                _forget(upload)


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
        upload = session.get_one(Upload, upload_id, options=[undefer(Upload.content)])
        if upload.state not in MAY_STOP or upload.content is None:
            return None
        said = upload.columns
        columns = Columns(tuple(said["fields"]), headless=said["headless"]) if said else None
        return _Given(
            upload.id, upload.name, upload.content, upload.office_id, upload.language, upload.state, columns
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
    table, columns = _table(work.service.database, given, path)
    shown = {
        "header": list(table.header[:MOST_COLUMNS]),
        "rows": [list(row.cells[:MOST_COLUMNS]) for row in islice(table.rows(), SHOWN_ROWS)],
    }
    if columns is None and (lacking := missing(table.header)):
        fields = fields_of(table.header)[:MOST_COLUMNS]
        return {"state": UploadState.ASKING, "facts": {**shown, "fields": fields, "lacking": lacking}}
    named = table if columns is None else with_columns(table, columns)
    report, refusals, workbook = _import(work, given, named)
    facts = {
        **shown, **_reasons(refusals), "fields": fields_of(named.header)[:MOST_COLUMNS],
        "headless": columns is not None and columns.headless,
    }  # fmt: skip
    said = None if columns is None else {"fields": list(columns.fields), "headless": columns.headless}
    return {
        "state": UploadState.CHECKED, "counts": asdict(report), "facts": facts, "refused": workbook, "columns": said,
        "heading": "" if columns is None or columns.headless else _heading(table.header),
    }  # fmt: skip


def _take(work: Work, given: _Given, path: Path) -> Found:
    table, columns = _table(work.service.database, given, path)
    named = table if columns is None else with_columns(table, columns)
    report, refusals, workbook = _import(work, given, named)
    return {
        "state": UploadState.TAKEN, "content": None, "counts": asdict(report), "facts": _reasons(refusals),
        "refused": workbook,
    }  # fmt: skip


def _table(database: Database, given: _Given, path: Path) -> tuple[Table, Columns | None]:
    """The table, and what is known of its columns beyond what they are called."""
    table = guess_table(path)
    if given.columns is not None or not missing(table.header):
        return table, given.columns
    with database.read() as session:
        wanted = sa.select(Upload.columns).where(
            Upload.heading == _heading(table.header), Upload.office_id.is_not_distinct_from(given.office_id),
            Upload.state == UploadState.TAKEN, Upload.columns.is_not(None),
        )  # fmt: skip
        said = session.scalar(wanted.order_by(Upload.id.desc()).limit(1))
    return table, Columns(tuple(said["fields"])) if said else None


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


def _heading(header: Iterable[str]) -> str:
    return hashlib.sha256("|".join(fold(cell) for cell in header).encode()).hexdigest()


def _to_work(session: Session, upload: Upload, state: UploadState) -> None:
    upload.state, upload.stop_wanted, upload.finished_at = state, False, None
    put(session, KIND, upload.id)


def _must(upload: Upload, states: frozenset[UploadState]) -> None:
    if upload.state not in states:
        raise NotNow(_("This file has moved on meanwhile; look at the page again"))


def _forget(upload: Upload) -> None:
    upload.content = upload.refused = upload.facts = None
