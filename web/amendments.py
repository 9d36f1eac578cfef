"""What may be done about an envelope that is arranged already: recalled, released, corrected; and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from delivery.dispatch.amendment_words import KINDS, state_of
from delivery.dispatch.recalling import amendments_of, may_be_taken_back, open_amendment
from delivery.i18n import gettext as _
from delivery.models import Amendment, AmendmentKind, AmendmentState, Consignment, Item
from delivery.rules.lifecycle import State

TROUBLED = frozenset({AmendmentState.ASKED, AmendmentState.REFUSED})


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """A recall or correction as a line of a page."""

    amendment: Amendment
    what: str
    state: str

    @property
    def alarming(self) -> bool:
        """Whether somebody may have to do something about it."""
        return self.amendment.state in TROUBLED


@dataclass(frozen=True, slots=True)
class Changes:
    """What was asked about an envelope, the newest first, and which buttons it has now."""

    lines: Sequence[AmendmentLine]
    may_recall: bool
    may_release: bool
    is_given_up: bool
    may_correct: bool
    may_put_back: bool


def changes_of(session: Session, item: Item) -> Changes:
    """The recalls and corrections of an envelope, and what may be done next."""
    live = item.live
    asked = open_amendment(session, live) if live is not None else None
    ended = item.collected_at is not None or (live is not None and live.journey is State.DELIVERED)
    given_up = live is not None and live.journey is State.CANCELLED
    lines = [AmendmentLine(one, _(KINDS[one.kind]), _(state_of(one))) for one in amendments_of(session, item)]
    return Changes(
        lines=lines[::-1],
        may_recall=not ended and not given_up and _may_ask(item, live, asked),
        may_release=item.recalled_at is not None
        and not ended
        and not given_up
        and (asked is None or may_be_taken_back(asked)),
        is_given_up=given_up,
        may_correct=not ended,
        may_put_back=not ended and bool(item.first.versions),
    )


def _may_ask(item: Item, live: Consignment | None, asked: Amendment | None) -> bool:
    """Asking twice changes nothing; asking again after a refusal may."""
    if item.recalled_at is None:
        return asked is None or asked.kind is not AmendmentKind.RECALL
    return live is not None and asked is None
