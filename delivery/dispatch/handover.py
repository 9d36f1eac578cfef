"""The hand-over: what is scanned is compared with what should be there, and every difference has a name."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.dispatch.batching import lock_batch
from delivery.dispatch.consignments import planned_stops
from delivery.dispatch.contents import not_whole
from delivery.i18n import marked
from delivery.models import Batch, CaseKind, Consignment, Label, Manifest, Scan, Submission
from delivery.rules.codes import read_qr
from delivery.rules.lifecycle import AT_WARD, Fact
from delivery.tracking.events import Report, lock_books, record
from labels.proof import manifest_proof
from postal_api.s10 import ItemCode


class Finding(StrEnum):
    """What a scan meant."""

    OK = "ok"
    ALREADY = "already"
    UNKNOWN = "unknown"
    OTHER_BATCH = "other_batch"
    OLD_LABEL = "old_label"
    NEEDS_QR = "needs_qr"
    RECALLED = "recalled"
    NOT_PLANNED = "not_planned"
    NOT_SUBMITTED = "not_submitted"
    NOT_AT_WARD = "not_at_ward"
    NOT_PACKED = "not_packed"


FINDINGS: dict[Finding, str] = {
    Finding.OK: marked("handed over"),
    Finding.ALREADY: marked("was scanned before"),
    Finding.UNKNOWN: marked("is no code of ours"),
    Finding.OTHER_BATCH: marked("belongs to another batch"),
    Finding.OLD_LABEL: marked("carries an old label; print it again and replace it"),
    Finding.NEEDS_QR: marked("has had several labels; scan its QR code"),
    Finding.RECALLED: marked("was recalled; keep it back"),
    Finding.NOT_PLANNED: marked("has no place in the plan"),
    Finding.NOT_SUBMITTED: marked("is not known to the carrier yet; submit it first"),
    Finding.NOT_AT_WARD: marked("is not at the ward any more"),
    Finding.NOT_PACKED: marked("is not packed and sealed; pack it first"),
}


@dataclass
class HandOver:
    """Both sides of the table: what was accepted, what is missing, and every scan that could not be accepted."""

    accepted: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: list[tuple[str, Finding]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.missing and not self.refused


def hand_over(session: Session, batch: Batch, scans: Iterable[str], *, seal: bytes, at: datetime) -> HandOver:
    """Hand a batch over to the carrier by its scanned codes (item codes, QR codes, or the manifest's one code).

    What is scanned and in order is the carrier's from this moment; what is missing or not in order stays with the
    ward and is named. Scanning the rest later completes the hand-over; scanning twice changes nothing.
    """
    lock_batch(session, batch)
    outcome = take_scans(session, batch, scans, seal=seal, at=at)
    ask_about_differences(session, batch, outcome, at)
    return outcome


def take_scans(
    session: Session, batch: Batch, scans: Iterable[str], *, seal: bytes, at: datetime, by: str = "",
    scan_id: str | None = None,
) -> HandOver:  # fmt: skip
    """The same for a batch that is locked, while the hand-over goes on: nobody is asked yet about what is missing.

    `scan_id` is the name of the scan, where it is a single one.
    """
    expected = expected_of(batch)
    lock_books(session, expected)
    outcome = HandOver()
    # Where the office wants it so, what was not ticked off and sealed stays.
    unpacked = not_whole(session, [each.item for each in expected.values()]) if batch.office.packing_required else set()
    at_hand = {consignment.item_code: consignment for consignment in expected.values()}
    for code in _expanded(batch, scans, expected):
        # What lies on the table is mostly what should; only what is strange is looked for in the whole house.
        named = (at_hand[code], None) if code in at_hand else identify(session, code, seal)
        consignment, finding = _judge(batch, named, expected, unpacked)
        if finding is Finding.OK and consignment is not None:
            finding = _accept(session, batch, consignment, at)
        session.add(
            Scan(
                batch_id=batch.id,
                code=code[:100],
                scanned_at=at,
                finding=finding.value,
                consignment_id=consignment.id if consignment is not None else None,
                scan_id=scan_id,
                scanned_by=by,
            )
        )
        scan_id = None  # of a manifest's many, the first bears the name
        _note(outcome, consignment, code, finding)
    outcome.missing = [c.item_code for c in expected.values() if c.handed_over_in is None]
    return outcome


def expected_of(batch: Batch) -> dict[int, Consignment]:
    """The consignments that should be on the table, by id."""
    live = [stop.item.live for stop in planned_stops(batch)]
    return {consignment.id: consignment for consignment in live if consignment is not None}


def _expanded(batch: Batch, scans: Iterable[str], expected: dict[int, Consignment]) -> Iterable[str]:
    manifest_codes = {manifest.code for manifest in batch.manifests}
    # A camera finds the QR code of the page before its bars; it holds for this list only.
    manifest_codes |= {manifest_proof(manifest.code, manifest.digest) for manifest in batch.manifests}
    for scanned in scans:
        code = scanned.strip()
        if code.upper() in manifest_codes:
            yield from (consignment.item_code for consignment in expected.values())
        elif code:
            yield code


def _judge(
    batch: Batch, named: tuple[Consignment | None, int | None], expected: dict[int, Consignment], unpacked: set[int]
) -> tuple[Consignment | None, Finding]:
    consignment, version = named
    if consignment is None:
        return None, Finding.UNKNOWN
    obstacles = (
        (consignment.handed_over_in is not None, Finding.ALREADY),
        (consignment.submission is Submission.VOID, Finding.OLD_LABEL),
        (consignment.item.batch_id != batch.id, Finding.OTHER_BATCH),
        (consignment.item.recalled_at is not None, Finding.RECALLED),
        (consignment.id not in expected, Finding.NOT_PLANNED),
        (consignment.submission is not Submission.ACCEPTED, Finding.NOT_SUBMITTED),
        (consignment.journey not in AT_WARD, Finding.NOT_AT_WARD),
        (consignment.item_id in unpacked, Finding.NOT_PACKED),
    )
    found = next((finding for stands_in_the_way, finding in obstacles if stands_in_the_way), None)
    return consignment, found or _judge_label(consignment, version)


def _judge_label(consignment: Consignment, version: int | None) -> Finding:
    valid = next((label for label in consignment.labels if label.voided_at is None), None)
    if valid is None or valid.address_version != consignment.item.first.address_version:
        return Finding.OLD_LABEL
    if version is None:
        # The item code is the same on every version of a label; only the QR tells them apart.
        return Finding.OK if valid.version == 1 else Finding.NEEDS_QR
    return Finding.OK if version == valid.version else Finding.OLD_LABEL


def identify(session: Session, code: str, seal: bytes) -> tuple[Consignment | None, int | None]:
    """The consignment that a scanned code names and, where it is the QR, the version of its label."""
    try:
        reference, version = read_qr(code, seal)
        return session.scalar(sa.select(Consignment).where(Consignment.reference == reference)), version
    except ValueError:
        pass
    try:
        item_code = str(ItemCode.parse(code))
    except ValueError:
        return None, None
    return session.scalar(sa.select(Consignment).where(Consignment.item_code == item_code)), None


def _accept(session: Session, batch: Batch, consignment: Consignment, at: datetime) -> Finding:
    """The label is used up by this scan: a second one, even at the same moment elsewhere, finds it used."""
    used = session.execute(
        sa.update(Label)
        .where(Label.consignment_id == consignment.id, Label.voided_at.is_(None), Label.confirmed_at.is_(None))
        .values(confirmed_at=at)
        .returning(Label.id)
    ).first()
    if used is None:
        return Finding.ALREADY
    consignment.handed_over_in = batch.id
    record(session, consignment, Report(Fact.HANDED_OVER, "ward", f"label:{used.id}", at), at)
    return Finding.OK


def _note(outcome: HandOver, consignment: Consignment | None, code: str, finding: Finding) -> None:
    shown = consignment.item_code if consignment is not None else code
    match finding:
        case Finding.OK:
            outcome.accepted.append(shown)
        case Finding.ALREADY:
            outcome.already.append(shown)
        case _:
            outcome.refused.append((shown, finding))


def ask_about_differences(session: Session, batch: Batch, outcome: HandOver, at: datetime) -> None:
    """A case about what is missing or could not be accepted; none any more when nothing is."""
    subject = f"batch:{batch.id}"
    if outcome.complete:
        close_case(session, CaseKind.HAND_OVER, subject, at=at, by="scan", decision="complete")
        return
    facts = {
        "batch": batch.code,
        "missing": outcome.missing,
        "refused": [[code, finding.value] for code, finding in outcome.refused],
    }
    open_case(session, CaseKind.HAND_OVER, subject, at=at, office_id=batch.office_id, facts=facts)


def manifest_of(batch: Batch) -> Manifest | None:
    """The newest manifest of a batch."""
    return batch.manifests[-1] if batch.manifests else None
