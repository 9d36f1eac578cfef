"""Who may open what: one table of all pages, one of what machines may ask, and nothing that is in neither."""

import hashlib

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user

from delivery.machines.clients import Scope
from delivery.models import Role, Staff
from web.addresses import within
from web.api.guarding import let_machine_in
from web.views import service

EVERYBODY: frozenset[Role | None] = frozenset({None, *Role})
ALL_STAFF: frozenset[Role | None] = frozenset(Role)
# An administrator looks after accounts and settings, and has no business with citizens' data.
READERS: frozenset[Role | None] = frozenset({Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR})
# What all offices of the district send out is for those who answer for all of them.
WRITERS: frozenset[Role | None] = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
# What the carrier bills is settled by whoever answers for the office.
SUPERVISORS: frozenset[Role | None] = frozenset({Role.SUPERVISOR})
WORKERS: frozenset[Role | None] = frozenset({Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR})
OFFICE: frozenset[Role | None] = frozenset({*READERS, *WRITERS})
# Accounts are for those who have no citizens' data to read.
ADMINISTRATORS: frozenset[Role | None] = frozenset({Role.ADMINISTRATOR})
# Who did what is looked into by those who have no part in it.
AUDITORS: frozenset[Role | None] = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
# A courier has the own round of today, and nothing else; whose round it is, the pages of the round check.
COURIERS: frozenset[Role | None] = frozenset({Role.COURIER})
# Who carries and when is arranged by whoever plans; that somebody is away, whoever hears of it notes.
PLANNERS: frozenset[Role | None] = frozenset({Role.DISPATCHER, *WRITERS})
NOTERS: frozenset[Role | None] = frozenset({*WORKERS, *WRITERS})
# A phone that is let in reads the round's names and doors: it is let in by those who may read them and plan the round.
PAIRERS: frozenset[Role | None] = frozenset({Role.DISPATCHER, Role.SUPERVISOR})

PAGES: dict[str, frozenset[Role | None]] = {
    "static": EVERYBODY,
    "public.home": EVERYBODY,
    "public.track": EVERYBODY,
    "public.choose_language": EVERYBODY,
    "dossier.ask": EVERYBODY,
    "dossier.send": EVERYBODY,
    "dossier.ask_code": EVERYBODY,
    "dossier.enter": EVERYBODY,
    "dossier.show": EVERYBODY,
    "dossier.look": EVERYBODY,
    "dossier.decide": EVERYBODY,
    "dossier.envelope": EVERYBODY,
    "dossier.leave": EVERYBODY,
    "own_data.show": EVERYBODY,
    "own_data.ask": EVERYBODY,
    "own_data.withdraw": EVERYBODY,
    "own_data.copy": EVERYBODY,
    "purposes.show": EVERYBODY,
    "own.ask": EVERYBODY,
    "own.enter": EVERYBODY,
    "own.show": EVERYBODY,
    "own.tell": EVERYBODY,
    "own.unsay": EVERYBODY,
    "own.leave": EVERYBODY,
    "figures.public": EVERYBODY,
    "figures.show": OFFICE,
    "figures.sheet": OFFICE,
    "public.healthz": EVERYBODY,
    "public.readyz": EVERYBODY,
    # Nobody logs a monitor in: the page itself wants the token, or the own machine.
    "metrics.show": EVERYBODY,
    "api_page.show": EVERYBODY,
    "base_map.overview": EVERYBODY,
    "base_map.cell": EVERYBODY,
    "callbacks.vnpost": EVERYBODY,
    "session.log_in": EVERYBODY,
    "session.second_step": EVERYBODY,
    "session.log_out": ALL_STAFF,
    "sign_in.begin": EVERYBODY,
    "sign_in.come_back": EVERYBODY,
    "sign_in.own": ALL_STAFF,
    "sign_in.tie": ALL_STAFF,
    "sign_in.untie": ALL_STAFF,
    # The provider's own machine brings what it has signed.
    "sign_in.end_log_ins": EVERYBODY,
    "dossier_sign_in.begin": EVERYBODY,
    "dossier_sign_in.come_back": EVERYBODY,
    "password.ask": ALL_STAFF,
    "password.change": ALL_STAFF,
    "second_factor.show": ALL_STAFF,
    "second_factor.confirm": ALL_STAFF,
    "second_factor.change": ALL_STAFF,
    "machines.show_all": ADMINISTRATORS,
    "machines.close": ADMINISTRATORS,
    "accounts.show_all": ADMINISTRATORS,
    "accounts.ask": ADMINISTRATORS,
    "accounts.add": ADMINISTRATORS,
    "accounts.show": ADMINISTRATORS,
    "accounts.close": ADMINISTRATORS,
    "accounts.reopen": ADMINISTRATORS,
    "accounts.new_password": ADMINISTRATORS,
    "accounts.drop_factor": ADMINISTRATORS,
    "accounts.end_logins": ADMINISTRATORS,
    "accounts.offer_tie": ADMINISTRATORS,
    "accounts.end_tie": ADMINISTRATORS,
    "accounts.give_tie_back": ADMINISTRATORS,
    "results.show_all": READERS,
    "results.look_for": READERS,
    "results.show": READERS,
    "results.choose": WORKERS,
    "saved.keep": READERS,
    "saved.remove": READERS,
    "uploads.show_all": WORKERS,
    "uploads.give": WORKERS,
    "uploads.show": WORKERS,
    "uploads.progress": WORKERS,
    "uploads.name_columns": WORKERS,
    "uploads.take_in": WORKERS,
    "uploads.stop": WORKERS,
    "uploads.discard": WORKERS,
    "uploads.refused": WORKERS,
    "entries.ask": WORKERS,
    "entries.enter": WORKERS,
    "entries.undo": WORKERS,
    "dispatch.day": READERS,
    "dispatch.find": READERS,
    "dispatch.item": READERS,
    "dispatch.paper": READERS,
    "dispatch.gather": WORKERS,
    "dispatch.plan": WORKERS,
    "dispatch.plan_progress": READERS,
    "dispatch.cancel": WORKERS,
    "dispatch.print_papers": WORKERS,
    "dispatch.print_again": WORKERS,
    "dispatch.submit": WORKERS,
    "board.show": READERS,
    "board.look": READERS,
    "board.alter": WORKERS,
    "board.optimise": WORKERS,
    "board.turn": WORKERS,
    "board.publish": WORKERS,
    "handover.table": WORKERS,
    "handover.scan": WORKERS,
    "handover.signed": WORKERS,
    "packing.table": WORKERS,
    "packing.envelope": WORKERS,
    "packing.take": WORKERS,
    "packing.print_label": WORKERS,
    "packing.undo": WORKERS,
    "packing.report": WORKERS,
    "amendments.ask_back": WORKERS,
    "amendments.release": WORKERS,
    "amendments.in_hand": WORKERS,
    "amendments.correct": WORKERS,
    "amendments.undo_correction": WORKERS,
    "envelopes.out": WORKERS,
    "envelopes.into": WORKERS,
    "returns.fetch": WORKERS,
    "returns.undo_fetch": WORKERS,
    "returns.wish": WORKERS,
    "returns.consent": WORKERS,
    "returns.withdraw": WORKERS,
    "messages.show_all": OFFICE,
    "messages.ask": EVERYBODY,
    "messages.stop": EVERYBODY,
    "messages.resume": EVERYBODY,
    "messages.silence": WORKERS,
    "messages.unsilence": WORKERS,
    "notices.show_all": ADMINISTRATORS,
    "notices.ask": ADMINISTRATORS,
    "notices.add": ADMINISTRATORS,
    "notices.show": ADMINISTRATORS,
    "notices.move": ADMINISTRATORS,
    "notices.rotate": ADMINISTRATORS,
    "notices.pause": ADMINISTRATORS,
    "notices.resume": ADMINISTRATORS,
    "notices.remove": ADMINISTRATORS,
    "notices.ping": ADMINISTRATORS,
    "notices.replay": ADMINISTRATORS,
    "letters.show_all": OFFICE,
    "letters.edit": OFFICE,
    "letters.look": WRITERS,
    "letters.print_out": WRITERS,
    "letters.save": WRITERS,
    "letters.take_back": WRITERS,
    "carriers.show": OFFICE,
    "carriers.choose": WRITERS,
    "carriers.take_back": WRITERS,
    "carriers.test": WRITERS,
    "printers.show_all": OFFICE,
    "printers.show": OFFICE,
    "printers.calibrate": OFFICE,
    "printers.ask": NOTERS,
    "printers.add": NOTERS,
    "printers.change": NOTERS,
    "printers.put_back": NOTERS,
    "printers.labels": WORKERS,
    "fees.show": OFFICE,
    "fees.look": WRITERS,
    "fees.save": WRITERS,
    "fees.take_back": WRITERS,
    "setup.show_all": OFFICE,
    "calendar.show": OFFICE,
    "calendar.look": WRITERS,
    "calendar.change": WRITERS,
    "calendar.undo": WRITERS,
    "couriers.show_all": OFFICE,
    "couriers.show": OFFICE,
    "couriers.ask": PLANNERS,
    "couriers.add": PLANNERS,
    "couriers.change": PLANNERS,
    "couriers.put_back": PLANNERS,
    "couriers.close": PLANNERS,
    "couriers.reopen": PLANNERS,
    "couriers.note_away": NOTERS,
    "couriers.end_away": NOTERS,
    "courier_phones.show": PLANNERS,
    "courier_phones.offer": PAIRERS,
    "courier_phones.progress": PAIRERS,
    "courier_phones.end": PLANNERS,
    "courier_phones.give_back": PLANNERS,
    "offices.show_all": OFFICE,
    "offices.show": OFFICE,
    "offices.change": WRITERS,
    "offices.put_back": WRITERS,
    "procedures.show_all": OFFICE,
    "procedures.show": OFFICE,
    "procedures.ask": WRITERS,
    "procedures.add": WRITERS,
    "procedures.change": WRITERS,
    "procedures.put_back": WRITERS,
    # That a request waits is seen by all who answer for it; whose it is, by those who may read citizens' data.
    "data_requests.show_all": OFFICE,
    "data_requests.ask": WORKERS,
    "data_requests.take": WORKERS,
    "data_requests.show": READERS,
    "data_requests.say_received": WORKERS,
    "data_requests.answer": WORKERS,
    "breaches.show_all": OFFICE,
    "breaches.write": NOTERS,
    "breaches.note_on": WRITERS,
    "journal.show": AUDITORS,
    "journal.ask_out": AUDITORS,
    "exports.show_all": AUDITORS,
    "exports.decide": AUDITORS,
    "exports.take_out": AUDITORS,
    "statements.ask": SUPERVISORS,
    "statements.compare": SUPERVISORS,
    "duties.show_all": READERS,
    "duties.take": WORKERS,
    "duties.give_back": WORKERS,
    "cases.show": READERS,
    "cases.close": WORKERS,
    "cases.reopen": WORKERS,
    "cases.place": READERS,
    "cases.settle": WORKERS,
    "cases.try_address": WORKERS,
    "cases.unsettle": WORKERS,
    "rounds.today": COURIERS,
    "rounds.show": COURIERS,
    "rounds.find": COURIERS,
    "rounds.door": COURIERS,
    "rounds.say": COURIERS,
    "rounds.undo": COURIERS,
    "phones.today": COURIERS,
    "phones.take": COURIERS,
    # Who holds the secret that the desk shows is let in by it.
    "pairing.page": EVERYBODY,
    "pairing.look": EVERYBODY,
    "pairing.confirm": EVERYBODY,
    # The app without anybody's data: a phone that is logged out takes over its new version as well.
    "round_app.page": EVERYBODY,
    "round_app.part": EVERYBODY,
    "round_app.reader": EVERYBODY,
    "round_app.worker": EVERYBODY,
    "round_app.manifest": EVERYBODY,
    "round_app.picture": EVERYBODY,
    "closing.show": READERS,
    "closing.sheet": READERS,
    "counter.enter": WORKERS,
    "counter.take": WORKERS,
    "counter.undo": WORKERS,
}
# What other machines may ask, and the scope that each needs; None is open to everybody. No log-in counts here.
MACHINES: dict[str, Scope | None] = {
    "api.give_token": None,
    "api.describe": None,
    "api.bring_results": Scope.WRITE_RESULTS,
    "api.put_result": Scope.WRITE_RESULTS,
    "api.withdraw_result": Scope.WRITE_RESULTS,
    "api.get_result": Scope.READ_RESULTS,
    "api.get_history": Scope.READ_RESULTS,
    "api.list_results": Scope.READ_RESULTS,
    "api.list_changes": Scope.READ_RESULTS,
    "api.get_delivery_request": Scope.READ_REQUESTS,
    "api.put_delivery_request": Scope.WRITE_REQUESTS,
    "api.withdraw_delivery_request": Scope.WRITE_REQUESTS,
    "api.list_batches": Scope.READ_BATCHES,
    "api.get_batch": Scope.READ_BATCHES,
    "api.get_plan": Scope.READ_BATCHES,
    "api.get_document": Scope.READ_DOCUMENTS,
    "api.get_statistics": Scope.READ_STATISTICS,
}
# What stays open to those who must choose a password of their own, or set up a second factor, first.
OWN_PASSWORD = frozenset({"session.log_out", "password.ask", "password.change"})
OWN_FACTOR = frozenset({*OWN_PASSWORD, "second_factor.show", "second_factor.confirm"})
# All that a phone opens that was paired at the desk: the round, and nothing of the account whose round it is.
ON_A_PHONE = frozenset({"session.log_out", *(page for page, roles in PAGES.items() if roles == COURIERS)})


class User(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A member of staff as Flask-Login sees one; a new password or second factor ends all older log-ins.

    `on_phone` is whether they were let in as a phone that was paired at the desk, `strong` whether they have shown a
    second factor at a provider of identities that counts here.
    """

    def __init__(self, staff: Staff, *, on_phone: bool = False, strong: bool = False) -> None:
        self.staff, self.on_phone, self.strong = staff, on_phone, strong

    def get_id(self) -> str:
        return f"{self.staff.id}:{fingerprint(self.staff)}"


def fingerprint(staff: Staff) -> str:
    """What a log-in remembers of what opened it: when one of these changes, it is over."""
    opened = [staff.password_hash.encode()]
    if staff.second_factor is not None:
        opened.append(staff.second_factor)
    if staff.login_round:
        opened.append(str(staff.login_round).encode())
    return hashlib.sha256(b"|".join(opened)).hexdigest()[:16]


def role() -> Role | None:
    """The role of whoever asks; None for the public."""
    return current_user.staff.role if current_user.is_authenticated else None


def staff() -> Staff:
    """The member of staff who asks; only for pages behind the log-in."""
    found = current_user.staff
    assert isinstance(found, Staff)  # noqa: S101  the table of pages lets nobody else in
    return found


def may_work() -> bool:
    """Whether whoever asks may change things, for showing buttons; each page checks again."""
    return role() in WORKERS


def may_reckon() -> bool:
    """Whether whoever asks settles accounts with the carrier."""
    return role() in SUPERVISORS


def is_courier() -> bool:
    """Whether whoever asks has a round to look at, and no day."""
    return role() in COURIERS


def may_open(endpoint: str) -> bool:
    """Whether the page is for whoever asks, for showing the way to it; the page checks again."""
    return _is_open(endpoint)


def first_page() -> str:
    """Where whoever has logged in begins: couriers with their round, administrators with the accounts, else the day."""
    if is_courier():
        return url_for("rounds.today")
    return url_for("accounts.show_all" if role() in ADMINISTRATORS else "dispatch.day")


def shows_factor() -> bool:
    """Whether whoever asks has a page about their second factor."""
    return may_open("second_factor.show") and (
        service().settings.second_factor != "off" or staff().second_factor is not None
    )


def provider_name() -> str:
    """What people call the provider to which whoever asks may tie the own account; empty where there is none."""
    provider = service().staff_provider if may_open("sign_in.own") else None
    return provider.client.known_as if provider is not None else ""


def lacks_factor() -> bool:
    """Whether whoever asks must set up a second factor before anything else."""
    has_one = staff().second_factor is not None or current_user.strong
    return service().settings.second_factor == "required" and not has_one


def may_see_office(office_id: int | None) -> bool:
    """A clerk sees one office; who has none sees all of the district. What belongs to no office is for all staff."""
    own = staff().office_id
    return own is None or office_id is None or own == office_id


def need_office(office_id: int | None) -> None:
    """Another office's things do not exist for a clerk: the answer is the same as for what was never there."""
    if not may_see_office(office_id):
        abort(404)


def guard() -> ResponseReturnValue | None:
    """Run before every request: what is not in the table does not exist, and what is, only for those it names."""
    endpoint = request.endpoint
    if endpoint in MACHINES:
        let_machine_in(MACHINES[endpoint])
        return None
    if endpoint is None or _is_open(endpoint):
        return _first_of_all(endpoint)
    if current_user.is_authenticated:
        abort(403)
    if (page := request.headers.get("HX-Current-URL")) is not None:
        # A part of a page was asked for: the whole page goes to the log-in, and comes back from there.
        log_in = url_for("session.log_in", tiep=within(page))
        return Response("", 401, {"HX-Redirect": log_in})
    following = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("session.log_in", tiep=following))


def _is_open(endpoint: str) -> bool:
    roles = PAGES.get(endpoint, frozenset())
    if current_user.is_authenticated and current_user.on_phone and None not in roles:
        return role() in roles and endpoint in ON_A_PHONE
    return role() in roles


def _first_of_all(endpoint: str | None) -> ResponseReturnValue | None:
    """The way to a password of one's own, and to a second factor, for those who must have one.

    What the public may see, and going away, stays open; a paired phone has no password, and never reaches the account.
    """
    if endpoint is None or None in PAGES[endpoint] or current_user.on_phone:
        return None
    if staff().password_given:
        return None if endpoint in OWN_PASSWORD else redirect(url_for("password.ask"))
    if lacks_factor() and endpoint not in OWN_FACTOR:
        return redirect(url_for("second_factor.show"))
    return None
