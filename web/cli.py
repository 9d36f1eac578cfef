"""The commands that need the pages: serving them, and the accounts of those who use them."""

import signal
import threading

import click
from rich.markup import escape

from delivery.cli.console import command, complaints, people, service
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.models import Role
from delivery.moments import now
from delivery.wiring import Service
from web.people import add_staff, by_name, close_account, lift_pause, note, set_password
from web.processes import Household
from web.second_factor import take_away


@click.command("serve")
@click.option("--host", help="Address to listen on; TANNHA_HOST unless given.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; TANNHA_PORT unless given.")
@click.option(
    "--all", "whole_house", is_flag=True, help="Also run a worker and, unless the carrier is real, the sandbox post."
)
@command
def serve(*, host: str | None, port: int | None, whole_house: bool) -> None:
    """Serve the pages for staff, citizens and the carrier's callbacks."""
    from web.serving import serve as serve_pages  # noqa: PLC0415  who adds a person need not wait for all pages

    here = service()
    household = Household(here.settings.home / "logs", {}, _restarted)
    if whole_house:
        household.start("worker", ["worker"])
        if here.settings.uses_sandbox:
            household.start("sandbox", ["sandbox", "--speed", "60"])
    _warn(here)
    if threading.current_thread() is threading.main_thread():
        # Ctrl-C and SIGTERM both end the children in `finally`.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    at = (host or here.settings.host, here.settings.port if port is None else port)
    people.print(_("[green]✓[/] http://{host}:{port} (stop with Ctrl-C)").format(host=at[0], port=at[1]))
    try:
        serve_pages(here, *at)
    except OSError as error:
        raise BadInput(
            _("Port {port} cannot be opened: {why}. Choose another with --port").format(port=at[1], why=error.strerror)
        ) from error
    except KeyboardInterrupt:
        people.print(_("Good-bye."))
    finally:
        household.stop()


def _warn(here: Service) -> None:
    """Say what is unsafe, where pages are meant for the public: a demo on one's own machine is left in peace."""
    if here.settings.public_url:
        from delivery.safety import dangers  # noqa: PLC0415  as above

        for danger in dangers(here):
            if not danger.ok:
                complaints.print(f"[yellow]![/] {_(danger.what)}: {escape(danger.says)}")


def _restarted(name: str, ended: int, pid: int) -> None:
    complaints.print(
        _("[yellow]![/] {name} ended ({code}) and was started again as process {pid}").format(
            name=name, code=ended, pid=pid
        )
    )


@click.group("staff")
def staff() -> None:
    """Accounts of the ward's staff."""


@staff.command("add")
@click.argument("username")
@click.option("--name", required=True, help="The person's name, as colleagues know it.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--office", help="Code of the one office a person works for (BD); needed for clerks.")
@click.option("--courier", help="Code of the courier whose rounds a person delivers (BD1); for couriers.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="TANNHA_NEW_PASSWORD")
@command
def add(*, username: str, name: str, role: str, office: str | None, courier: str | None, password: str) -> None:
    """Enter a person who may log in; the password is asked for."""
    with service().database.write() as session:
        add_staff(session, username, name, Role(role), office, password, courier_code=courier)
    people.print(_("[green]✓[/] {name} may log in.").format(name=username))


@staff.command("close")
@click.argument("username")
@command
def close(*, username: str) -> None:
    """End an account at once, on every device: for who leaves, and for a phone that is lost."""
    with service().database.write() as session:
        closed = close_account(session, username)
        note(session, "command", "closed the account", f"staff:{closed.id}", now())
    people.print(_("[green]✓[/] {name} may no longer log in.").format(name=closed.name))


@staff.command("password")
@click.argument("username")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="TANNHA_NEW_PASSWORD")
@command
def password(*, username: str, password: str) -> None:
    """Give a person a new password, which is asked for; log-ins with the old one end."""
    with service().database.write() as session:
        found = by_name(session, username)
        set_password(found, password)
        note(session, "command", "gave a new password", f"staff:{found.id}", now())
    people.print(_("[green]✓[/] {name} has a new password.").format(name=found.name))


@staff.command("drop-second-factor")
@click.argument("username")
@command
def drop_second_factor(*, username: str) -> None:
    """Take a second factor away whose phone is lost, and a pause after wrong codes with it."""
    with service().database.write() as session:
        found = by_name(session, username)
        take_away(session, found, "command", now())
        lift_pause(found)
    people.print(_("[green]✓[/] The password alone lets {name} in now.").format(name=found.name))
