"""Staff accounts: passwords as argon2id, a pause after wrong ones, and no way to find out which names exist."""

from datetime import datetime, timedelta
from functools import cache
from hmac import compare_digest

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy.orm import Session

from delivery.database import Database
from delivery.errors import BadInput, NotFound
from delivery.i18n import gettext as _
from delivery.models import AuditEntry, Courier, Meta, Office, Role, Staff
from delivery.models.base import Facts
from delivery.rules.tries import pause_after

SHORTEST_PASSWORD = 10
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
REFUSED = "log-in refused"


class WrongPassword(BadInput):
    """The person who is logged in did not type the own password, or must wait after too many wrong ones."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    # Checked for names that do not exist, so that they take as long as those that do.
    return _hasher().hash("nobody's password")


def add_staff(
    session: Session, username: str, name: str, role: Role, office_code: str | None, password: str,
    *, courier_code: str | None = None, given: bool = False,
) -> Staff:  # fmt: skip
    """Enter a person of the staff; who logs in as a courier is one of those for whom rounds are planned.

    A password that is `given` is to be changed at the first log-in.

    Raises BadInput for a name that is taken, an office or courier that is not there, or a password that is too short.
    """
    username = username.strip().lower()
    if not username or session.scalar(sa.select(Staff.id).where(Staff.username == username)) is not None:
        raise BadInput(_("The user name {name} is empty or taken").format(name=username))
    password_hash = _hashed(password)
    office = session.scalar(sa.select(Office).where(Office.code == office_code)) if office_code else None
    if office_code and office is None:
        raise BadInput(_("There is no office {code}").format(code=office_code))
    if role is Role.CLERK and office is None:
        raise BadInput(_("A clerk belongs to an office; give --office"))
    courier = _courier(session, role, courier_code)
    if courier is not None:
        office = courier.office
    made = Staff(
        username=username, name=name, role=role, office_id=office.id if office else None,
        courier_id=courier.id if courier else None, password_hash=password_hash,
        password_given=given, failed_logins=0, active=True,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def close_account(session: Session, username: str) -> Staff:
    """End a person's account: a log-in that is open on any device, a lost phone among them, ends with it.

    Raises NotFound.
    """
    staff = by_name(session, username)
    staff.active = False
    end_logins(staff)
    return staff


def by_name(session: Session, username: str) -> Staff:
    """The person who goes by a user name, to be changed.

    Raises NotFound.
    """
    staff = session.scalar(_named(username).with_for_update())
    if staff is None:
        raise NotFound(_("There is no account {name}").format(name=username))
    return staff


def set_password(staff: Staff, password: str, *, given: bool = False) -> None:
    """Give a person another password, which ends every log-in and every pause.

    One that is `given` by somebody who knows it is to be changed before anything else. Raises BadInput for one that is
    too short.
    """
    staff.password_hash, staff.password_given = _hashed(password), given
    lift_pause(staff)


def change_own_password(session: Session, staff_id: int, present: str, wanted: str, at: datetime) -> Staff:
    """Let a person change the own password; every other log-in ends.

    Raises WrongPassword for a wrong present one, which counts like one at the log-in, and BadInput for one that is too
    short, or the same again.
    """
    staff = session.get_one(Staff, staff_id, with_for_update=True, populate_existing=True)
    confirm_password(session, staff, present, at)
    if present == wanted:
        raise BadInput(_("That is the present password; choose another"))
    set_password(staff, wanted)
    note(session, staff.username, "changed the password", f"staff:{staff.id}", at)
    return staff


def confirm_password(session: Session, staff: Staff, typed: str, at: datetime) -> None:
    """Make sure that it is still the person who logged in, and not somebody before a screen that was left open.

    The row must be locked. Raises WrongPassword, which is to be kept: it counts like one at the log-in.
    """
    if is_paused(staff, at):
        raise WrongPassword(_("There were too many wrong tries. Wait a while, and try again"))
    if not _matches(staff.password_hash, typed):
        count_wrong(session, staff, "wrong password", at)
        raise WrongPassword(_("The present password is not right"))


def end_logins(staff: Staff) -> None:
    """End every log-in of a person; one that was copied from a lost device never opens anything again."""
    staff.login_round += 1


def _courier(session: Session, role: Role, code: str | None) -> Courier | None:
    if (role is Role.COURIER) != bool(code):
        raise BadInput(_("A courier's account names whose rounds it shows, and no other does; give --courier BD1"))
    courier = session.scalar(sa.select(Courier).where(Courier.code == code)) if code else None
    if code and courier is None:
        raise BadInput(_("There is no courier {code}").format(code=code))
    return courier


def check_password(database: Database, username: str, password: str, at: datetime) -> Staff | None:
    """The person whose name and password these are; None for everything else, a pause after wrong tries included.

    Who has a second factor is not let in by it yet: until the code is right too, wrong tries stay counted.
    """
    with database.read() as session:
        known = session.scalar(sa.select(Staff.password_hash).where(Staff.username == _as_kept(username)))
    # Reckoned while no transaction is open: it takes long on purpose, and on SQLite nobody else could write meanwhile.
    right = _matches(known or _nobodys_hash(), password)
    with database.write() as session:
        # Locked, so that of many guesses made at once each is counted.
        staff = session.scalar(_named(username).with_for_update())
        if staff is None or not staff.active or is_paused(staff, at) or not _is_still(staff, known):
            # As much is written as for a name that there is: how long an answer takes tells nobody apart.
            session.execute(sa.update(Meta).where(Meta.key == REFUSED).values(value=at.isoformat()))
            return None
        if not right:
            count_wrong(session, staff, "log-in failed", at)
            return None
        if staff.second_factor is None:
            let_in(session, staff, at)
        return staff


def is_paused(staff: Staff, at: datetime) -> bool:
    """Whether a person must wait after wrong tries."""
    return staff.locked_until is not None and staff.locked_until > at


def count_wrong(session: Session, staff: Staff, what: str, at: datetime) -> None:
    """Count a wrong password or code; from the fifth in a row on, each leads to a pause twice as long."""
    staff.failed_logins += 1
    if pause := pause_after(staff.failed_logins, FIRST_PAUSE, LONGEST_PAUSE):
        staff.locked_until = at + pause
    note(session, staff.username, what, f"staff:{staff.id}", at)


def let_in(session: Session, staff: Staff, at: datetime, *, by_provider: bool = False) -> None:
    """Begin a log-in: all that was asked for has been shown."""
    lift_pause(staff)
    staff.last_login_at = at
    if by_provider:
        note(session, staff.username, "log-in by provider", f"staff:{staff.id}", at)
    else:
        note(session, staff.username, "log-in", f"staff:{staff.id}", at)


def lift_pause(staff: Staff) -> None:
    """Forget the wrong tries."""
    staff.failed_logins, staff.locked_until = 0, None


def note(session: Session, actor: str, action: str, subject: str, at: datetime, facts: Facts | None = None) -> None:
    """Write into the book who did or saw what."""
    session.add(AuditEntry(at=at, actor=actor, action=action, subject=subject, facts=facts or {}))


def _named(username: str) -> sa.Select[Staff]:
    return sa.select(Staff).where(Staff.username == _as_kept(username))


def _as_kept(username: str) -> str:
    return username.strip().lower()


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(_("A password has at least {count} characters").format(count=SHORTEST_PASSWORD))
    return _hasher().hash(password)


def _is_still(staff: Staff, known: str | None) -> bool:
    """Whether the password is the one that was looked at."""
    return known is not None and compare_digest(staff.password_hash, known)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password[:1000])
    except VerificationError:
        return False
