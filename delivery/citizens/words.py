"""What a recipient may say about an envelope, and what comes of it; each can be taken back."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cases import close_case, find_open, open_case
from delivery.dispatch.envelopes import alone
from delivery.dispatch.recalling import is_at_ward, recall, send_again
from delivery.dispatch.returns import may_go_again
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import CaseKind, CitizenWord, Custody, Item, WordKind
from delivery.models.base import Facts
from delivery.rules.lifecycle import State

# How the books name whoever has proved that an envelope is theirs.
CITIZEN = "citizen"
LONGEST_WORDS = 500
STARS = range(1, 6)
WORDS: dict[WordKind, str] = {
    WordKind.FETCH: marked("will fetch it at the counter"),
    WordKind.AGAIN: marked("asks to have it sent again"),
    WordKind.DISPUTE: marked("did not receive it"),
    WordKind.RATING: marked("has rated the delivery"),
}
# Saying the one is unsaying the other.
_OPPOSITE = {WordKind.FETCH: WordKind.AGAIN, WordKind.AGAIN: WordKind.FETCH}
_ASKED = {WordKind.FETCH: CaseKind.FETCH, WordKind.DISPUTE: CaseKind.DISPUTE}


def may_say(item: Item) -> Collection[WordKind]:
    """What makes sense to say of the envelope as it is now."""
    if item.collected_at is not None or (item.live is not None and item.live.journey is State.DELIVERED):
        return (WordKind.RATING, WordKind.DISPUTE)
    if may_go_again(item):
        return (WordKind.FETCH, WordKind.AGAIN)
    is_here = item.custody is Custody.WARD and (item.live is None or is_at_ward(item.live))
    return (WordKind.FETCH,) if is_here else ()


def said_of(session: Session, item: Item) -> dict[WordKind, CitizenWord]:
    """What was said and stands."""
    wanted = sa.select(CitizenWord).where(CitizenWord.item_id == item.id, CitizenWord.taken_back_at.is_(None))
    return {word.kind: word for word in session.scalars(wanted.order_by(CitizenWord.id))}


def is_looked_into(session: Session, item: Item) -> bool:
    """Whether staff still look for what was not received."""
    return find_open(session, CaseKind.DISPUTE, _subject(item)) is not None


def say(
    session: Session, item: Item, kind: WordKind, at: datetime, *, words: str = "", stars: int | None = None
) -> None:  # fmt: skip
    """Write down what the recipient says; saying it once more brings it up to date.

    Who will fetch an envelope that lies at the ward has it kept there. Raises NotNow for what makes no sense as things
    stand, and BadInput for a rating without stars.
    """
    alone(session, item)
    if kind not in may_say(item):
        raise NotNow(_("That is not possible any more. Look at where your envelope is now"))
    if kind is WordKind.RATING and stars not in STARS:
        raise BadInput(_("Choose one to five stars"))
    said = said_of(session, item)
    if (opposite := said.get(_OPPOSITE.get(kind, kind))) is not None and opposite.kind is not kind:
        _unsay(session, item, opposite, at)
    word = said.get(kind)
    if word is None:
        word = CitizenWord(item_id=item.id, kind=kind, held_back=False)
        session.add(word)
    word.said_at, word.stars = at, stars if kind is WordKind.RATING else None
    word.words = " ".join(words.split())[:LONGEST_WORDS]
    if kind is WordKind.FETCH and item.recalled_at is None:
        recall(session, item, by=CITIZEN, reason="fetch", at=at)
        word.held_back = True
    _ask(session, item, word, at)
    session.flush()


def take_back(session: Session, item: Item, kind: WordKind, at: datetime) -> None:
    """Unsay it; what was kept at the ward for it may travel again.

    Raises NotNow when nothing of the kind was said, or it can no longer be undone.
    """
    alone(session, item)
    word = said_of(session, item).get(kind)
    if word is None:
        raise NotNow(_("Nothing of the kind was said"))
    if item.collected_at is not None and kind is WordKind.FETCH:
        raise NotNow(_("This envelope was fetched at the counter"))
    _unsay(session, item, word, at)


def _unsay(session: Session, item: Item, word: CitizenWord, at: datetime) -> None:
    if word.held_back and item.recalled_at is not None:
        send_again(session, item, by=CITIZEN, at=at)
    word.taken_back_at = at
    if word.kind in _ASKED:
        close_case(session, _ASKED[word.kind], _subject(item), at=at, by=CITIZEN, decision="taken back")
    session.flush()


def _ask(session: Session, item: Item, word: CitizenWord, at: datetime) -> None:
    if word.kind not in _ASKED:
        return
    last = item.consignments[-1].item_code if item.consignments else ""
    facts: Facts = {"dossier": item.first.dossier_code, "item_code": last, "said": word.words}
    told = {name: value for name, value in facts.items() if value}
    open_case(session, _ASKED[word.kind], _subject(item), at=at, office_id=item.office_id, facts=told)


def _subject(item: Item) -> str:
    return f"item:{item.id}"
