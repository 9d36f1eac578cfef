"""What the two sides of the hand-over table sign: a name, strokes or none, and the fingerprint of the list."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.contents import seals_at
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Side, Signature
from delivery.rules.strokes import Strokes, can_be_drawn

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Signing:
    """One signing of both sides: the name that the page gave it, when, and at whose screen."""

    act_id: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature, and whether the list is still the one that was signed."""

    signature: Signature
    holds: bool


def sign(
    session: Session, batch: Batch, side: Side, name: str, strokes: Strokes, signing: Signing
) -> Signature:  # fmt: skip
    """Keep what a side signs: its name, and the list of what was handed over by then.

    The same signing again changes nothing. Raises BadInput without a name, or for strokes that nobody could have drawn.
    """
    act_id = f"{signing.act_id}:{side.value}"
    known = session.scalar(sa.select(Signature).where(Signature.act_id == act_id))
    if known is not None:
        return known
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_("Write the name of whoever signs, in {most} characters at most").format(most=LONGEST_NAME))
    if not can_be_drawn(strokes):
        raise BadInput(_("This signature cannot be kept; sign again"))
    listed = handed_over(session, batch)
    made = Signature(
        batch_id=batch.id, side=side, name=name, counted=len(listed), strokes=strokes, signed_at=signing.at,
        entered_by=signing.by, act_id=act_id, digest=fingerprint(session, listed, signing.at),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def signatures_of(session: Session, batch: Batch) -> dict[Side, Signed]:
    """The newest signature of each side. One that was made before there were fingerprints holds by its count."""
    listed = handed_over(session, batch)
    wanted = sa.select(Signature).where(Signature.batch_id == batch.id).order_by(Signature.id)
    newest = {signature.side: signature for signature in session.scalars(wanted)}
    return {side: Signed(one, _holds(session, one, listed)) for side, one in newest.items()}


def handed_over(session: Session, batch: Batch) -> dict[str, int]:
    """What was handed over with a batch: the item codes, and the envelope of each."""
    wanted = sa.select(Consignment.item_code, Consignment.item_id).where(Consignment.handed_over_in == batch.id)
    return dict(session.execute(wanted).all())


def fingerprint(session: Session, listed: Mapping[str, int], moment: datetime) -> str:
    """The SHA-256 of a list, in hexadecimal: for each envelope a line of its item code and the seal it had then."""
    seals = seals_at(session, list(listed.values()), moment)
    lines = sorted(f"{code} {seals.get(item_id, '')}" for code, item_id in listed.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _holds(session: Session, signature: Signature, listed: Mapping[str, int]) -> bool:
    if not signature.digest:
        return signature.counted == len(listed)
    return compare_digest(signature.digest, fingerprint(session, listed, signature.signed_at))
