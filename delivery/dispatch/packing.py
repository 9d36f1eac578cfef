"""Packing by scan: each result is ticked off as it goes into its envelope, then the envelope is sealed.

A paper in the wrong envelope reaches a stranger; so a result is let into no envelope but its own, and no envelope is
sealed while something is missing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.dispatch.contents import Contents, contents_of_one, open_seal
from delivery.dispatch.envelopes import alone
from delivery.dispatch.recalling import is_at_ward
from delivery.errors import BadInput, ChangedMeanwhile, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import CaseKind, Custody, Item, ItemSeal, Label, PackedResult, Result
from delivery.models.base import Facts

# As seals are printed: digits, often behind letters, some with strokes between.
_SEAL = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{1,18})[A-Z0-9]")


class Answer(StrEnum):
    """What the scan of a result meant."""

    IN = "in"
    ALREADY = "already"
    UNKNOWN = "unknown"
    OTHER_OFFICE = "other_office"
    OTHER_ENVELOPE = "other_envelope"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    RECALLED = "recalled"
    GONE = "gone"
    SEALED = "sealed"
    OLD_LABEL = "old_label"


ANSWERS: dict[Answer, str] = {
    Answer.IN: marked("ticked off; put it into the envelope"),
    Answer.ALREADY: marked("was ticked off before, in this envelope"),
    Answer.UNKNOWN: marked("is no code of ours"),
    Answer.OTHER_OFFICE: marked("belongs to another office; do not pack it here"),
    Answer.OTHER_ENVELOPE: marked("WRONG ENVELOPE: it belongs into another one. Lay it aside"),
    Answer.WITHDRAWN: marked("is not sent: it is handed out at the counter"),
    Answer.WAITING: marked("has no envelope yet: it waits for a batch"),
    Answer.RECALLED: marked("its envelope was recalled; keep it back"),
    Answer.GONE: marked("its envelope is not at the ward any more"),
    Answer.SEALED: marked("is packed already: its envelope is sealed"),
    Answer.OLD_LABEL: marked("was corrected since its label was printed; print the label again first"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One step at the packing table: the name that the page gave it, by whom and when."""

    act_id: str
    by: str
    at: datetime


def results_of(session: Session, dossier_code: str) -> Sequence[Result]:
    """The results of a dossier, one for each copy."""
    wanted = sa.select(Result).where(Result.dossier_code == dossier_code.strip().upper())
    return session.scalars(wanted.order_by(Result.copy_no)).all()


def valid_label(item: Item) -> Label | None:
    """The printed label that may be on the envelope; None while it has to be printed, first or anew."""
    live = item.live
    label = next((one for one in live.labels if one.voided_at is None), None) if live is not None else None
    if label is None or not label.printings or label.address_version != item.first.address_version:
        return None
    return label


def pack(session: Session, result: Result, into: Item | None, act: Act) -> Answer:
    """Tick a result off as lying in its envelope.

    `into` is the envelope that lies open on the table: while it is begun and not sealed, nothing of another is let in.
    The same act again changes nothing and is answered as before.
    """
    if session.scalar(sa.select(PackedResult.id).where(PackedResult.act_id == act.act_id)) is not None:
        return Answer.IN
    if into is not None and result.item_id != into.id and _lies_open(session, into):
        return Answer.OTHER_ENVELOPE
    if not result.wants_delivery:
        return Answer.WITHDRAWN
    item = session.get(Item, result.item_id) if result.item_id is not None else None
    if item is None:
        return Answer.WAITING
    alone(session, item)
    session.refresh(result)
    if result.item_id != item.id:
        raise ChangedMeanwhile(_("Somebody else has changed this meanwhile. Look at it, and save again"))
    return _let_in(session, result, item, act)


def seal(session: Session, item: Item, number: str, act: Act) -> ItemSeal:
    """Seal an envelope in which all is ticked off and on which the right label is.

    Raises BadInput for a number that can be none or is on another envelope, and NotNow while something is missing.
    The same act again changes nothing.
    """
    alone(session, item)
    known = session.scalar(sa.select(ItemSeal).where(ItemSeal.act_id == act.act_id))
    if known is not None:
        return known
    number = seal_number(number)
    _may_be_sealed(item, contents_of_one(session, item))
    made = ItemSeal(
        act_id=act.act_id, item_id=item.id, office_id=item.office_id, number=number, sealed_at=act.at, sealed_by=act.by
    )
    # Whoever seals two envelopes with one number at the same moment is told so by the unique index.
    try:
        with session.begin_nested():
            session.add(made)
    except sa.exc.IntegrityError as error:
        raise BadInput(
            _("Seal {number} was put on another envelope of this office. Read it again, or take the next one").format(
                number=number
            )
        ) from error
    close_case(session, CaseKind.SEAL, f"item:{item.id}", at=act.at, by=act.by, decision="sealed anew")
    return made


def seal_number(typed: str) -> str:
    """A seal's number as it is kept.

    Raises BadInput for what can be none.
    """
    number = "".join(typed.split()).upper()
    if not number.isascii() or _SEAL.fullmatch(number) is None:
        raise BadInput(_("A seal's number has 3 to 20 letters and digits"))
    return number


def undo_last(session: Session, item: Item, act_id: str, *, by: str, at: datetime) -> PackedResult | ItemSeal | None:
    """Take back the last step at an envelope, which the reader saw under that name; None when it is taken back already.

    Raises NotNow once the envelope has left the ward, or when something else was done since.
    """
    alone(session, item)
    if not _is_here(item):
        raise NotNow(_("This envelope is not at the ward any more"))
    last = contents_of_one(session, item).last_step
    if last is None or last.act_id != act_id:
        if _was_taken_back(session, act_id):
            return None
        raise ChangedMeanwhile(_("Something else was done at this envelope since. Look at it again"))
    last.taken_back_at, last.taken_back_by = at, by
    session.flush()
    return last


def report_broken(session: Session, item: Item, at: datetime) -> None:
    """The seal is broken, missing, or has another number: somebody must look what is inside.

    While the envelope is at the ward it counts as open. Raises NotNow when no seal was ever put on it.
    """
    alone(session, item)
    newest = sa.select(ItemSeal).where(ItemSeal.item_id == item.id, ItemSeal.taken_back_at.is_(None))
    known = session.scalars(newest.order_by(ItemSeal.id.desc()).limit(1)).first()
    if known is None:
        raise NotNow(_("No seal was put on this envelope here"))
    if item.custody is Custody.WARD:
        open_seal(session, item, at)
    facts: Facts = {"dossier": item.first.dossier_code, "seal": known.number}
    if item.consignments:
        facts["item_code"] = item.consignments[-1].item_code
    open_case(session, CaseKind.SEAL, f"item:{item.id}", at=at, office_id=item.office_id, facts=facts)


def _lies_open(session: Session, item: Item) -> bool:
    contents = contents_of_one(session, item)
    return contents.is_begun and not contents.is_whole(item) and _is_here(item)


def _is_here(item: Item) -> bool:
    live = item.live
    at_ward = live is None or is_at_ward(live)
    return item.custody is Custody.WARD and item.collected_at is None and at_ward


def _let_in(session: Session, result: Result, item: Item, act: Act) -> Answer:
    contents = contents_of_one(session, item)
    is_printed = item.live is not None and any(label.printings for label in item.live.labels)
    obstacles = (
        (not _is_here(item), Answer.GONE),
        (item.recalled_at is not None, Answer.RECALLED),
        (contents.seal is not None, Answer.SEALED),
        (contents.holds(result), Answer.ALREADY),
        (is_printed and valid_label(item) is None, Answer.OLD_LABEL),
    )
    found = next((answer for stands_in_the_way, answer in obstacles if stands_in_the_way), None)
    if found is not None:
        return found
    # What was ticked off before it was corrected, or in an envelope out of which it was taken, stands no longer.
    before = sa.update(PackedResult).where(PackedResult.result_id == result.id, PackedResult.taken_back_at.is_(None))
    session.execute(before.values(taken_back_at=act.at, taken_back_by=act.by))
    session.add(
        PackedResult(
            act_id=act.act_id, item_id=item.id, result_id=result.id, result_version=result.version, packed_at=act.at,
            packed_by=act.by,
        )
    )  # fmt: skip
    session.flush()
    return Answer.IN


def _may_be_sealed(item: Item, contents: Contents) -> None:
    if not _is_here(item) or item.recalled_at is not None:
        raise NotNow(_("This envelope was recalled, or is not at the ward any more"))
    if contents.seal is not None:
        raise NotNow(_("This envelope is sealed already, with {number}").format(number=contents.seal.number))
    lacking = contents.lacking(item)
    if lacking:
        codes = ", ".join(result.dossier_code for result in lacking)
        raise NotNow(_("Not all is inside yet. Missing: {codes}").format(codes=codes))
    if valid_label(item) is None:
        raise NotNow(_("The label has to be printed first"))


def _was_taken_back(session: Session, act_id: str) -> bool:
    kinds = (PackedResult, ItemSeal)
    return any(
        session.scalar(sa.select(kind.id).where(kind.act_id == act_id, kind.taken_back_at.is_not(None))) is not None
        for kind in kinds
    )
