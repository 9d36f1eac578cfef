"""A person's account here, tied to one at the provider of identities: who comes in that way is who was tied before.

An administrator allows it for one account, and within a week the person ties the two: logged in here, password in hand,
and then logged in there. So nobody is let in because a provider calls them by a name or an address that we know, which
others may come to have; what counts is the provider's own number for a person, which the person has brought. Of that
number only a keyed hash is kept.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.errors import NotNow, NotProven
from delivery.i18n import gettext as _
from delivery.models import ProviderTie, Staff
from delivery.rules.identity import Doubt, Shown
from web.people import end_logins, is_paused, let_in, note
from web.second_factor import locked

OFFER_LASTS = timedelta(days=7)
LETTERS_IN_THE_BOOK = 16
# How the books name whoever came from a provider and is nobody here.
STRANGER = "provider"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands with the provider: tied, allowed to be tied, or with a tie that could be given back."""

    tied: ProviderTie | None = None
    offered: ProviderTie | None = None
    ended: ProviderTie | None = None


def standing(session: Session, staff_id: int, issuer: str, at: datetime) -> Standing:
    """How an account stands with a provider."""
    theirs = sa.select(ProviderTie).where(ProviderTie.staff_id == staff_id, ProviderTie.issuer == issuer)
    now = session.scalar(theirs.where(ProviderTie.ended_at.is_(None)))
    if now is not None and now.tied_at is not None:
        return Standing(tied=now)
    past = theirs.where(ProviderTie.ended_at.is_not(None), ProviderTie.tied_at.is_not(None))
    ended = session.scalars(past.order_by(ProviderTie.ended_at.desc(), ProviderTie.id.desc()).limit(1)).first()
    return Standing(offered=now if now is not None and now.holds_until > at else None, ended=ended)


def offer(session: Session, staff: Staff, issuer: str, by: str, at: datetime) -> None:
    """Allow a person to tie their account to one at the provider, within a week. The row must be locked.

    Raises NotNow where it is tied.
    """
    tie = _open(session, staff.id, issuer)
    if tie is not None and tie.tied_at is not None:
        raise NotNow(_("This account is tied already. To tie it to another one, end that first"))
    if tie is None:
        tie = ProviderTie(staff_id=staff.id, issuer=issuer)
        session.add(tie)
    tie.offered_at, tie.offered_by, tie.holds_until = at, by, at + OFFER_LASTS
    note(session, by, "allowed a tie", f"staff:{staff.id}", at)


def end(session: Session, staff: Staff, issuer: str, by: str, at: datetime) -> None:
    """End a tie, or that one may be made: nobody comes in by it, and every log-in of the person ends.

    The row must be locked. Raises NotNow where there is none.
    """
    tie = _open(session, staff.id, issuer)
    if tie is None:
        raise NotNow(_("This account is not tied"))
    tie.ended_at, tie.ended_by = at, by
    if tie.tied_at is not None:
        end_logins(staff)
    note(session, by, "ended a tie", f"staff:{staff.id}", at)


def give_back(session: Session, staff: Staff, issuer: str, by: str, at: datetime) -> None:
    """Undo the end of a tie. The row must be locked.

    Raises NotNow where there is none to be given back, or it is another person's by now.
    """
    ended = standing(session, staff.id, issuer, at).ended
    if ended is None or ended.subject_hash is None:
        raise NotNow(_("There is nothing to be given back"))
    if _tied_to(session, issuer, ended.subject_hash) is not None:
        raise NotNow(_("That account of the provider is another person's here by now"))
    if (offered := _open(session, staff.id, issuer)) is not None:
        offered.ended_at, offered.ended_by = at, by
        # The one must have ended in the table before the other stands again.
        session.flush()
    ended.ended_at = ended.ended_by = None
    note(session, by, "gave a tie back", f"staff:{staff.id}", at)


def tie(session: Session, staff: Staff, shown: Shown, key: bytes, at: datetime) -> None:
    """Tie a person's account to whom the provider shows. The row must be locked.

    Raises NotProven where nobody has allowed it, or whom it shows is another person here.
    """
    offered = _open(session, staff.id, shown.issuer)
    if offered is None or offered.tied_at is not None or offered.holds_until <= at:
        raise NotProven(Doubt.NOT_OFFERED)
    hashed = hash_of(key, shown.issuer, shown.subject)
    if _tied_to(session, shown.issuer, hashed) is not None:
        raise NotProven(Doubt.TAKEN)
    try:
        with session.begin_nested():
            offered.subject_hash, offered.tied_at = hashed, at
            session.flush()
    except sa.exc.IntegrityError as error:
        # Of two who tie the same at once, the table lets one.
        raise NotProven(Doubt.TAKEN) from error
    note(session, staff.username, "tied the account", f"staff:{staff.id}", at)


def enter(session: Session, shown: Shown, key: bytes, at: datetime, *, is_second_factor: bool) -> Staff:
    """The person here whom the provider shows; let in, unless our own second step is still to come.

    Raises NotProven for whoever is tied to nobody, or to a closed account, and during a pause after wrong tries.
    """
    found = _tied_to(session, shown.issuer, hash_of(key, shown.issuer, shown.subject))
    staff = locked(session, found.staff_id) if found is not None else None
    if found is None or staff is None or not staff.active or not _still_stands(session, found):
        raise NotProven(Doubt.UNKNOWN)
    if is_paused(staff, at):
        raise NotProven(Doubt.PAUSED)
    if staff.second_factor is None or is_second_factor:
        let_in(session, staff, at, by_provider=True)
    return staff


def end_logins_of(session: Session, issuer: str, subject: str, key: bytes, at: datetime) -> bool:
    """End every log-in of the person whom the provider says to have logged out there; whether there is one."""
    found = _tied_to(session, issuer, hash_of(key, issuer, subject))
    staff = locked(session, found.staff_id) if found is not None else None
    if staff is None:
        return False
    end_logins(staff)
    note(session, STRANGER, "ended all log-ins", f"staff:{staff.id}", at)
    return True


def hash_of(key: bytes, issuer: str, subject: str) -> bytes:
    """By what a person of a provider is known again."""
    return hmac.digest(key, f"provider\0{issuer}\0{subject}".encode(), "sha256")


def in_the_book(key: bytes, shown: Shown | None) -> str:
    """Who tried, as the book may say it: the same for the same person, and nothing of who it is."""
    return hash_of(key, shown.issuer, shown.subject).hex()[:LETTERS_IN_THE_BOOK] if shown is not None else ""


def _open(session: Session, staff_id: int, issuer: str) -> ProviderTie | None:
    return session.scalar(
        sa.select(ProviderTie).where(
            ProviderTie.staff_id == staff_id, ProviderTie.issuer == issuer, ProviderTie.ended_at.is_(None)
        )
    )


def _tied_to(session: Session, issuer: str, hashed: bytes) -> ProviderTie | None:
    return session.scalar(
        sa.select(ProviderTie).where(
            ProviderTie.issuer == issuer, ProviderTie.subject_hash == hashed, ProviderTie.ended_at.is_(None)
        )
    )


def _still_stands(session: Session, found: ProviderTie) -> bool:
    """Whether nobody has ended the tie while its person's row was waited for."""
    session.refresh(found)
    return found.ended_at is None
