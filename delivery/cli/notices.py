"""Notices to the one-stop system, at the command line: where they go, how that goes, and sending them again."""

from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy.orm import Session

from delivery.cli.console import Moment, command, json_option, people, service, table, write_json
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.i18n import ngettext
from delivery.models import NoticeEndpoint, NoticeSending
from delivery.moments import local, now
from delivery.notices import endpoints
from delivery.notices.endpoints import Wanted, find_endpoint
from delivery.notices.looking import Standing, log_of, standings
from delivery.rules.notice_sending import ENDPOINT_STATES, FAULTS, SEND_STATES
from delivery.rules.notices import CHOICES, TYPES

# Under this name the audit book has what is done here.
BY = "command"
Change = Callable[[Session, NoticeEndpoint, datetime], None]


@click.group("notices")
def notices() -> None:
    """Signed notices to the one-stop system about what becomes of its results (docs/notices.md)."""


@notices.command("list")
@json_option()
@command
def list_endpoints(*, as_json: bool) -> None:
    """Show where notices go, how that goes and how many wait."""
    with service().database.read() as session:
        found = standings(session)
    if as_json:
        write_json([_document(one) for one in found])
    elif not found:
        people.print(_("The one-stop system is told nothing. To change that: tannha notices add NAME URL"))
    else:
        headers = ("#", _("Name"), _("Address"), _("Office"), _("State"), _("Waiting"), _("Given up"), _("Fails since"))
        table(_("Notices to the one-stop system"), headers, [_row(one) for one in found])


@notices.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--office", default="", help="The office whose results it hears of; all offices where none is named.")
@click.option(
    "--type", "types", multiple=True, type=click.Choice([kind.value for kind in CHOICES]),
    help="A kind of notice that is wanted; may be repeated. All where none is named.",
)  # fmt: skip
@command
def add(*, name: str, url: str, office: str, types: tuple[str, ...]) -> None:
    """Have notices sent to URL; prints the secret for its signatures once."""
    here = service()
    address = here.notice_line.read(url)
    here.notice_line.check(address)
    with here.database.write() as session:
        wanted = Wanted(name, address, office, types)
        endpoint, secret = endpoints.add_endpoint(session, wanted, seal=here.seal, by=BY, at=now())
        number = endpoint.id
    people.print(_("[green]✓[/] Endpoint {number}. Try it: tannha notices ping {number}").format(number=number))
    _say_secret(secret)


@notices.command("move")
@click.argument("number", type=int)
@click.argument("url")
@command
def move(*, number: int, url: str) -> None:
    """Have the notices of an endpoint sent to another URL."""
    here = service()
    address = here.notice_line.read(url)
    here.notice_line.check(address)
    _change(number, lambda session, endpoint, at: endpoints.move(session, endpoint, address, by=BY, at=at))


@notices.command("rotate")
@click.argument("number", type=int)
@command
def rotate(*, number: int) -> None:
    """Make a new secret; for a day, notices carry a signature by the old one as well."""
    here = service()
    with here.database.write() as session:
        found = find_endpoint(session, number, lock=True)
        secret = endpoints.rotate(session, found, seal=here.seal, by=BY, at=now())
    _say_secret(secret)


@notices.command("pause")
@click.argument("number", type=int)
@command
def pause(*, number: int) -> None:
    """Send nothing there until it is resumed; what comes up meanwhile waits."""
    _change(number, lambda session, endpoint, at: endpoints.pause(session, endpoint, by=BY, at=at))


@notices.command("resume")
@click.argument("number", type=int)
@command
def resume(*, number: int) -> None:
    """Send what waits, at once."""
    _change(number, lambda session, endpoint, at: endpoints.resume(session, endpoint, by=BY, at=at))


@notices.command("remove")
@click.argument("number", type=int)
@command
def remove(*, number: int) -> None:
    """Send nothing there any more, for ever."""
    _change(number, lambda session, endpoint, at: endpoints.remove(session, endpoint, by=BY, at=at))


@notices.command("ping")
@click.argument("number", type=int)
@command
def ping(*, number: int) -> None:
    """Send a test notice; a worker sends it."""
    with service().database.write() as session:
        name = endpoints.ping(session, find_endpoint(session, number, lock=True), by=BY, at=now()).name
    people.print(_("[green]✓[/] {name}. What came of it: tannha notices log {number}").format(name=name, number=number))


@notices.command("log")
@click.argument("number", type=int)
@click.option("--limit", default=50, type=click.IntRange(1, 1000), help="How many, the newest first.")
@json_option()
@command
def log(*, number: int, limit: int, as_json: bool) -> None:
    """Show what was to be sent to an endpoint, and what came of it."""
    with service().database.read() as session:
        found = log_of(session, find_endpoint(session, number), most=limit)
    if as_json:
        write_json([_entry(one) for one in found])
    else:
        headers = (_("Notice"), _("What"), _("Dossier"), _("State"), _("Tries"), "HTTP", _("Why"), _("Last tried"))
        table(_("Endpoint {number}").format(number=number), headers, [_log_row(one) for one in found])


@notices.command("replay")
@click.argument("number", type=int)
@click.option("--notice", "name", default="", help="One notice, by its name ntc_….")
@click.option("--since", type=Moment(), help="All notices made since a moment, such as 2026-11-24T07:45.")
@command
def replay(*, number: int, name: str, since: datetime | None) -> None:
    """Send notices once more, under their own names: a receiver that has them knows them again."""
    if bool(name) is (since is not None):
        raise BadInput(_("Say either --notice or --since"))
    count = 1
    with service().database.write() as session:
        endpoint = find_endpoint(session, number, lock=True)
        if since is None:
            endpoints.replay_one(session, endpoint, name, by=BY, at=now())
        else:
            count = endpoints.replay_since(session, endpoint, since, by=BY, at=now())
    said = ngettext("{count} notice is sent again.", "{count} notices are sent again.", count)
    people.print(said.format(count=count))


def _change(number: int, change: Change) -> None:
    with service().database.write() as session:
        change(session, find_endpoint(session, number, lock=True), now())
    people.print(_("[green]✓[/] Done."))


def _say_secret(secret: str) -> None:
    people.print(_("The secret, for whoever receives; it is never shown again:"))
    click.echo(secret)


def _row(one: Standing) -> tuple[object, ...]:
    here = one.endpoint
    since = f"{local(here.failing_since):%H:%M %d/%m/%Y}" if here.failing_since is not None else "–"
    why = f": {_(FAULTS[here.fault])}" if here.fault is not None else ""
    office = here.office.code if here.office is not None else _("all offices")
    state = _(ENDPOINT_STATES[here.state])
    return here.id, here.name, here.url, office, state, one.waiting, one.given_up, f"{since}{why}"


def _document(one: Standing) -> dict[str, object]:
    here = one.endpoint
    return {
        "number": here.id,
        "name": here.name,
        "url": here.url,
        "office": here.office.code if here.office is not None else None,
        "types": here.types,
        "state": here.state.value,
        "waiting": one.waiting,
        "waiting_since": one.waiting_since.isoformat() if one.waiting_since is not None else None,
        "given_up": one.given_up,
        "failing_since": here.failing_since.isoformat() if here.failing_since is not None else None,
        "fault": here.fault.value if here.fault is not None else None,
        "last_sent_at": here.last_sent_at.isoformat() if here.last_sent_at is not None else None,
    }


def _log_row(one: NoticeSending) -> tuple[object, ...]:
    notice = one.notice
    tried = f"{local(one.tried_at):%H:%M:%S %d/%m}" if one.tried_at is not None else "–"
    why = _(FAULTS[one.fault]) if one.fault is not None else ""
    state = _(SEND_STATES[one.state])
    return (
        notice.name,
        _(TYPES[notice.type]),
        notice.dossier_code or "–",
        state,
        one.tries,
        one.status or "–",
        why,
        tried,
    )


def _entry(one: NoticeSending) -> dict[str, object]:
    notice = one.notice
    return {
        "notice": notice.name,
        "type": notice.type.value,
        "dossier_code": notice.dossier_code,
        "copy_no": notice.copy_no,
        "sequence": notice.sequence,
        "state": one.state.value,
        "tries": one.tries,
        "status": one.status,
        "fault": one.fault.value if one.fault is not None else None,
        "next_at": one.next_at.isoformat(),
        "sent_at": one.sent_at.isoformat() if one.sent_at is not None else None,
    }
