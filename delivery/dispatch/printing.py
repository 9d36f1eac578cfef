"""Printing a batch: labels, slips, route sheets and the manifest, drawn from what the database knows now."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

import labels
from delivery.dispatch.batching import find_batch
from delivery.dispatch.consignments import consign, label_of, planned_stops
from delivery.dispatch.papers import label_for, manifest_for, route_sheet_for, slip_for
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Label, Manifest, Route, Stop
from delivery.rules.codes import new_reference
from delivery.wiring import Service

PAPERS = ("labels.pdf", "slips.pdf", "route-sheets.pdf", "manifest.pdf")


@dataclass(frozen=True, slots=True)
class Enveloped:
    """A planned stop with the consignment and the label that count for it."""

    stop: Stop
    consignment: Consignment
    label: Label


def print_batch(
    service: Service, code: str, at: datetime, *, sheet: str = "thermal", skip: int = 0, private: bool = False
) -> dict[str, bytes]:
    """The four papers of a batch, as file name -> PDF.

    Labels come one a page for a thermal printer, or on A4 sheets of `sheet` places of which the first `skip` are used
    up; `private` ones hide the names. Labels and the manifest are recorded before anything is drawn; printing again
    prints the same labels.

    Raises NotFound, or NotNow while there is no plan or nothing in it.
    """
    wards = service.atlas.wards
    with service.database.write() as session:
        batch = find_batch(session, code)
        envelopes = [_enveloped(session, stop, service.settings.carrier, at) for stop in planned_stops(batch)]
        if not envelopes:
            raise NotNow(_("No envelope of batch {code} has a place in the plan").format(code=code))
        manifest = _manifest(session, batch, envelopes, at)
        sheets = [label_for(e.consignment, e.label, e.stop, batch, service.seal, wards) for e in envelopes]
        tracking = f"{service.settings.web_url}/tra-cuu"
        slips = [slip_for(session, e.consignment, tracking, wards) for e in envelopes]
        item_codes = {e.consignment.item_id: e.consignment.item_code for e in envelopes}
        routes = [route_sheet_for(session, route, batch, item_codes, wards) for route in _routes(batch)]
        listed = manifest_for(manifest, batch, [e.consignment for e in envelopes], wards)
    return {
        "labels.pdf": labels.draw_labels(sheets, sheet=labels.SHEETS[sheet], skip=skip, private=private),
        "slips.pdf": labels.draw_slips(slips),
        "route-sheets.pdf": labels.draw_route_sheets(routes),
        "manifest.pdf": labels.draw_manifest(listed),
    }


def _enveloped(session: Session, stop: Stop, carrier: str, at: datetime) -> Enveloped:
    consignment = consign(session, stop.item, carrier)
    return Enveloped(stop, consignment, label_of(session, consignment, at))


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
