"""Files of results given in the browser, as people move them on: given, columns named, taken in, stopped, discarded.

What workers do in between stands in `delivery.intake.reading`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import Database
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.intake.columns import COLUMNS, Columns
from delivery.jobs.queue import put
from delivery.models import Upload, UploadState
from delivery.places.text import fold

MOST_BYTES = 20 * 2**20
KIND = "upload"
# Who found rows wrong on Friday corrects them on Monday; then the names of those who wait are nobody's business here.
KEPT = timedelta(days=7)

MAY_NAME = frozenset({UploadState.ASKING, UploadState.CHECKED})
MAY_TAKE = frozenset({UploadState.CHECKED, UploadState.STOPPED})
MAY_STOP = frozenset({UploadState.CHECKING, UploadState.TAKING})
MAY_DISCARD = MAY_NAME | MAY_TAKE
ENDED = frozenset({UploadState.TAKEN, UploadState.UNREADABLE, UploadState.DISCARDED})


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives a file: for which office (None: for all of them), and which language they read."""

    username: str
    office_id: int | None
    language: str


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
    upload.columns = asdict(columns)
    upload.heading = "" if columns.headless else heading_of((upload.facts or {}).get("header", ()))
    _to_work(session, upload, UploadState.CHECKING)


def take_in(session: Session, upload: Upload) -> None:
    """Have a worker take in what it has found to be good. Raises NotNow when there is nothing to be taken in."""
    _must(upload, MAY_TAKE)  # while it may be, its content is there
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
    held = sa.or_(Upload.kept_content.is_not(None), Upload.kept_refused.is_not(None), Upload.kept_facts.is_not(None))
    with database.write() as session:
        for upload in session.scalars(sa.select(Upload).where(Upload.made_at < now - KEPT, held)):
            # Work that has gone on for so long got stuck; a case tells of it.
            if upload.state not in ENDED:
                upload.state = UploadState.DISCARDED
            _forget(upload)


def heading_of(header: Iterable[str]) -> str:
    """By what a file with the same headings is known again, without keeping what they say."""
    return hashlib.sha256("|".join(fold(cell) for cell in header).encode()).hexdigest()


def _to_work(session: Session, upload: Upload, state: UploadState) -> None:
    upload.state, upload.stop_wanted, upload.finished_at = state, False, None
    put(session, KIND, upload.id)


def _must(upload: Upload, states: frozenset[UploadState]) -> None:
    if upload.state not in states:
        raise NotNow(_("This file has moved on meanwhile; look at the page again"))


def _forget(upload: Upload) -> None:
    upload.content = upload.refused = upload.facts = None
