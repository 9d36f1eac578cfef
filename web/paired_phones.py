"""A courier's phone is let in at the desk: by a secret that is shown for five minutes and used once.

The desk shows the secret as a picture, and a short code beside it for phones that cannot read pictures. Of both only
hashes are kept, keyed, because forty bits alone would be found again by trying. What the phone then has is a log-in of
its own, which the desk can end.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from delivery.models import Courier, PairedPhone, Pairing, Staff
from web import logins
from web.people import note

LASTS = timedelta(minutes=5)
UNDO_WITHIN = timedelta(minutes=2)
SHOWN_FOR = timedelta(days=30)
SECRET_BYTES, CODE_LENGTH = 32, 8
# What nobody takes for another when it is read out or copied by hand.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
# In this order: each says that it is those that follow as well.
BROWSERS = {
    "SamsungBrowser": "Samsung Internet", "EdgA": "Edge", "Edg": "Edge", "OPR": "Opera", "coc_coc_browser": "Cốc Cốc",
    "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """What the desk shows once, and what is kept nowhere as it stands here."""

    pairing: Pairing
    secret: str
    code: str


def accounts_of(session: Session, courier: Courier) -> Sequence[Staff]:
    """The open accounts that see the rounds of a courier; there is seldom more than one."""
    theirs = sa.select(Staff).where(Staff.courier_id == courier.id, Staff.active)
    return session.scalars(theirs.order_by(Staff.username)).all()


def offer(session: Session, staff: Staff, key: bytes, by: str, at: datetime) -> Offer:
    """Let one phone be paired with an account, within five minutes; what was shown before holds no longer."""
    session.execute(sa.delete(Pairing).where(Pairing.made_at < at - SHOWN_FOR))
    earlier = sa.and_(Pairing.staff_id == staff.id, Pairing.phone_id.is_(None), Pairing.holds_until > at)
    session.execute(sa.update(Pairing).where(earlier).values(holds_until=at))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    code = "".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH))
    made = Pairing(
        staff_id=staff.id, secret_hash=_hashed(key, secret), code_hash=_hashed(key, code), made_at=at, made_by=by,
        holds_until=at + LASTS,
    )  # fmt: skip
    session.add(made)
    note(session, by, "offered a pairing", f"staff:{staff.id}", at)
    session.flush()
    return Offer(made, secret, code)


def offered_to(session: Session, key: bytes, shown: str, at: datetime) -> Staff | None:
    """Whose phone would be paired by a secret or a code; None for whatever does not hold, for whichever reason."""
    pairing = session.scalar(_open(key, shown, at).options(joinedload(Pairing.staff).joinedload(Staff.courier)))
    return pairing.staff if pairing is not None else None


def pair(session: Session, key: bytes, shown: str, agent: str, login: str, at: datetime) -> Staff | None:
    """Use a secret or a code up, and remember the phone by the name of its log-in; None as `offered_to`.

    `agent` is what the phone's browser says of itself.
    """
    # Locked, so that of two phones that show the same at once only one is let in.
    pairing = session.scalar(_open(key, shown, at).with_for_update(of=Pairing))
    if pairing is None:
        return None
    staff = pairing.staff
    named = sa.exists().where(Pairing.phone_id == PairedPhone.id)
    session.execute(sa.delete(PairedPhone).where(PairedPhone.paired_at < at - SHOWN_FOR, ~named))
    pairing.phone = PairedPhone(
        staff_id=staff.id, login_hash=logins.hash_of(login), agent=short(agent), paired_at=at,
        paired_by=pairing.made_by, seen_at=at,
    )  # fmt: skip
    staff.last_login_at = at
    note(session, staff.username, "paired a phone", f"staff:{staff.id}", at, {"phone": pairing.phone.agent})
    return staff


def phones_of(session: Session, courier: Courier, at: datetime) -> Sequence[PairedPhone]:
    """The phones that were paired for a courier in the last month, the newest first."""
    theirs = sa.select(PairedPhone).join(PairedPhone.staff).where(Staff.courier_id == courier.id)
    recent = theirs.where(PairedPhone.paired_at > at - SHOWN_FOR).options(joinedload(PairedPhone.staff))
    return session.scalars(recent.order_by(PairedPhone.paired_at.desc(), PairedPhone.id.desc())).all()


def standing(session: Session, phones: Sequence[PairedPhone], at: datetime, idle: timedelta) -> set[int]:
    """Which of these phones are let in."""
    wanted = sa.select(PairedPhone.id).where(PairedPhone.id.in_([one.id for one in phones]))
    return set(session.scalars(wanted.where(logins.phone_stands(at, idle))))


def end(session: Session, phone: PairedPhone, by: str, at: datetime) -> bool:
    """End a phone's log-in at its next request; False where it is ended already."""
    if phone.ended_at is not None:
        return False
    phone.ended_at, phone.ended_by = at, by
    note(session, by, "ended a phone's log-in", f"staff:{phone.staff_id}", at, {"phone": phone.agent})
    return True


def may_give_back(phone: PairedPhone, by: str, at: datetime) -> bool:
    """Whether whoever has ended a phone's log-in may still say that it was a mistake."""
    return phone.ended_at is not None and phone.ended_by == by and at - phone.ended_at < UNDO_WITHIN


def give_back(session: Session, phone: PairedPhone, by: str, at: datetime) -> bool:
    """Undo the end of a phone's log-in; False where it is too late, or not theirs to undo."""
    if not may_give_back(phone, by, at):
        return False
    phone.ended_at = phone.ended_by = None
    note(session, by, "gave a phone its log-in back", f"staff:{phone.staff_id}", at, {"phone": phone.agent})
    return True


def short(agent: str) -> str:
    """The system and the browser that a phone's browser says it is: enough to tell two phones apart."""
    system = next((each for each in SYSTEMS if each in agent), "")
    browser = next((name for mark, name in BROWSERS.items() if f"{mark}/" in agent), "")
    return " · ".join(part for part in (system, browser) if part) or "?"


def _open(key: bytes, shown: str, at: datetime) -> sa.Select[Pairing]:
    hashed = _hashed(key, shown)
    is_it = sa.or_(Pairing.secret_hash == hashed, Pairing.code_hash == hashed)
    lasts = sa.and_(Pairing.phone_id.is_(None), Pairing.holds_until > at)
    return sa.select(Pairing).join(Pairing.staff).where(is_it, lasts, Staff.active)


def _hashed(key: bytes, shown: str) -> bytes:
    """A code is the same however it is typed; a secret is no code, because it is longer."""
    bare = "".join(shown.split()).replace("-", "").upper()
    return hmac.digest(key, b"pairing\0" + (bare if len(bare) == CODE_LENGTH else shown).encode(), "sha256")
