"""The command line: each step of the day is a command of its own."""

from contextlib import suppress

import click

from delivery.cli.console import settings
from delivery.cli.lazy import LazyGroup
from delivery.errors import BadSetting

COMMANDS = {
    "init": "intake:init",
    "import": "intake:import_",
    "geocode": "intake:geocode_",
    "batch": "dispatch:batch",
    "plan": "dispatch:plan",
    "print": "dispatch:print_",
    "submit": "dispatch:submit",
    "hand-over": "dispatch:hand_over_",
    "door": "door:door",
    "track": "following:track",
    "close-day": "following:close_day_",
    "recall": "recalling:recall_",
    "correct": "recalling:correct",
    "close-sheet": "reckoning:close_sheet",
    "reconcile": "reckoning:reconcile",
    "worker": "worker:worker",
    "sandbox": "sandbox:sandbox",
    "check": "check:check",
    "sample-day": "sample:sample_day",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "numbers": "numbers:numbers",
    "carrier": "carrier:carrier",
    "fee": "fee:fee",
    "address": "address:address",
    "place": "places:place",
    "map": "maps:map_",
    "learn-hours": "hours:learn_hours",
    "printer": "printer:printer",
    "insert": "inserts:insert",
    "appointment": "appointments:appointment",
    "messages": "messages:messages",
    "notices": "notices:notices",
    "audit": "audit:audit",
    "breach": "breaches:breach",
    "retention": "retention:retention",
    "client": "clients:client",
    "keys": "keys:keys",
}


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    places={name: f"delivery.cli.{place}" for name, place in COMMANDS.items()},
)
@click.version_option(package_name="tannha")
def tannha() -> None:
    """Tận Nhà brings the paper results of public administration to the citizen's door."""
    # Before the first option is judged: even a wrong date is answered in the reader's language. Bad settings are told
    # by the command that needs them.
    with suppress(BadSetting):
        settings()
