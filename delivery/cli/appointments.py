"""Appointment slips, for those who want the way of their envelope on paper."""

from pathlib import Path
from typing import get_args

import click

from delivery.cli.console import command, people, service, write_bytes
from delivery.dispatch.appointments import appointments_of
from delivery.i18n import gettext as _
from labels.appointment import Format, draw_appointments
from labels.texts import Language


@click.command("appointment")
@click.argument("item")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.pdf",
              help="Where to write the PDF.")  # fmt: skip
@click.option("--paper", type=click.Choice(get_args(Format)), default="a6", show_default=True,
              help="A6, A5, or an 80 mm receipt.")  # fmt: skip
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True,
              help="Language of the slip.")  # fmt: skip
@command
def appointment(*, item: str, out: Path, paper: Format, language: Language) -> None:
    """Draw the slip that says when ITEM is promised and how to ask for it: an item, tracking or dossier code."""
    here = service()
    with here.database.read() as session:
        slips = appointments_of(session, item, f"{here.settings.web_url}/tra-cuu")
    write_bytes(draw_appointments(slips, paper, language), out)
    people.print(_("[green]✓[/] {path}").format(path=out))
