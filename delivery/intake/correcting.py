"""Correcting a result: what was said before is kept as a version, and whoever has heard of it hears of the change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from delivery.cases import close_case, open_case
from delivery.dispatch.recalling import amend_order, ask_somebody, is_at_ward, locked_live, recall, void_labels
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.intake.promises import kept, said_for
from delivery.intake.row import LONGEST, LONGEST_OTHER, Incoming
from delivery.intake.searching import findable
from delivery.models import AmendmentKind, CaseKind, Consignment, Item, Result, ResultVersion, Submission
from delivery.models.sealed import seals_of
from delivery.places.text import normal
from delivery.rules.lifecycle import TERMINAL, State
from delivery.rules.phones import parse_phone
from delivery.workdays import calendars_of

UNPLACED = {
    "address_key": None, "placed_at": None, "lat": None, "lon": None, "radius_m": None, "quality": None,
    "place_source": None, "new_ward_code": None, "old_ward_code": None, "place_facts": None,
}  # fmt: skip
# What an order tells the carrier of a result, and what stands on its label.
TOLD = ("recipient_name", "phone", "address", "slots")
# What a person corrects, with the point that belongs to the address.
CORRECTED = ("recipient_name", "phone", "address", "given_lat", "given_lon")


@dataclass(frozen=True, slots=True)
class _Corrected:
    """A result that has been corrected: whether it is no longer to be delivered, and whether carriers are told."""

    result: Result
    withdrawn: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise than it was said; empty is what stays."""

    recipient_name: str = ""
    phone: str = ""
    address: str = ""

    @classmethod
    def typed(cls, recipient_name: str, phone: str, address: str) -> "Change":
        """A change as a person types it.

        Raises BadInput when nothing is changed, or a part of it cannot be meant.
        """
        recipient_name, address = _tidy(recipient_name), _tidy(address)
        if len(recipient_name) > LONGEST_OTHER or len(address) > LONGEST["address"]:
            raise BadInput(
                _("A name has {name} characters at most, an address {address}").format(
                    name=LONGEST_OTHER, address=LONGEST["address"]
                )
            )
        try:
            change = cls(recipient_name, parse_phone(phone) if phone.strip() else "", address)
        except ValueError as error:
            raise BadInput(_("Số điện thoại is not a Vietnamese phone number")) from error
        if change == cls():
            raise BadInput(_("Say what is to be corrected: the recipient, the phone number or the address"))
        return change


def correct_by_hand(session: Session, result: Result, change: Change, *, by: str, at: datetime) -> None:
    """Correct whom a result goes to, and where, with all that lies in the same envelope.

    A point that came with the old address does not hold for the new one. Raises BadInput when that is what is known
    already, or when the envelope has come to its end.
    """
    _correct(session, {one: _with(said_of(one), change) for one in _beside(session, result)}, by=by, at=at)


def put_back(session: Session, result: Result, *, by: str, at: datetime) -> None:
    """Undo the last correction: whom it goes to and where, as they were said before, with the point that came along.

    What else lies in the envelope and was corrected at the same moment is put back with it. Raises BadInput when
    nothing was corrected, or when the envelope has come to its end.
    """
    # What was said before may have been erased by its term.
    corrected = [one for one in _beside(session, result) if one.versions and one.versions[-1].content]
    if not corrected:
        raise BadInput(_("Nothing was corrected that could be put back"))
    last = max(one.versions[-1].replaced_at for one in corrected)
    _correct(session, {one: _before(one) for one in corrected if one.versions[-1].replaced_at == last}, by=by, at=at)


def said_of(result: Result) -> Incoming:
    """What is known of a result, in the form in which it comes in."""
    kept = {field.name: getattr(result, field.name) for field in fields(Incoming) if field.name != "promise_is_ours"}
    return Incoming(**{**kept, "promised_date": said_for(result)})


def correct_result(
    session: Session, known: Result, said: Incoming, *, at: datetime, by: str, import_id: int | None = None
) -> None:
    """Take over what is said now; what was said before is kept as a version."""
    corrected = _rewrite(session, known, said, at=at, by=by, import_id=import_id)
    if known.item_id is not None:
        _after_dispatch(session, session.get_one(Item, known.item_id), [corrected], by=by, at=at)


def _rewrite(
    session: Session, known: Result, said: Incoming, *, at: datetime, by: str, import_id: int | None = None
) -> _Corrected:
    now_said = said.said()
    before = said_of(known).said() | {"fingerprint": known.fingerprint}
    content = {name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()}
    session.add(
        ResultVersion(
            result_id=known.id, version=known.version, replaced_at=at, replaced_by_import=import_id, content=content
        )
    )
    moved = any(before[name] != now_said[name] for name in ("address", "given_lat", "given_lon"))
    on_envelope = moved or before["recipient_name"] != said.recipient_name
    changes: dict[str, Any] = {
        **kept(calendars_of(session), said), "fingerprint": said.fingerprint, **findable(seals_of(session), said),
        "version": known.version + 1, "erased_at": None,
    }  # fmt: skip
    if moved:
        changes |= UNPLACED
        close_case(session, CaseKind.ADDRESS, f"result:{known.id}", at=at, by=by, decision="corrected")
    if on_envelope:
        changes["address_version"] = known.address_version + 1
    for name, value in changes.items():
        setattr(known, name, value)
    told = any(before[name] != now_said[name] for name in TOLD)
    return _Corrected(known, withdrawn=bool(before["wants_delivery"]) and not said.wants_delivery, told=told)


def _after_dispatch(
    session: Session, item: Item, corrected: Sequence[_Corrected], *, by: str, at: datetime
) -> None:  # fmt: skip
    """The envelope may carry the old words: its label no longer counts, a person looks at it, the carrier is told.

    Where not all of what is inside goes the new way, none of it may go: somebody has to open the envelope.
    """
    live = locked_live(session, item)
    at_ward = live is None or is_at_ward(live)
    if live is not None and at_ward:
        void_labels(live, at)
    open_case(
        session,
        CaseKind.CHANGED_AFTER_DISPATCH,
        f"item:{item.id}",
        at=at,
        office_id=item.office_id,
        facts={
            "dossier": corrected[0].result.dossier_code,
            "at_ward": at_ward,
            "item_code": live.item_code if live else "",
        },
    )
    if item.collected_at is not None or (live is not None and live.journey in TERMINAL):
        return
    withdrawn = any(each.withdrawn for each in corrected)
    if withdrawn or not item.belongs_together:
        recall(session, item, by=by, reason="withdrawn" if withdrawn else "apart", at=at)
        if live is not None:
            ask_somebody(session, live, at)
    elif any(each.told for each in corrected) and live is not None and _carrier_has_heard(live):
        amend_order(session, live, AmendmentKind.CORRECT, by=by, reason="corrected", at=at)


def _beside(session: Session, result: Result) -> Sequence[Result]:
    """All that lies in the same envelope, or the result alone while it has none."""
    return session.get_one(Item, result.item_id).results if result.item_id is not None else [result]


def _with(known: Incoming, change: Change) -> Incoming:
    typed: dict[str, Any] = {name: value for name, value in asdict(change).items() if value}
    said = replace(known, **typed)
    return replace(said, given_lat=None, given_lon=None) if said.address != known.address else said


def _before(result: Result) -> Incoming:
    before = result.versions[-1].content
    return replace(said_of(result), **{name: before[name] for name in CORRECTED})


def _correct(session: Session, wanted: Mapping[Result, Incoming], *, by: str, at: datetime) -> None:
    result = next(iter(wanted))
    item = session.get(Item, result.item_id) if result.item_id is not None else None
    if item is not None and item.live is not None and item.live.journey is State.DELIVERED:
        raise BadInput(_("{item} has been delivered; there is nothing to correct").format(item=item.live.item_code))
    if item is not None and item.collected_at is not None:
        raise BadInput(_("This envelope was fetched at the counter"))
    otherwise = {one: said for one, said in wanted.items() if said != said_of(one)}
    if not otherwise:
        raise BadInput(_("That is what is known already"))
    corrected = [_rewrite(session, one, said, at=at, by=by) for one, said in otherwise.items()]
    if item is not None:
        _after_dispatch(session, item, corrected, by=by, at=at)


def _carrier_has_heard(live: Consignment) -> bool:
    return live.submission in {Submission.ACCEPTED, Submission.IN_DOUBT}


def _tidy(text: str) -> str:
    return " ".join(normal(text).split())
