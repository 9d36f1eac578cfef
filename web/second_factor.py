"""The second factor: six digits that a person's phone reckons from a secret shared with us (TOTP, RFC 6238).

The secret is kept sealed with a key of the home, each code lets in once, and ten recovery codes stand in for a lost
phone. Wrong codes lead to the same pause as wrong passwords.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery import sealing
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.models import RecoveryCode, Staff
from web.people import count_wrong, end_logins, is_paused, note

ISSUER = "Tan Nha"
NEIGHBOURS = 1
RECOVERY_CODES = 10
# Without what is mistaken for something else: no 0 and o, no 1, i and l.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals secrets for one person each: taken from one row of the database, they open for no other."""

    sealed: sealing.Vault

    @classmethod
    def of(cls, key: bytes) -> "Vault":
        """The vault of a home, by its key `seal`; machines that share `keys/` need no further file for it."""
        return cls(sealing.Vault.of(key, "second factor"))

    def seal(self, staff_id: int, secret: str) -> bytes:
        return self.sealed.seal(_whose(staff_id), secret)

    def open(self, staff_id: int, sealed: bytes) -> str | None:
        """The secret; None where it was sealed with another key, or for another person."""
        return self.sealed.open(_whose(staff_id), sealed)


def new_secret() -> str:
    """A secret to be shared with a phone."""
    return pyotp.random_base32()


def address_for_phone(secret: str, username: str) -> str:
    """What the QR code says to the phone's app."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def locked(session: Session, staff_id: int) -> Staff | None:
    """The person's row, which nobody else changes until this transaction ends: a code is never accepted twice."""
    return session.get(Staff, staff_id, with_for_update=True, populate_existing=True)


def enrol(session: Session, vault: Vault, staff: Staff, secret: str, typed: str, at: datetime) -> list[str]:
    """Let the phone with this secret be the second factor from now on; returns the recovery codes, to be shown once.

    Every log-in of the person ends by it. Raises NotNow where there is a second factor already, BadInput for a code
    that the phone does not show now.
    """
    if staff.second_factor is not None:
        raise NotNow(_("The second step is set up already. To change the phone, take it away first"))
    step = _step_of(secret, typed, at)
    if step is None:
        raise BadInput(
            _("That is not the code of now. Type the six digits that the phone shows; its clock must be right")
        )
    staff.second_factor, staff.second_factor_step = vault.seal(staff.id, secret), step
    note(session, staff.username, "set up the second factor", f"staff:{staff.id}", at)
    return _new_codes(session, staff)


def prove(session: Session, vault: Vault, staff: Staff, typed: str, at: datetime) -> bool:
    """Whether the code, of the phone or for recovery, shows that it is this person; each does so once.

    A wrong one counts like a wrong password, and during the pause none is right. The row must be `locked`.
    """
    if not staff.active or staff.second_factor is None or is_paused(staff, at):
        return False
    said = _bare(typed)
    if _shown_now(vault, staff, said, at):
        return True
    if _still_good(session, staff, said, at):
        note(session, staff.username, "used a recovery code", f"staff:{staff.id}", at)
        return True
    count_wrong(session, staff, "wrong code", at)
    return False


def renew_codes(session: Session, staff: Staff, at: datetime) -> list[str]:
    """Ten new recovery codes, to be shown once; the older ones are void."""
    note(session, staff.username, "made new recovery codes", f"staff:{staff.id}", at)
    return _new_codes(session, staff)


def take_away(session: Session, staff: Staff, by: str, at: datetime) -> None:
    """Take a second factor and its recovery codes away; every log-in of the person ends by it.

    Raises NotNow where there is none.
    """
    if staff.second_factor is None:
        raise NotNow(_("{name} has no second step at the log-in").format(name=staff.username))
    staff.second_factor = staff.second_factor_step = None
    # Without it a log-in from before there was a second factor would fit again.
    end_logins(staff)
    _void_codes(session, staff)
    note(session, by, "took away the second factor", f"staff:{staff.id}", at)


def made_by_chance() -> str:
    """Sixteen letters and digits in groups of four, to be read aloud and typed: a recovery code, a first password."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(GROUP)) for _group in range(GROUPS))


def codes_left(session: Session, staff_id: int) -> int:
    """How many recovery codes a person can still use."""
    unused = sa.select(sa.func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def _shown_now(vault: Vault, staff: Staff, said: str, at: datetime) -> bool:
    secret = vault.open(staff.id, staff.second_factor or b"")
    step = _step_of(secret, said, at) if secret is not None else None
    if step is None or step <= (staff.second_factor_step or 0):
        return False
    staff.second_factor_step = step
    return True


def _step_of(secret: str, typed: str, at: datetime) -> int | None:
    """The half minute whose code this is: the present one, the one before or the next; clocks are not all alike."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(_bare(typed), for_time=at, valid_window=NEIGHBOURS)
    except pyotp.OTPVerificationError:
        return None


def _still_good(session: Session, staff: Staff, said: str, at: datetime) -> bool:
    found = session.scalar(
        sa.select(RecoveryCode).where(
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.code_hash == _hash(staff.id, said),
            RecoveryCode.used_at.is_(None),
        )
    )
    if found is None:
        return False
    found.used_at = at
    return True


def _new_codes(session: Session, staff: Staff) -> list[str]:
    _void_codes(session, staff)
    codes = [made_by_chance() for _number in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=staff.id, code_hash=_hash(staff.id, _bare(code))) for code in codes)
    return codes


def _void_codes(session: Session, staff: Staff) -> None:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))


def _hash(staff_id: int, code: str) -> str:
    # Sixteen letters by chance cannot be guessed from a hash, so it need not be slow.
    return hashlib.sha256(f"{staff_id}:{code}".encode()).hexdigest()


def _bare(typed: str) -> str:
    """The code without what people and phones write between its groups."""
    return "".join(letter for letter in typed[:100].lower() if letter.isalnum())


def _whose(staff_id: int) -> str:
    return f"staff:{staff_id}"
