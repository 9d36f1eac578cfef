"""What lies at the ward and is in nobody's hands: fetched at the counter, or sent once more if two people agree."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from delivery.cases import close_case
from delivery.dispatch.envelopes import alone
from delivery.dispatch.recalling import check_together
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import CaseKind, Custody, Item, Resend
from delivery.rules.doorstep import PAPERS, RECEIVERS, Paper, Receiver, may_receive, missing_paper
from delivery.rules.lifecycle import State
from delivery.tracking.doorstep import policies_of
from delivery.tracking.events import ask_about_return

# A slip of the hand is noticed on the same day; later the paper may well be gone.
TAKE_BACK_WITHIN = timedelta(hours=24)
SHORTEST_REASON, LONGEST_REASON = 3, 200
# What is no question any more once it is fetched, or goes again.
ANSWERED = (CaseKind.RETURNED, CaseKind.RECALL, CaseKind.LEFT_OUT, CaseKind.CHANGED_AFTER_DISPATCH, CaseKind.FETCH)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Into whose hands an envelope was put at the counter, and what was shown."""

    receiver: Receiver
    papers: tuple[Paper, ...]


def may_be_fetched(item: Item) -> bool:
    """Whether it lies at the ward and no carrier has been told of it, or none has it any more."""
    return item.custody is Custody.WARD and item.collected_at is None and item.live is None


def hand_out(session: Session, item: Item, fetched: Fetched, *, by: str, at: datetime) -> None:
    """Write down that an envelope was fetched at the counter: no plan, no paper and no hand-over takes it along.

    Raises NotNow while a carrier may have it or a part of it belongs elsewhere, and BadInput when the procedure lets
    nobody like that have it, or the papers do not prove who it is.
    """
    alone(session, item)
    if not may_be_fetched(item):
        raise NotNow(_("This envelope does not lie here free to be fetched. Recall it first, or look where it is"))
    check_together(item)
    if fetched.receiver not in may_receive(policies_of(session, item)):
        raise BadInput(
            _("The procedure does not allow handing it to {whom}").format(whom=_(RECEIVERS[fetched.receiver]))
        )
    if missing := missing_paper(fetched.receiver, fetched.papers):
        raise BadInput(_(missing))
    item.collected = {
        "receiver": fetched.receiver.value, "papers": [paper.value for paper in fetched.papers], "by": by,
        "was_recalled": item.recalled_at.isoformat() if item.recalled_at is not None else None,
    }  # fmt: skip
    item.collected_at, item.recalled_at, item.custody = at, item.recalled_at or at, Custody.RECIPIENT
    _close(session, item, by, at, "fetched at the counter")
    session.flush()


def undo_hand_out(session: Session, item: Item, at: datetime) -> None:
    """It was a mistake: the envelope lies here as before.

    Raises NotNow when nothing was written down, or it is too long ago.
    """
    alone(session, item)
    if item.collected_at is None or item.collected is None:
        raise NotNow(_("Nobody has fetched this envelope"))
    if at - item.collected_at > TAKE_BACK_WITHIN:
        raise NotNow(_("That was written down more than a day ago; look for the envelope first"))
    recalled = item.collected["was_recalled"]
    item.recalled_at = datetime.fromisoformat(recalled) if recalled else None
    item.collected_at, item.collected, item.custody = None, None, Custody.WARD
    _ask_again(session, item, at)
    session.flush()


def fetched_of(item: Item) -> Fetched | None:
    """Who fetched it, if anybody has."""
    if item.collected is None:
        return None
    return Fetched(Receiver(item.collected["receiver"]), tuple(Paper(name) for name in item.collected["papers"]))


def words_of(fetched: Fetched) -> str:
    """The same in the reader's words."""
    papers = ", ".join(_(PAPERS[paper]) for paper in fetched.papers)
    return _("Fetched by {whom} ({papers})").format(whom=_(RECEIVERS[fetched.receiver]), papers=papers)


def receivers_of(session: Session, item: Item) -> Collection[Receiver]:
    """Who may have it at the counter."""
    return may_receive(policies_of(session, item))


def may_go_again(item: Item) -> bool:
    """Whether it came back from its last sending and lies here, so that it could be sent once more."""
    return may_be_fetched(item) and bool(item.consignments) and item.consignments[-1].journey is State.RETURNED


def ask_to_send_again(session: Session, item: Item, *, by: str, reason: str, at: datetime) -> Resend:
    """Wish that what came back is sent once more; it goes only when somebody else agrees.

    Raises BadInput without a reason, NotNow when it is not here or the wish is there already.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise BadInput(_("Say why it is sent again, for whoever is to agree"))
    alone(session, item)
    if not may_go_again(item):
        raise NotNow(_("Only what came back and lies here can be sent again"))
    if item.wish is not None:
        raise NotNow(_("Somebody has asked for that already"))
    wish = Resend(item=item, consignment_id=item.consignments[-1].id, wanted_by=by, wanted_at=at, reason=reason)
    session.add(wish)
    session.flush()
    return wish


def agree(session: Session, item: Item, *, by: str, at: datetime) -> None:
    """Agree that it is sent once more, with the next batch that is gathered: postage is due a second time.

    Raises NotNow when nobody has asked, and for whoever asked: a second sending is two people's decision; and when a
    part of what is inside belongs elsewhere.
    """
    alone(session, item)
    wish = _wish(item)
    if not may_go_again(item):
        raise NotNow(_("Only what came back and lies here can be sent again"))
    if wish.wanted_by == by:
        raise NotNow(_("Somebody else must agree: whoever asks for a second sending does not decide it"))
    check_together(item)
    if wish.agreed_at is None:
        wish.agreed_by, wish.agreed_at = by, at
        item.recalled_at = None
        _close(session, item, by, at, "sent again")
    session.flush()


def take_wish_back(session: Session, item: Item, *, by: str, at: datetime) -> None:
    """It is not sent again after all; possible until it is on its way.

    Raises NotNow when nobody has asked, or it is under way already.
    """
    alone(session, item)
    if item.live is not None:
        raise NotNow(_("It is on its way already; recall it instead"))
    wish = _wish(item)
    wish.taken_back_by, wish.taken_back_at = by, at
    _ask_again(session, item, at)
    session.flush()


def _wish(item: Item) -> Resend:
    if item.wish is None:
        raise NotFound(_("Nobody has asked for that"))
    return item.wish


def _close(session: Session, item: Item, by: str, at: datetime, decision: str) -> None:
    for kind in ANSWERED:
        close_case(session, kind, f"item:{item.id}", at=at, by=by, decision=decision)


def _ask_again(session: Session, item: Item, at: datetime) -> None:
    """It is an open question once more what becomes of it."""
    if may_go_again(item):
        ask_about_return(session, item.consignments[-1], at)
