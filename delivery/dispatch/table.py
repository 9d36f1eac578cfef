"""The hand-over table while people stand at it: scan after scan, both sides' counts, and what they sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import lock_batch
from delivery.dispatch.contents import contents_of, contents_of_one
from delivery.dispatch.handover import Finding, HandOver, ask_about_differences, expected_of, take_scans
from delivery.dispatch.signatures import Signed, handed_over, signatures_of
from delivery.models import Batch, Consignment, Item, Scan, Side

CODES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan meant; `accepted` counts more than one only for the manifest's own code.

    `seal` is the number that should be on the envelope, `half_packed` whether not all was ticked off in it.
    """

    code: str
    finding: Finding
    accepted: int
    seal: str = ""
    half_packed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """How the hand-over of a batch stands: what is the carrier's by now, what is missing, what was not accepted.

    `half_packed` are those among the missing in which not all was ticked off and sealed: none where nobody packs by
    scan, all that are not whole where the office wants it so.
    """

    done: int
    missing: Sequence[Consignment]
    refused: Sequence[tuple[str, Finding]]
    signatures: Mapping[Side, Signed]
    half_packed: Sequence[Consignment]

    @property
    def expected(self) -> int:
        return self.done + len(self.missing)


def take_scan(
    session: Session, batch: Batch, code: str, scan_id: str, *, seal: bytes, at: datetime, by: str
) -> Scanned:  # fmt: skip
    """Take one scan; the same scan sent again means what it meant the first time."""
    lock_batch(session, batch)
    if (known := _answered(session, batch, scan_id)) is not None:
        return known
    outcome = take_scans(session, batch, [code], seal=seal, at=at, by=by, scan_id=scan_id)
    if outcome.accepted:
        return _taken(session, outcome.accepted)
    if outcome.refused:
        return Scanned(*outcome.refused[0], accepted=0)
    return Scanned(outcome.already[0] if outcome.already else code, Finding.ALREADY, accepted=0)


def _taken(session: Session, item_codes: Sequence[str]) -> Scanned:
    wanted = sa.select(Consignment).where(Consignment.item_code.in_(item_codes[:1]))
    seal = contents_of_one(session, session.scalars(wanted).one().item).seal if len(item_codes) == 1 else None
    number = seal.number if seal is not None else ""
    return Scanned(item_codes[0], Finding.OK, len(item_codes), number, _any_half(session, item_codes))


def _any_half(session: Session, item_codes: Sequence[str]) -> bool:
    """Whether packing was begun and not ended in any of these envelopes."""
    items: list[Item] = []
    for start in range(0, len(item_codes), CODES_AT_ONCE):
        some = Consignment.item_code.in_(item_codes[start : start + CODES_AT_ONCE])
        items += session.scalars(sa.select(Item).join(Item.consignments).where(some))
    inside = contents_of(session, items)
    return any(inside[item.id].is_begun and not inside[item.id].is_whole(item) for item in items)


def table_of(session: Session, batch: Batch) -> Table:
    """How it stands now.

    Raises NotNow while the batch has no plan.
    """
    missing = [sent for sent in expected_of(batch).values() if sent.handed_over_in is None]
    done = len(handed_over(session, batch))
    return Table(done, missing, _refused(session, batch), signatures_of(session, batch), _half(session, batch, missing))


def finish(session: Session, batch: Batch, at: datetime) -> Table:
    """End the hand-over for now: what is missing becomes a case, until a later scan completes it."""
    lock_batch(session, batch)
    table = table_of(session, batch)
    # Where nothing is missing, what was laid aside belongs to another hand-over.
    refused = list(table.refused) if table.missing else []
    outcome = HandOver(missing=[sent.item_code for sent in table.missing], refused=refused)
    ask_about_differences(session, batch, outcome, at)
    return table


def _answered(session: Session, batch: Batch, scan_id: str) -> Scanned | None:
    """What a scan of that name meant, if it has been taken."""
    named = sa.select(Scan, Consignment.item_code).outerjoin(Consignment, Scan.consignment_id == Consignment.id)
    found = session.execute(named.where(Scan.batch_id == batch.id, Scan.scan_id == scan_id)).first()
    if found is None:
        return None
    scan, item_code = found
    if item_code is not None and scan.finding == Finding.OK:
        return _taken(session, [item_code])
    return Scanned(item_code or scan.code, Finding(scan.finding), accepted=0)


def _half(session: Session, batch: Batch, missing: Sequence[Consignment]) -> list[Consignment]:
    inside = contents_of(session, [sent.item for sent in missing])
    return [
        sent
        for sent in missing
        if not inside[sent.item_id].is_whole(sent.item)
        and (batch.office.packing_required or inside[sent.item_id].is_begun)
    ]


def _refused(session: Session, batch: Batch) -> list[tuple[str, Finding]]:
    """What was scanned and is still not the carrier's: the newest finding of each, in the order of the scans."""
    kept = (Finding.OK.value, Finding.ALREADY.value)
    wanted = (
        sa.select(Scan, Consignment.item_code)
        .outerjoin(Consignment, Scan.consignment_id == Consignment.id)
        .where(Scan.batch_id == batch.id, Scan.finding.not_in(kept), Consignment.handed_over_in.is_(None))
        .order_by(Scan.id)
    )
    return list({item_code or scan.code: Finding(scan.finding) for scan, item_code in session.execute(wanted)}.items())
