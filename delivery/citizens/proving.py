"""Proving that an envelope is one's own: its tracking code, and the last three digits of the recipient's telephone.

Whoever finds a slip has the code alone, whoever knows the person the telephone alone. Three digits can be guessed, so
wrong tries are counted for each envelope; from the fifth in a row on each leads to a pause, for whoever asks.
"""

from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy.orm import Session

from delivery.errors import NotFound
from delivery.models import Item, Proving
from delivery.rules.codes import parse_tracking_code
from delivery.rules.tries import pause_after
from delivery.tracking.following import find_items

DIGITS = 3
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=12)


def prove(session: Session, code: str, digits: str, at: datetime) -> Item | None:
    """The envelope that is theirs; None for whatever is wrong, a pause among it, so that nothing is told by it."""
    item = _by_code(session, code)
    if item is None:
        return None
    # Locked, so that of many guesses made at once each is counted.
    session.refresh(item, with_for_update=True)
    tries = session.get(Proving, item.id) or Proving(item_id=item.id, wrong=0)
    session.add(tries)
    if tries.paused_until is not None and tries.paused_until > at:
        return None
    phone = item.first.phone
    if len(phone) > DIGITS and compare_digest(phone[-DIGITS:].encode(), digits.strip().encode()):
        tries.wrong, tries.paused_until = 0, None
        return item
    tries.wrong += 1
    if pause := pause_after(tries.wrong, FIRST_PAUSE, LONGEST_PAUSE):
        tries.paused_until = at + pause
    return None


def _by_code(session: Session, code: str) -> Item | None:
    try:
        found = find_items(session, parse_tracking_code(code))
    except (ValueError, NotFound):
        return None
    return found[0]
