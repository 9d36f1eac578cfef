"""Printing a batch: labels, slips, route sheets and the manifest, drawn from what the database knows now."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from delivery.carrying import carrier_for
from delivery.dispatch.batching import find_batch, lock_batch, read_whole
from delivery.dispatch.consignments import consign, label_of, leaves_on, lock_sendings, planned_stops
from delivery.dispatch.courier_map import CourierMap
from delivery.dispatch.papers import label_for, manifest_for, route_sheet_for, slip_for
from delivery.errors import NotFound, NotNow
from delivery.fees import fees_on
from delivery.i18n import gettext as _
from delivery.jobs.errands import PRINTING, Errands
from delivery.jobs.queues import queue_of
from delivery.jobs.roll import workers_alive
from delivery.models import Batch, Consignment, Item, Label, Manifest, Printing, Route, Stop
from delivery.moments import local
from delivery.rules.codes import new_reference
from delivery.wiring import Service
from labels.label import SHEETS, draw_labels
from labels.manifest import draw_manifest
from labels.route_sheet import draw_route_sheets
from labels.slip import draw_slips

PAPERS = ("labels.pdf", "slips.pdf", "route-sheets.pdf", "manifest.pdf")


class Look(NamedTuple):
    """Labels one a page, or on A4 sheets whose first `skip` places are used up; `private` ones hide the names.

    All is moved by so many mm to the `right` and `down`, for a printer that prints off its paper.
    """

    sheet: str = "thermal"
    skip: int = 0
    private: bool = False
    right: float = 0.0
    down: float = 0.0

    @property
    def shift(self) -> tuple[float, float]:
        return self.right, self.down


class Asker(NamedTuple):
    """Who wants something printed and, where it was printed before, why."""

    name: str = ""
    reason: str = ""


PLAIN, NOBODY = Look(), Asker()
# From so many envelopes on, each paper takes seconds, and other workers draw some of them.
MANY = 100


@dataclass(frozen=True, slots=True)
class Enveloped:
    """A planned stop with the consignment and the label that count for it."""

    stop: Stop
    consignment: Consignment
    label: Label


def print_batch(
    service: Service, code: str, at: datetime, *, asker: Asker = NOBODY, look: Look = PLAIN, only_new: bool = False
) -> dict[str, bytes]:
    """The four papers of a batch, as file name -> PDF.

    What is printed is recorded before anything is drawn. Labels that were printed before are the same labels with a
    higher copy number, and somebody has said why. With `only_new` the labels and slips are those of envelopes that have
    none yet, because they came late into a batch that was printed.

    Raises NotFound, or NotNow while there is no plan or nothing in it, when a reason is missing, or nothing is new.
    """
    with service.database.write() as session:
        batch = find_batch(session, code)
        lock_batch(session, batch)
        envelopes = _envelopes(session, batch, service, at)
        printed = [envelope.label for envelope in envelopes if not (only_new and envelope.label.printings)]
        if not printed:
            raise NotNow(_("Every envelope of batch {code} has its label already").format(code=batch.code))
        _record(printed, batch, asker, at)
        _manifest(session, batch, envelopes, at)
        session.flush()
    return papers_of(service, code, look, only_last=only_new)


def print_label(
    service: Service, code: str, item_code: str, at: datetime, *, asker: Asker, look: Look = PLAIN
) -> bytes:
    """The label of one envelope of a batch once more, as a PDF.

    Raises NotFound when the batch has no such envelope, and NotNow when it was never printed or a reason is missing.
    """
    with service.database.write() as session:
        batch = find_batch(session, code)
        lock_batch(session, batch)
        envelope = _printed_envelope(batch, item_code)
        _record([envelope.label], batch, asker, at)
        session.flush()
        wards = service.atlas.wards
        label = label_for(envelope.consignment, envelope.label, envelope.stop, batch, service.seal, wards)
    return draw_labels([label], sheet=SHEETS[look.sheet], skip=look.skip, private=look.private, shift=look.shift)


def print_one(service: Service, item_id: int, at: datetime, *, asker: Asker, look: Look = PLAIN) -> bytes:
    """The label of one envelope while it is being packed, as a PDF: the first time, or once more with a reason.

    Raises NotFound when it is in no batch, and NotNow while it has no place in the plan, once it was handed over, or
    when a reason is missing.
    """
    with service.database.write() as session:
        item = session.get(Item, item_id)
        batch = session.get(Batch, item.batch_id) if item is not None and item.batch_id is not None else None
        if batch is None:
            raise NotFound(_("This envelope is in no batch"))
        lock_batch(session, batch)
        stop = next((stop for stop in planned_stops(batch) if stop.item_id == item_id), None)
        if stop is None:
            raise NotNow(_("This envelope has no place in the routes of {code} yet").format(code=batch.code))
        lock_sendings(session, [stop])
        if stop.item.live is not None and stop.item.live.handed_over_in is not None:
            raise NotNow(_("This envelope is not at the ward any more"))
        consignment = _consigning(session, batch, service, at)(stop)
        label = label_of(session, consignment, at)
        _record([label], batch, asker, at)
        session.flush()
        paper = label_for(consignment, label, stop, batch, service.seal, service.atlas.wards)
    return draw_labels([paper], sheet=SHEETS[look.sheet], skip=look.skip, private=look.private, shift=look.shift)


def papers_of(
    service: Service, code: str, look: Look = PLAIN, wanted: Collection[str] = PAPERS, *, only_last: bool = False
) -> dict[str, bytes]:
    """The papers of a batch as they were printed last; looking at them is no printing.

    With `only_last` the labels and slips are only those that were part of the last printing. Raises
    NotFound, or NotNow when the batch was not printed yet, or has changed since.
    """
    ground = CourierMap.of(service)
    wards = ground.atlas.wards
    with service.database.read() as session:
        batch = find_batch(session, code)
        read_whole(session, batch)
        envelopes = [_as_printed(stop, batch) for stop in planned_stops(batch)]
        shown = _of_the_last_printing(envelopes) if only_last else envelopes
        sheets = [label_for(e.consignment, e.label, e.stop, batch, service.seal, wards) for e in shown]
        tracking = f"{service.settings.web_url}/tra-cuu"
        slips = [slip_for(session, e.consignment, tracking, wards) for e in shown]
        sent = {e.consignment.item_id: e.consignment for e in envelopes}
        on_the_way = _routes(batch) if "route-sheets.pdf" in wanted else []
        routes = [route_sheet_for(session, route, batch, sent, ground) for route in on_the_way]
        listed = manifest_for(session, _as_signed(batch, envelopes), batch, [e.consignment for e in envelopes], wards)
    draws = partial(draw_labels, sheet=SHEETS[look.sheet], skip=look.skip, private=look.private, shift=look.shift)
    drawn: dict[str, tuple[Callable[..., bytes], object]] = {
        "labels.pdf": (draws, sheets),
        "slips.pdf": (draw_slips, slips),
        "route-sheets.pdf": (draw_route_sheets, routes),
        "manifest.pdf": (draw_manifest, listed),
    }
    with _draughtsmen(service, len(wanted) if len(envelopes) >= MANY else 1) as crew:
        asked = {name: crew.submit(draw, of) for name, (draw, of) in drawn.items() if name in wanted}
        return {name: paper.result() for name, paper in asked.items()}


def _draughtsmen(service: Service, papers: int) -> Executor:
    """Who draws so many papers: this process, and workers that serve the queue `print` where there is much to draw."""
    elsewhere = min(papers - 1, workers_alive(service, queue_of(PRINTING.job).name)) if papers > 1 else 0
    return Errands(service, PRINTING, here=1, elsewhere=elsewhere) if elsewhere else ThreadPoolExecutor(1)


def _envelopes(session: Session, batch: Batch, service: Service, at: datetime) -> list[Enveloped]:
    consigned = _consigning(session, batch, service, at)
    envelopes = []
    stops = planned_stops(batch)
    lock_sendings(session, stops)
    for stop in stops:
        consignment = consigned(stop)
        envelopes.append(Enveloped(stop, consignment, label_of(session, consignment, at)))
    if not envelopes:
        raise NotNow(_("No envelope of batch {code} has a place in the plan").format(code=batch.code))
    return envelopes


def _consigning(session: Session, batch: Batch, service: Service, at: datetime) -> Callable[[Stop], Consignment]:
    """How envelopes of a batch are consigned: to whom and for how much, as it holds on the day when they leave."""
    day = leaves_on(batch, at)
    fees = fees_on(session, service.settings.home, day)
    carrier = carrier_for(session, service.settings, batch.office_id, day)
    return lambda stop: consign(session, stop.item, carrier, fees, locked=True)


def _record(printed: Sequence[Label], batch: Batch, asker: Asker, at: datetime) -> None:
    """Who left an envelope behind yesterday need not say why its label is printed for today's batch."""
    before = [printing for label in printed for printing in label.printings]
    reason = asker.reason.strip() or ("" if batch.manifests else batch.code)
    if before and not reason:
        last = max(printing.printed_at for printing in before)
        raise NotNow(
            _("Batch {code} was printed on {moment}. Say why it is printed again, with --reason").format(
                code=batch.code, moment=local(last).strftime("%d/%m/%Y %H:%M")
            )
        )
    for label in printed:
        copy_no = len(label.printings) + 1
        told = reason if copy_no > 1 else ""
        label.printings.append(Printing(copy_no=copy_no, printed_at=at, printed_by=asker.name, reason=told[:200]))


def _printed_envelope(batch: Batch, item_code: str) -> Enveloped:
    for stop in planned_stops(batch):
        if stop.item.live is not None and stop.item.live.item_code == item_code:
            return _as_printed(stop, batch)
    raise NotFound(_("Batch {code} has no envelope {item}").format(code=batch.code, item=item_code))


def _as_printed(stop: Stop, batch: Batch) -> Enveloped:
    live = stop.item.live
    label = next((one for one in live.labels if one.voided_at is None), None) if live is not None else None
    if live is None or label is None or not label.printings:
        raise _not_printed(batch)
    if label.confirmed_at is None and label.address_version != stop.item.first.address_version:
        raise _not_printed(batch)
    return Enveloped(stop, live, label)


def _of_the_last_printing(envelopes: Sequence[Enveloped]) -> list[Enveloped]:
    last = max((envelope.label.printings[-1].printed_at for envelope in envelopes), default=None)
    return [envelope for envelope in envelopes if envelope.label.printings[-1].printed_at == last]


def _as_signed(batch: Batch, envelopes: Sequence[Enveloped]) -> Manifest:
    """The manifest of exactly these envelopes."""
    newest = batch.manifests[-1] if batch.manifests else None
    if newest is None or newest.digest != digest_of([envelope.consignment.item_code for envelope in envelopes]):
        raise _not_printed(batch)
    return newest


def _not_printed(batch: Batch) -> NotNow:
    return NotNow(
        _("Batch {code} has changed or was not printed yet. First: tannha print {code}").format(code=batch.code)
    )


def _routes(batch: Batch) -> list[Route]:
    mine = {item.id for item in batch.items}
    plan = batch.plan
    return [r for r in plan.routes if any(stop.item_id in mine for stop in r.stops)] if plan is not None else []


def _manifest(session: Session, batch: Batch, envelopes: Sequence[Enveloped], at: datetime) -> Manifest:
    """The manifest of exactly these envelopes; as long as they are the same, it is the same manifest."""
    digest = digest_of([envelope.consignment.item_code for envelope in envelopes])
    current = batch.manifests[-1] if batch.manifests else None
    if current is not None and current.digest == digest:
        return current
    made = Manifest(batch=batch, code=f"BK{new_reference()[:10]}", printed_at=at, digest=digest)
    session.add(made)
    session.flush()
    return made


def digest_of(item_codes: Sequence[str]) -> str:
    """The digest of a list of item codes in its order, that proves later which list was signed."""
    return hashlib.sha256("\n".join(item_codes).encode()).hexdigest()
