"""The hand-over table while people stand at it: scan after scan, both sides' counts, and what they sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import lock_batch
from delivery.dispatch.handover import Finding, HandOver, ask_about_differences, expected_of, take_scans
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Scan, Side, Signature

LONGEST_NAME = 100
MOST_STROKES, MOST_POINTS, FARTHEST = 200, 4000, 1000
Strokes = list[list[list[int]]]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan meant; `accepted` counts more than one only for the manifest's own code."""

    code: str
    finding: Finding
    accepted: int


@dataclass(frozen=True, slots=True)
class Table:
    """How the hand-over of a batch stands: what is the carrier's by now, what is missing, what was not accepted."""

    done: int
    missing: Sequence[Consignment]
    refused: Sequence[tuple[str, Finding]]
    signatures: Mapping[Side, Signature]

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
        return Scanned(outcome.accepted[0], Finding.OK, len(outcome.accepted))
    if outcome.refused:
        return Scanned(*outcome.refused[0], accepted=0)
    return Scanned(outcome.already[0] if outcome.already else code, Finding.ALREADY, accepted=0)


def table_of(session: Session, batch: Batch) -> Table:
    """How it stands now.

    Raises NotNow while the batch has no plan.
    """
    missing = [sent for sent in expected_of(batch).values() if sent.handed_over_in is None]
    signed = session.scalars(sa.select(Signature).where(Signature.batch_id == batch.id).order_by(Signature.id))
    return Table(_handed_over(session, batch), missing, _refused(session, batch), {each.side: each for each in signed})


def sign(
    session: Session, batch: Batch, side: Side, name: str, strokes: Strokes, *, at: datetime, by: str
) -> Signature:  # fmt: skip
    """Keep what a side signs: its name, and that so many envelopes were handed over by then.

    Raises BadInput without a name, or for strokes that nobody could have drawn.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_("Write the name of whoever signs, in {most} characters at most").format(most=LONGEST_NAME))
    if not _can_be_drawn(strokes):
        raise BadInput(_("This signature cannot be kept; sign again"))
    made = Signature(
        batch_id=batch.id, side=side, name=name, counted=_handed_over(session, batch), strokes=strokes, signed_at=at,
        entered_by=by,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


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
    return Scanned(item_code or scan.code, Finding(scan.finding), accepted=int(scan.finding == Finding.OK))


def _handed_over(session: Session, batch: Batch) -> int:
    return session.scalar(sa.select(sa.func.count()).where(Consignment.handed_over_in == batch.id)) or 0


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


def _can_be_drawn(strokes: Strokes) -> bool:
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        return False
    return all(
        len(point) == 2 and all(type(part) is int and 0 <= part <= FARTHEST for part in point)
        for stroke in strokes
        for point in stroke
    )
