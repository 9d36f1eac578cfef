"""What administrators do with the accounts of the staff; every change is in the audit book."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from delivery.errors import NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Courier, Office, Role, Staff
from web import ties
from web.people import add_staff, end_logins, note, set_password
from web.second_factor import locked, made_by_chance, take_away

ROLES = {
    Role.CLERK: marked("Clerk of one office"),
    Role.DISPATCHER: marked("Dispatcher"),
    Role.SUPERVISOR: marked("Supervisor"),
    Role.AUDITOR: marked("Auditor (only reads)"),
    Role.COURIER: marked("Courier of the own team"),
    Role.ADMINISTRATOR: marked("Administrator (no citizens' data)"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account that is asked for."""

    username: str
    name: str
    role: Role
    office: str | None
    courier: str | None


def everybody(session: Session) -> list[Staff]:
    """All accounts, the open ones first."""
    wanted = sa.select(Staff).options(joinedload(Staff.office), joinedload(Staff.courier))
    return list(session.scalars(wanted.order_by(Staff.active.desc(), Staff.username)))


def account(session: Session, staff_id: int) -> Staff:
    """One account, to be looked at.

    Raises NotFound.
    """
    found = session.get(Staff, staff_id, options=[joinedload(Staff.office), joinedload(Staff.courier)])
    if found is None:
        raise NotFound(_("There is no such account"))
    return found


def choices(session: Session) -> tuple[list[Office], list[Courier]]:
    """The offices a person can belong to, and the couriers whose rounds an account can show."""
    offices = session.scalars(sa.select(Office).order_by(Office.ward_name))
    couriers = session.scalars(sa.select(Courier).where(Courier.active).order_by(Courier.code))
    return list(offices), list(couriers)


def open_account(session: Session, wanted: Wanted, by: Staff, at: datetime) -> tuple[Staff, str]:
    """Enter a person with a first password, which is to be shown once and changed at the first log-in.

    Raises BadInput as `add_staff` does.
    """
    password = made_by_chance()
    made = add_staff(
        session, wanted.username, wanted.name, wanted.role, wanted.office, password, courier_code=wanted.courier,
        given=True,
    )  # fmt: skip
    facts = {"role": str(made.role), "office": wanted.office, "courier": wanted.courier}
    note(session, by.username, "opened the account", f"staff:{made.id}", at, facts)
    return made, password


def close(session: Session, staff_id: int, by: Staff, at: datetime) -> Staff:
    """Close an account: nobody logs in with it, and every open log-in ends. It can be reopened as it was.

    Raises NotFound; NotNow for the own account, and for the last open one of an administrator.
    """
    staff = _of_another(session, staff_id, by, administrators=True)
    if not staff.active:
        return staff
    staff.active = False
    end_logins(staff)
    note(session, by.username, "closed the account", f"staff:{staff.id}", at)
    return staff


def reopen(session: Session, staff_id: int, by: Staff, at: datetime) -> Staff:
    """Let a person log in again, with the password and second factor they had.

    Raises NotFound.
    """
    staff = _any(session, staff_id)
    if not staff.active:
        staff.active = True
        note(session, by.username, "reopened the account", f"staff:{staff.id}", at)
    return staff


def replace_password(session: Session, staff_id: int, by: Staff, at: datetime) -> tuple[Staff, str]:
    """Give a person a new password, which is to be shown once; every log-in with the old one ends.

    Raises NotFound; NotNow for the own account, whose password an unwatched screen could otherwise lose.
    """
    staff, password = _of_another(session, staff_id, by), made_by_chance()
    set_password(staff, password, given=True)
    note(session, by.username, "gave a new password", f"staff:{staff.id}", at)
    return staff, password


def drop_factor(session: Session, staff_id: int, by: Staff, at: datetime) -> Staff:
    """Take away a second factor whose phone is lost.

    Raises NotFound; NotNow where there is none, and for the own account, where a code is asked for.
    """
    staff = _of_another(session, staff_id, by)
    take_away(session, staff, by.username, at)
    return staff


def log_out_everywhere(session: Session, staff_id: int, by: Staff, at: datetime) -> Staff:
    """End every log-in of a person.

    Raises NotFound.
    """
    staff = _any(session, staff_id)
    end_logins(staff)
    note(session, by.username, "ended all log-ins", f"staff:{staff.id}", at)
    return staff


def offer_tie(session: Session, staff_id: int, issuer: str, by: Staff, at: datetime) -> Staff:
    """Allow a person to tie the account to one at the provider of identities.

    Raises NotFound; NotNow where it is tied.
    """
    staff = _any(session, staff_id)
    ties.offer(session, staff, issuer, by.username, at)
    return staff


def end_tie(session: Session, staff_id: int, issuer: str, by: Staff, at: datetime) -> Staff:
    """End a person's tie, or that one may be made.

    Raises NotFound; NotNow where there is none.
    """
    staff = _any(session, staff_id)
    ties.end(session, staff, issuer, by.username, at)
    return staff


def give_tie_back(session: Session, staff_id: int, issuer: str, by: Staff, at: datetime) -> Staff:
    """Undo the end of a person's tie.

    Raises NotFound; NotNow where there is none, or it is another person's by now.
    """
    staff = _any(session, staff_id)
    ties.give_back(session, staff, issuer, by.username, at)
    return staff


def _any(session: Session, staff_id: int) -> Staff:
    staff = locked(session, staff_id)
    if staff is None:
        raise NotFound(_("There is no such account"))
    return staff


def _of_another(session: Session, staff_id: int, by: Staff, *, administrators: bool = False) -> Staff:
    # Before the account itself, and always in the same order: two who close each other do so one after the other.
    left = _administrators(session) if administrators else set()
    staff = _any(session, staff_id)
    if staff.id == by.id:
        raise NotNow(_("That is your own account. Ask another administrator to do it"))
    if administrators and staff.active and left == {staff.id}:
        raise NotNow(_("That is the last administrator who may log in. Enter another one first"))
    return staff


def _administrators(session: Session) -> set[int]:
    """Who could open an account tomorrow; they stay as they are until this transaction ends."""
    wanted = sa.select(Staff.id).where(Staff.role == Role.ADMINISTRATOR, Staff.active)
    return set(session.scalars(wanted.order_by(Staff.id).with_for_update()))
