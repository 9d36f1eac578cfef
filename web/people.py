"""Staff accounts: passwords as argon2id, a pause after wrong ones, and no way to find out which names exist."""

from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy.orm import Session

from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import AuditEntry, Office, Role, Staff
from delivery.models.base import Facts

SHORTEST_PASSWORD = 10
FREE_TRIES = 5
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    # Checked for names that do not exist, so that they take as long as those that do.
    return _hasher().hash("nobody's password")


def add_staff(session: Session, username: str, name: str, role: Role, office_code: str | None, password: str) -> Staff:
    """Enter a person of the staff.

    Raises BadInput for a name that is taken, an office that is not there, or a password that is too short.
    """
    username = username.strip().lower()
    if not username or session.scalar(sa.select(Staff.id).where(Staff.username == username)) is not None:
        raise BadInput(_("The user name {name} is empty or taken").format(name=username))
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(_("A password has at least {count} characters").format(count=SHORTEST_PASSWORD))
    office = session.scalar(sa.select(Office).where(Office.code == office_code)) if office_code else None
    if office_code and office is None:
        raise BadInput(_("There is no office {code}").format(code=office_code))
    if role is Role.CLERK and office is None:
        raise BadInput(_("A clerk belongs to an office; give --office"))
    made = Staff(
        username=username, name=name, role=role, office_id=office.id if office else None,
        password_hash=_hasher().hash(password), failed_logins=0, active=True,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def check_password(session: Session, username: str, password: str, at: datetime) -> Staff | None:
    """The person whose name and password these are; None for everything else, a pause after wrong tries included."""
    staff = session.scalar(sa.select(Staff).where(Staff.username == username.strip().lower()))
    right = _matches(staff.password_hash if staff is not None else _nobodys_hash(), password)
    if staff is None or not staff.active or (staff.locked_until is not None and staff.locked_until > at):
        return None
    if not right:
        staff.failed_logins += 1
        if staff.failed_logins >= FREE_TRIES:
            staff.locked_until = at + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (staff.failed_logins - FREE_TRIES))
        note(session, staff.username, "log-in failed", f"staff:{staff.id}", at)
        return None
    staff.failed_logins, staff.locked_until = 0, None
    note(session, staff.username, "log-in", f"staff:{staff.id}", at)
    return staff


def note(session: Session, actor: str, action: str, subject: str, at: datetime, facts: Facts | None = None) -> None:
    """Write into the book who did or saw what."""
    session.add(AuditEntry(at=at, actor=actor, action=action, subject=subject, facts=facts or {}))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password[:1000])
    except VerificationError:
        return False
