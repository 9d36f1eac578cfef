"""Commands of the dispatch table: batch, plan, print, submit, hand-over."""

import math
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

import click

from delivery.carrying import carrier_for
from delivery.cli.console import (
    Day,
    Moment,
    command,
    json_file_option,
    json_option,
    people,
    progress,
    service,
    table,
    write_bytes,
    write_json,
)
from delivery.dispatch.batching import batch_due, find_batch, sizes_of
from delivery.dispatch.consignments import leaves_on
from delivery.dispatch.handover import FINDINGS, hand_over
from delivery.dispatch.plan_document import plan_document
from delivery.dispatch.planning import request_plan
from delivery.dispatch.printing import Asker, Look, print_batch, print_label
from delivery.dispatch.reasons import explain
from delivery.dispatch.submission import request_submission, submission_counts
from delivery.errors import BadInput, NotNow
from delivery.fees import fees_on
from delivery.i18n import gettext as _
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.queue import unfinished
from delivery.jobs.sweeper import wait_for
from delivery.models import Job, Plan, PlanState
from delivery.moments import clock, now, short_date
from delivery.wiring import Service
from delivery.workdays import calendars_of, entries
from labels.label import SHEETS

OWNER = "command"
# Instead of an item code: labels and slips of what came late, and has none yet.
ONLY_NEW = "new"


@click.command("batch")
@click.option("--date", "day", type=Day(), required=True, help="The day of dispatch, 2026-11-24.")
@json_option()
@command
def batch(*, day: date, as_json: bool) -> None:
    """Gather what is due on a day into one batch per office."""
    with service().database.write() as session:
        batches = batch_due(session, day, now())
        sizes = sizes_of(session, day)
        rows = [(b.code, b.office.ward_name, sizes.get(b.id, 0)) for b in batches]
        calendar = calendars_of(session).common
        closed = (
            []
            if not calendar.works_on(day)
            else [
                one.ward for one in entries(session, day, day, [b.office_id for b in batches]) if one.office is not None
            ]
        )
    if as_json:
        write_json([{"batch": code, "office": office, "items": items} for code, office, items in rows])
        return
    if not calendar.works_on(day):
        name = calendar.holiday(day) or _("not a working day")
        people.print(_("[yellow]![/] {day} is {name}: make sure that couriers work.").format(
            day=short_date(day), name=name))  # fmt: skip
    if closed:
        people.print(_("[yellow]![/] {day}: closed in {wards}. Make sure that couriers work there.").format(
            day=short_date(day), wards=", ".join(closed)))  # fmt: skip
    if not rows:
        people.print(_("Nothing is due on {day}.").format(day=short_date(day)))
        return
    table(_("Batches of {day}").format(day=short_date(day)), (_("Batch"), _("Office"), _("Items")), rows)


@click.command("plan")
@click.argument("batch", required=False)
@click.option("--date", "day", type=Day(), help="Plan all batches of this day.")
@click.option("--seconds", type=click.FloatRange(1, 3600), help="Time limit of the optimiser.")
@json_file_option()
@command
def plan(*, batch: str | None, day: date | None, seconds: float | None, json_to: str | None) -> None:
    """Plan courier routes for BATCH, or for all batches of a day."""
    if seconds is not None and not math.isfinite(seconds):
        raise BadInput(_("--seconds must be a number such as 20"))
    if (batch is None) == (day is None):
        raise BadInput(_("Name a batch or give --date, not both"))
    here = service()
    limit = seconds or here.settings.plan_seconds
    with here.database.write() as session:
        plan_id = request_plan(session, code=batch, day=day, seconds=limit, at=now()).id
    _wait_for_plan(here, plan_id, quiet=json_to is not None)
    with here.database.read() as session:
        made = session.get_one(Plan, plan_id)
        if made.state is PlanState.WAITING:
            raise NotNow(_("The plan could not be made; `tannha check` and the open cases say why"))
        if json_to is not None:
            write_json(plan_document(session, made), json_to)
            return
        rows = [(r.code, len(r.stops), clock(r.leave), clock(r.back), f"{r.distance / 1000:.1f}") for r in made.routes]
        headers = (_("Route"), _("Stops"), _("Leaves"), _("Back"), "km")
        table(_("Routes of {day}").format(day=short_date(made.day)), headers, rows)
        if made.left_out:
            missed = [(x.item.first.dossier_code, explain(x.reason, x.facts)) for x in made.left_out]
            table(_("Left out"), (_("Dossier"), _("Reason")), missed)


def _wait_for_plan(here: Service, plan_id: int, *, quiet: bool) -> None:
    with progress(_("Planning (%)"), 100, quiet=quiet) as move:

        def left() -> int:
            with here.database.read() as session:
                job = session.query(Job).filter_by(kind="plan", key=plan_id).order_by(Job.id.desc()).first()
                move(100 * ((job.progress or {}).get("part", 0) if job else 0))
                return unfinished(session, "plan", [plan_id])

        wait_for(here, HANDLERS, left, kind="plan", owner=OWNER, look=lambda _left: None)


@click.command("print")
@click.argument("batch")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the papers.")
@click.option("--sheet", type=click.Choice(list(SHEETS)), default="thermal", show_default=True,
              help="Labels on A4 sheets of 2, 4 or 8 instead of one a page of 100 × 150 mm.")  # fmt: skip
@click.option("--skip", type=click.IntRange(min=0), default=0, metavar="PLACES",
              help="So many places of the first sheet are used up.")  # fmt: skip
@click.option("--private", is_flag=True, help="Hide names and telephone numbers on labels.")
@click.option("--reason", default="", metavar="WHY", help="Why it is printed again; kept with the copy's number.")
@click.option(
    "--item", metavar="CODE", help="Only the label of this envelope, once more; `new`: only of what has none."
)
@json_option()
@command
def print_(
    *, batch: str, out: Path, sheet: str, skip: int, private: bool, reason: str, item: str | None, as_json: bool
) -> None:
    """Print BATCH: labels.pdf, slips.pdf, route-sheets.pdf and manifest.pdf."""
    here, look, asker = service(), Look(sheet, skip, private), Asker(OWNER, reason)
    if item is None or item == ONLY_NEW:
        papers = print_batch(here, batch, now(), asker=asker, look=look, only_new=item == ONLY_NEW)
    else:
        papers = {f"label-{item}.pdf": print_label(here, batch, item, now(), asker=asker, look=look)}
    for name, content in papers.items():
        write_bytes(content, out / name)
    if as_json:
        write_json({"batch": batch, "files": [str(out / name) for name in papers]})
        return
    rows = [(str(out / name), f"{len(content) / 1024:.0f} kB") for name, content in papers.items()]
    table(_("Papers of {batch}").format(batch=batch), (_("File"), _("Size")), rows)


@click.command("submit")
@click.argument("batch")
@click.option("--wait", type=click.FloatRange(min=1), default=120, show_default=True, metavar="SECONDS",
              help="Stop waiting after so long without any answer of the carrier.")  # fmt: skip
@json_option()
@command
def submit(*, batch: str, wait: float, as_json: bool) -> None:
    """Tell the carrier of every planned item of BATCH, exactly once."""
    here = service()
    with here.database.write() as session:
        found = find_batch(session, batch)
        day = leaves_on(found, now())
        carrier = carrier_for(session, here.settings, found.office_id, day)
        asked = request_submission(session, found, carrier, fees_on(session, here.settings.home, day))

    def left() -> int:
        with here.database.read() as session:
            return unfinished(session, "submit", asked)

    with progress(_("Submitting"), len(asked), quiet=as_json) as move:
        wait_for(here, HANDLERS, left, kind="submit", owner=OWNER, look=lambda n: move(len(asked) - n), patience=wait)
    with here.database.read() as session:
        counts = submission_counts(session, asked)
    if as_json:
        write_json({"batch": batch, **counts})
    else:
        headers = (_("Planned"), _("Accepted"), _("Refused"), _("Waiting"))
        table(_("Submission of {batch}").format(batch=batch), headers, [tuple(counts.values())])
    if counts["waiting"]:
        raise NotNow(
            _(
                "The carrier does not answer. {count} orders are kept here: a worker sends them as soon as it does"
            ).format(count=counts["waiting"])
        )
    if counts["accepted"] != counts["planned"]:
        sys.exit(1)


@click.command("hand-over")
@click.argument("batch")
@click.option("--scans", type=click.File(encoding="utf-8-sig"), required=True,
              help="Scanned codes, one a line; - reads them from the scan gun.")  # fmt: skip
@click.option("--at", type=Moment(), help="When it was handed over; now unless said otherwise.")
@json_option()
@command
def hand_over_(*, batch: str, scans: TextIO, at: datetime | None, as_json: bool) -> None:
    """Hand BATCH over to the carrier by scanned codes; every difference is named."""
    here = service()
    codes = [line.strip() for line in scans if line.strip()]
    with here.database.write() as session:
        outcome = hand_over(session, find_batch(session, batch), codes, seal=here.seal, at=at or now())
    if as_json:
        write_json({
            "batch": batch,
            "accepted": len(outcome.accepted),
            "already": len(outcome.already),
            "missing": outcome.missing,
            "refused": [{"code": code, "finding": finding.value} for code, finding in outcome.refused],
        })  # fmt: skip
    else:
        table(_("Hand-over of {batch}").format(batch=batch), (_("Accepted"), _("Scanned before"), _("Missing")),
              [(len(outcome.accepted), len(outcome.already), len(outcome.missing))])  # fmt: skip
        differences = [(code, _(FINDINGS[finding])) for code, finding in outcome.refused]
        differences += [(code, _("was not scanned")) for code in outcome.missing]
        if differences:
            table(_("Differences"), (_("Code"), _("What")), differences)
    if not outcome.complete:
        sys.exit(1)
