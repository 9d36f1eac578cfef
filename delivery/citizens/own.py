"""The page of one's own envelope: what the public may see, and what only whoever it is for may."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from delivery.citizens.words import is_looked_into, may_say, said_of
from delivery.dispatch.rounds import planned_moment
from delivery.models import CitizenWord, Item, Office, WordKind
from delivery.moments import local
from delivery.rules.arrival import arrival_window
from delivery.rules.lifecycle import OUT, State
from delivery.rules.policy import must_show
from delivery.tracking.doorstep import policies_of
from delivery.tracking.following import PublicView, public_view


@dataclass(frozen=True, slots=True)
class OwnView:
    """What a recipient sees: no name, no address and no dossier either, for three digits are no identity card.

    `window` is when somebody may be expected today; None when nobody is.
    """

    seen: PublicView
    office: Office
    inside: int
    must_show: str
    window: tuple[datetime, datetime] | None
    may_say: Collection[WordKind]
    said: Mapping[WordKind, CitizenWord]
    is_looked_into: bool


def own_view(session: Session, item: Item, at: datetime) -> OwnView:
    """The recipient's view of an envelope."""
    seen = public_view(session, item.tracking_code)
    assert seen is not None  # noqa: S101  its own code finds it
    return OwnView(
        seen=seen,
        office=item.office,
        inside=len(item.results),
        must_show=must_show(policies_of(session, item)),
        window=_window(session, item, at),
        may_say=may_say(item),
        said=_standing(session, item),
        is_looked_into=is_looked_into(session, item),
    )


def _standing(session: Session, item: Item) -> dict[WordKind, CitizenWord]:
    """What was said, without the wish to fetch what the ward has let go again since."""
    said = said_of(session, item)
    return {kind: word for kind, word in said.items() if kind is not WordKind.FETCH or item.recalled_at is not None}


def _window(session: Session, item: Item, at: datetime) -> tuple[datetime, datetime] | None:
    live = item.live
    if live is None or live.journey not in OUT - {State.ATTEMPT_FAILED}:
        return None
    planned = planned_moment(session, live)
    if planned is None or local(planned).date() != local(at).date():
        return None
    window = arrival_window(planned)
    return window if at < window[1] else None
