"""What a courier's phone takes along in the morning, and how what it sends later is read.

A phone may have kept the app of an older version for days, and speaks to the newest server: names in what is sent and
taken are only ever added, and what a server does not know of an act it refuses by that act's name alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, FiniteFloat, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from delivery.dispatch.papers import route_stop_for
from delivery.dispatch.rounds import Round, RoundStop
from delivery.i18n import gettext as _
from delivery.models import DoorAct, Result
from delivery.moments import local
from delivery.places.wards import WardBook
from delivery.rules.doorstep import PAPERS, REASONS, RECEIVERS, TAKE_BACK_WITHIN, Outcome, Paper, Reason, Receiver
from delivery.rules.doorstep import may_receive as allowed_by
from delivery.rules.lifecycle import State
from delivery.rules.phones import masked
from delivery.rules.policy import must_sign
from delivery.rules.strokes import MOST_POINTS_AT_DOOR, MOST_STROKES_AT_DOOR, Strokes, can_be_drawn
from delivery.tracking.doorstep import Teller, may_take_back, policies_of
from delivery.tracking.following import STATES
from delivery.tracking.from_phones import LONGEST_AGE, KeptAct, KeptBack
from web.doors import SEEN_AT_THE_DOOR, words_of

# So many acts a phone sends at a time; a whole day is fewer.
MOST_ACTS = 200
Json = dict[str, Any]


class _Act(BaseModel):
    id: UUID
    age: FiniteFloat

    @property
    def kept_for(self) -> timedelta:
        """For how long; a clock that was turned back meanwhile would say less than nothing."""
        return timedelta(seconds=min(max(self.age, 0.0), LONGEST_AGE.total_seconds()))


_Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]


def _drawn(strokes: Strokes) -> Strokes:
    if not can_be_drawn(strokes, MOST_STROKES_AT_DOOR, MOST_POINTS_AT_DOOR):
        raise ValueError("no signature")
    return strokes


_Drawn = Annotated[Strokes, AfterValidator(_drawn)]


class _Delivered(_Act):
    kind: Literal["delivered"]
    item: _Code
    receiver: Receiver
    papers: Annotated[list[Paper], Field(max_length=len(Paper))]
    # What a phone with an older version of the app does not know to send.
    signature: _Drawn | None = None

    def kept(self) -> KeptAct:
        papers = tuple(dict.fromkeys(self.papers))
        return KeptAct(
            self.id, self.item, Outcome.DELIVERED, self.kept_for, self.receiver, papers, strokes=self.signature or None
        )


class _Failed(_Act):
    kind: Literal["failed"]
    item: _Code
    reason: Reason

    def kept(self) -> KeptAct:
        return KeptAct(self.id, self.item, Outcome.FAILED, self.kept_for, reason=self.reason)


class _TakeBack(_Act):
    kind: Literal["take_back"]
    act: UUID

    def kept(self) -> KeptBack:
        return KeptBack(self.id, self.act, self.kept_for)


class Sent(BaseModel):
    """What a phone sends: for whom it speaks, and the acts in their order, each to be read on its own."""

    who: int
    acts: list[Any]


_ACT: TypeAdapter[_Delivered | _Failed | _TakeBack] = TypeAdapter(
    Annotated[_Delivered | _Failed | _TakeBack, Field(discriminator="kind")]
)


def read_sent(body: bytes) -> Sent | None:
    """The letter of a phone; None for what is none."""
    try:
        return Sent.model_validate_json(body)
    except ValidationError:
        return None


def read_kept(act: object) -> KeptAct | KeptBack | None:
    """One act; None for what has a shape or words that are not in our lists."""
    try:
        return _ACT.validate_python(act).kept()
    except ValidationError:
        return None


def name_of(act: object) -> str:
    """The name that an act carries, to be answered by, even where nothing else of it can be read."""
    name = act.get("id") if isinstance(act, dict) else None
    return name[:100] if isinstance(name, str) else ""


def lists() -> Json:
    """The words of the door in the reader's language: they come with the round, from the server that knows it.

    Each is a list of names with their words: what is an object has no order once it is JSON.
    """
    return {
        "receivers": [(one.value, _(text)) for one, text in RECEIVERS.items()],
        "papers": [(one.value, _(PAPERS[one])) for one in (*SEEN_AT_THE_DOOR, Paper.AUTHORISATION)],
        "reasons": [(one.value, _(rule.text)) for one, rule in REASONS.items()],
        "states": [(one.value, _(text)) for one, text in STATES.items()],
    }


def rounds_for_phone(
    session: Session, rounds: Sequence[Round], teller: Teller, wards: WardBook, at: datetime
) -> list[Json]:
    """The rounds with all that the pages of their doors say, and nothing of what is inside the envelopes."""
    return [
        {
            "batch": one.batch.code,
            "route": one.route.code,
            "stops": [_stop(session, stop, teller, wards, at) for stop in one.stops],
        }
        for one in rounds
    ]


def _stop(session: Session, each: RoundStop, teller: Teller, wards: WardBook, at: datetime) -> Json:
    told, phone = route_stop_for(session, each.stop, each.sent, wards), each.stop.item.first.phone
    policies = policies_of(session, each.stop.item)
    allowed = allowed_by(policies)
    return {
        "number": each.stop.position,
        "item": each.sent.item_code,
        "reference": each.sent.reference,
        "name": told.receiver.name,
        "address": told.receiver.address,
        "area": told.receiver.area,
        "planned": told.arrival,
        "slot": told.slot,
        "collect": told.to_collect,
        "note": told.note,
        "must_show": told.must_show,
        "way": _way(each.stop.item.first),
        "phone": phone,
        "phone_shown": masked(phone) if phone else "",
        "receivers": [one.value for one in allowed],
        "papers": [one.value for one in SEEN_AT_THE_DOOR],
        "authorisation": Receiver.AUTHORISED in allowed,
        "sign": must_sign(policies),
        "state": each.sent.journey.value,
        "at_ward": each.not_in_bag,
        # What was delivered is in the bag again once the act that said so is taken back; what lies at the ward may be
        # handed over when the phone has no network any more.
        "can_be_told": each.in_bag or each.not_in_bag or each.sent.journey is State.DELIVERED,
        "acts": [_act(act, teller, at) for act in each.sent.acts],
    }


def _way(result: Result) -> str:
    """What the phone's own map opens at the door (RFC 5870): the place and no name; empty where it is not known."""
    if result.lat is None or result.lon is None:
        return ""
    here = f"{result.lat:.5f},{result.lon:.5f}"
    return f"geo:{here}?q={here}"


def _act(act: DoorAct, teller: Teller, at: datetime) -> Json:
    left = act.received_at + TAKE_BACK_WITHIN - at
    return {
        "id": act.act_id,
        "kind": act.outcome.value,
        "words": words_of(act),
        "at": f"{local(act.occurred_at):%H:%M}",
        "stands": act.stands,
        "seconds_to_take_back": max(0, int(left.total_seconds())) if may_take_back(act, teller, at) else 0,
    }
