"""The accounts of the staff, for administrators: who may log in, as what, and the help for who no longer can."""

import re
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.models import Role, Staff
from delivery.moments import now
from web import access, accounts, ties
from web.accounts import ROLES, Wanted
from web.people import is_paused
from web.views import service

pages = Blueprint("accounts", __name__)
ONE = "/tai-khoan/<int(max=2147483647):staff_id>"
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
LONGEST_NAME = 100
Change = Callable[[Session, int, Staff, datetime], Staff]


@pages.get("/tai-khoan")
def show_all() -> ResponseReturnValue:
    """Everybody who may log in, and who no longer may."""
    with service().database.read() as session:
        people = accounts.everybody(session)
    return render_template("accounts.html", people=people, roles=ROLES, paused=_paused)


@pages.get("/tai-khoan/moi")
def ask() -> ResponseReturnValue:
    """An empty form for a person."""
    return _form({}, {})


@pages.post("/tai-khoan/moi")
def add() -> ResponseReturnValue:
    """Enter a person; the first password is on the answer, and nowhere else."""
    typed = {field: request.form.get(field, "").strip() for field in ("username", "name", "role", "office", "courier")}
    typed["username"] = typed["username"].lower()
    if wrong := _wrong(typed):
        return _form(typed, wrong)
    wanted = Wanted(
        typed["username"], typed["name"], Role(typed["role"]), typed["office"] or None, typed["courier"] or None
    )
    try:
        with service().database.write() as session:
            made, password = accounts.open_account(session, wanted, access.staff(), now())
    except BadInput as error:
        return _form(typed, {"username": str(error)})
    return _show(made.id, password)


@pages.get(ONE)
def show(staff_id: int) -> ResponseReturnValue:
    """One account, and what can be done with it."""
    return _show(staff_id)


@pages.post(f"{ONE}/dong")
def close(staff_id: int) -> ResponseReturnValue:
    """Close an account; the page that follows has the way back."""
    return _change(staff_id, accounts.close, _("{name} may no longer log in."))


@pages.post(f"{ONE}/mo-lai")
def reopen(staff_id: int) -> ResponseReturnValue:
    """Undo the closing of an account."""
    return _change(staff_id, accounts.reopen, _("{name} may log in again."))


@pages.post(f"{ONE}/mat-khau")
def new_password(staff_id: int) -> ResponseReturnValue:
    """Give a new password; it is on the answer, and nowhere else."""
    try:
        with service().database.write() as session:
            _staff, password = accounts.replace_password(session, staff_id, access.staff(), now())
    except NotNow as error:
        flash(str(error), "warning")
        return redirect(url_for("accounts.show", staff_id=staff_id))
    return _show(staff_id, password)


@pages.post(f"{ONE}/bo-buoc-hai")
def drop_factor(staff_id: int) -> ResponseReturnValue:
    """Take away a second factor whose phone is lost."""
    return _change(staff_id, accounts.drop_factor, _("The password alone lets {name} in now."))


@pages.post(f"{ONE}/dang-xuat")
def end_logins(staff_id: int) -> ResponseReturnValue:
    """Log a person out everywhere."""
    return _change(staff_id, accounts.log_out_everywhere, _("{name} was logged out on every device."))


@pages.post(f"{ONE}/lien-ket")
def offer_tie(staff_id: int) -> ResponseReturnValue:
    """Allow a person to tie the account to one at the provider of identities."""
    said = _("{name} can tie the account within seven days, at the foot of each page.")
    return _change(staff_id, _at_provider(accounts.offer_tie), said)


@pages.post(f"{ONE}/bo-lien-ket")
def end_tie(staff_id: int) -> ResponseReturnValue:
    """End a person's tie; the page that follows has the way back."""
    return _change(staff_id, _at_provider(accounts.end_tie), _("Only the password lets {name} in now."))


@pages.post(f"{ONE}/lien-ket-lai")
def give_tie_back(staff_id: int) -> ResponseReturnValue:
    """Undo the end of a tie."""
    return _change(staff_id, _at_provider(accounts.give_tie_back), _("{name} is tied as before."))


def _at_provider(change: Callable[[Session, int, str, Staff, datetime], Staff]) -> Change:
    provider = service().staff_provider or abort(404)
    return lambda session, staff_id, by, at: change(session, staff_id, provider.client.issuer, by, at)


def _change(staff_id: int, change: Change, said: str) -> ResponseReturnValue:
    try:
        with service().database.write() as session:
            changed = change(session, staff_id, access.staff(), now())
    except NotNow as error:
        flash(str(error), "warning")
    else:
        flash(said.format(name=changed.name), "success")
    return redirect(url_for("accounts.show", staff_id=staff_id))


def _show(staff_id: int, password: str = "") -> ResponseReturnValue:  # none to show  # nosec B107
    with service().database.read() as session:
        person = accounts.account(session, staff_id)
        provider = service().staff_provider
        stands = ties.standing(session, staff_id, provider.client.issuer, now()) if provider is not None else None
    own = person.id == access.staff().id
    return render_template(
        "account.html", person=person, password=password, roles=ROLES, paused=_paused, own=own, stands=stands
    )


def _form(typed: dict[str, str], wrong: dict[str, str]) -> ResponseReturnValue:
    with service().database.read() as session:
        offices, couriers = accounts.choices(session)
        page = render_template(
            "account_new.html", typed=typed, wrong=wrong, roles=ROLES, offices=offices, couriers=couriers
        )
    return page, 422 if wrong else 200


def _wrong(typed: dict[str, str]) -> dict[str, str]:
    """What is wrong with the form, by field; whether the name is taken, only the database knows."""
    wrong = {}
    if not USERNAME.fullmatch(typed["username"]):
        wrong["username"] = _("Two to forty of a–z, 0–9, dot, hyphen and underscore, without accents")
    if not 0 < len(typed["name"]) <= LONGEST_NAME or not typed["name"].isprintable():
        wrong["name"] = _("Write the person's name")
    if typed["role"] not in set(Role):
        wrong["role"] = _("Choose what the person does")
    return wrong | _wrong_place(typed)


def _wrong_place(typed: dict[str, str]) -> dict[str, str]:
    with service().database.read() as session:
        offices, couriers = accounts.choices(session)
    wrong = {}
    if typed["office"] not in {"", *(office.code for office in offices)}:
        wrong["office"] = _("There is no office {code}").format(code=typed["office"][:20])
    elif typed["role"] == Role.CLERK and not typed["office"]:
        wrong["office"] = _("A clerk belongs to an office: choose it")
    if typed["courier"] not in {"", *(courier.code for courier in couriers)}:
        wrong["courier"] = _("There is no courier {code}").format(code=typed["courier"][:20])
    elif (typed["role"] == Role.COURIER) != bool(typed["courier"]):
        wrong["courier"] = _("A courier's account shows the rounds of one courier, and no other account does")
    return wrong


def _paused(person: Staff) -> bool:
    return is_paused(person, now())
