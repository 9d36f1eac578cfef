"""Files of results: given, looked at by a worker without keeping anything, and taken in when somebody says so."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import InstrumentedAttribute, Session

from delivery.errors import BadInput, DeliveryError
from delivery.given_files import name_given
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.intake import uploads
from delivery.intake.columns import NAMEABLE, Columns
from delivery.intake.uploads import Giver
from delivery.jobs.queues import queue_of
from delivery.jobs.roll import workers_alive
from delivery.models import Job, JobState, Office, Upload, UploadState
from delivery.moments import now
from web import access
from web.field_words import FIELD_WORDS
from web.files import as_file
from web.people import note
from web.upload_words import STATES
from web.views import service

pages = Blueprint("uploads", __name__, url_prefix="/ket-qua/tep")
SHOWN = 20


@pages.get("")
def show_all() -> ResponseReturnValue:
    """Where to give a file or paste rows, and what became of those given before."""
    with service().database.read() as session:
        wanted = sa.select(Upload).order_by(Upload.id.desc()).limit(SHOWN)
        own = access.staff().office_id
        given = session.scalars(wanted if own is None else wanted.where(Upload.office_id == own)).all()
        office = session.get(Office, own) if own is not None else None
        most = uploads.MOST_BYTES // 2**20
        return render_template("uploads.html", given=given, states=STATES, office=office, most=most)


@pages.post("")
def give() -> ResponseReturnValue:
    """Keep a file, or rows that were pasted, for a worker to look at."""
    try:
        name, content = _given()
        with service().database.write() as session:
            staff = access.staff()
            giver = Giver(staff.username, staff.office_id, current_language())
            upload = uploads.keep_upload(session, name, content, giver, now())
            note(session, staff.username, "gave a file", f"upload:{upload.id}", now())
            return redirect(_address(upload.id))
    except BadInput as error:
        flash(str(error), "warning")
        return redirect(url_for("uploads.show_all"))


@pages.get("/<int(max=2147483647):upload_id>")
def show(upload_id: int) -> ResponseReturnValue:
    """How far a file is, what was found in it, and what can be done next."""
    nobody_works = _nobody_works()
    with service().database.write() as session:
        upload = _visible(session, upload_id)
        if upload.facts and upload.facts.get("rows"):
            note(session, access.staff().username, "saw", f"upload:{upload_id}", now())
        return render_template(
            "upload.html", upload=upload, facts=upload.facts or {}, counts=upload.counts or {}, states=STATES,
            columns=_columns(upload), fields=NAMEABLE, words=FIELD_WORDS, is_stuck=_is_stuck(session, upload_id),
            read=_read(session, upload_id),
            has_refused=_has(session, Upload.kept_refused, upload_id),
            has_content=_has(session, Upload.kept_content, upload_id), State=UploadState, nobody_works=nobody_works,
        )  # fmt: skip


@pages.get("/<int(max=2147483647):upload_id>/tien-do")
def progress(upload_id: int) -> ResponseReturnValue:
    """A fragment that shows how many rows have been read; when a person is needed, the page is loaded anew."""
    nobody_works = _nobody_works()
    with service().database.read() as session:
        upload = _visible(session, upload_id)
        if upload.state in uploads.MAY_STOP and not _is_stuck(session, upload_id):
            return render_template(
                "_upload.html", upload=upload, counts=upload.counts or {}, read=_read(session, upload_id),
                State=UploadState, nobody_works=nobody_works,
            )  # fmt: skip
    done = Response("", 200)
    done.headers["HX-Refresh"] = "true"
    return done


@pages.post("/<int(max=2147483647):upload_id>/cot")
def name_columns(upload_id: int) -> ResponseReturnValue:
    """Take over what somebody says of the columns."""
    with service().database.write() as session:
        upload = _visible(session, upload_id, alone=True)
        header = (upload.facts or {}).get("header", ())
        chosen = [request.form.get(f"cot-{number}", "") for number in range(len(header))]
        fields = tuple(field if field in NAMEABLE else None for field in chosen)
        try:
            uploads.name_columns(session, upload, Columns(fields, headless="khong_tieu_de" in request.form))
        except DeliveryError as error:
            flash(str(error), "warning")
    return redirect(_address(upload_id))


@pages.post("/<int(max=2147483647):upload_id>/nhan")
def take_in(upload_id: int) -> ResponseReturnValue:
    """Have a worker take in the good rows."""
    with service().database.write() as session:
        upload = _visible(session, upload_id, alone=True)
        try:
            uploads.take_in(session, upload)
            note(session, access.staff().username, "took in a file", f"upload:{upload_id}", now())
        except DeliveryError as error:
            flash(str(error), "warning")
    return redirect(_address(upload_id))


@pages.post("/<int(max=2147483647):upload_id>/dung")
def stop(upload_id: int) -> ResponseReturnValue:
    """Have the worker leave off."""
    with service().database.write() as session:
        uploads.stop(_visible(session, upload_id, alone=True))
    return redirect(_address(upload_id))


@pages.post("/<int(max=2147483647):upload_id>/bo")
def discard(upload_id: int) -> ResponseReturnValue:
    """Forget a file that nobody wants taken in."""
    with service().database.write() as session:
        upload = _visible(session, upload_id, alone=True)
        try:
            uploads.discard(upload, now())
            note(session, access.staff().username, "discarded a file", f"upload:{upload_id}", now())
            flash(_("Nothing of {name} was taken in.").format(name=upload.name), "success")
        except DeliveryError as error:
            flash(str(error), "warning")
            return redirect(_address(upload_id))
    return redirect(url_for("uploads.show_all"))


@pages.get("/<int(max=2147483647):upload_id>/loi.xlsx")
def refused(upload_id: int) -> ResponseReturnValue:
    """The rows that cannot come in, each with its reasons, to be corrected and given again."""
    with service().database.write() as session:
        upload = _visible(session, upload_id)
        workbook = upload.refused or abort(404)
        note(session, access.staff().username, "saw", f"upload:{upload_id}", now())
    return as_file(workbook, f"dong-loi-{upload_id}.xlsx")


def _given() -> tuple[str, bytes]:
    file, pasted = request.files.get("tep"), request.form.get("dong", "")
    if file is not None and file.filename:
        return name_given(file.filename), file.read()
    if not pasted.strip():
        raise BadInput(_("Choose a CSV or XLSX file, or paste rows"))
    return _("Pasted rows"), pasted.encode()


def _visible(session: Session, upload_id: int, *, alone: bool = False) -> Upload:
    """An upload that whoever asks may see: who gave it for all offices shows other offices' people as well."""
    upload = session.get(Upload, upload_id, with_for_update={"of": Upload} if alone else None)
    own = access.staff().office_id
    if upload is None or (own is not None and upload.office_id != own):
        abort(404)
    return upload


def _columns(upload: Upload) -> list[tuple[str, str | None, Sequence[str]]]:
    """Each column of the file: its heading, what it is taken for, and what stands in it."""
    facts = upload.facts or {}
    header, fields, rows = facts.get("header", ()), facts.get("fields", ()), facts.get("rows", ())
    cells = [[row[number] for row in rows if number < len(row)] for number in range(len(header))]
    return list(zip(header, fields, cells, strict=True))


def _has(session: Session, column: InstrumentedAttribute[bytes | None], upload_id: int) -> bool:
    return bool(session.scalar(sa.select(column.is_not(None)).where(Upload.id == upload_id)))


def _nobody_works() -> bool:
    return workers_alive(service(), queue_of(uploads.KIND).name) == 0


def _job(session: Session, upload_id: int) -> Job | None:
    mine = sa.select(Job).where(Job.kind == uploads.KIND, Job.key == upload_id)
    return session.scalar(mine.order_by(Job.id.desc()).limit(1))


def _is_stuck(session: Session, upload_id: int) -> bool:
    job = _job(session, upload_id)
    return job is not None and job.state is JobState.PARKED


def _read(session: Session, upload_id: int) -> int:
    job = _job(session, upload_id)
    return int((job.progress or {}).get("read", 0)) if job is not None else 0


def _address(upload_id: int) -> str:
    return url_for("uploads.show", upload_id=upload_id)
