"""The command line: each step of the day is a command of its own."""

from contextlib import suppress

import click

from delivery.cli.address import address
from delivery.cli.carrier import carrier
from delivery.cli.console import settings
from delivery.cli.dispatch import batch, hand_over_, plan, print_, submit
from delivery.cli.fee import fee
from delivery.cli.following import close_day_, track
from delivery.cli.hours import learn_hours
from delivery.cli.intake import geocode_, import_, init
from delivery.cli.maps import map_
from delivery.cli.numbers import numbers
from delivery.cli.places import place
from delivery.cli.processes import check, sandbox, worker
from delivery.cli.sample import sample_day
from delivery.errors import BadSetting


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tannha")
def tannha() -> None:
    """Tận Nhà brings the paper results of public administration to the citizen's door."""
    # Before the first option is judged: even a wrong date is answered in the reader's language. Bad settings are told
    # by the command that needs them.
    with suppress(BadSetting):
        settings()


COMMANDS = (
    init, import_, geocode_, batch, plan, print_, submit, hand_over_, track, close_day_,
    worker, sandbox, check, sample_day, numbers, carrier, fee, address, place, map_, learn_hours,
)  # fmt: skip
for each in COMMANDS:
    tannha.add_command(each)
