"""Letters beside the certificates: which there are, what they say, and how they look."""

from pathlib import Path

import click

from delivery.cli.console import command, json_option, people, service, settings, table, write_bytes, write_json
from delivery.dispatch.inserts import LANGUAGES, all_inserts, find_insert, preview_insert, print_inserts
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from labels.texts import Language

LANGUAGE_OPTION = click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True,
                               help="Language of the letter.")  # fmt: skip
OUT_OPTION = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.pdf",
                          help="Where to write the PDF.")  # fmt: skip


@click.group("insert")
def insert() -> None:
    """Letters beside the certificates: congratulations, good wishes, condolences, in the ward's own words."""


@insert.command("list")
@json_option()
@command
def list_(*, as_json: bool) -> None:
    """List the procedures whose results go out with a letter, and whose words it has."""
    here = service()
    with here.database.read() as session:
        found = [(p.code, p.name_en if current_language() == "en" else p.name_vi, text)
                 for p, text in all_inserts(session, here.settings.home)]  # fmt: skip
    if as_json:
        write_json([{"procedure": code, "language": text.language, "own": text.own, "path": str(text.path)}
                    for code, _name, text in found])  # fmt: skip
        return
    rows = [
        (code, name, text.language, str(text.path) if text.own else _("as delivered")) for code, name, text in found
    ]
    table(_("Letters"), (_("Procedure"), _("Name"), _("Language"), _("Words")), rows)


@insert.command("show")
@click.argument("procedure")
@LANGUAGE_OPTION
@command
def show(*, procedure: str, language: Language) -> None:
    """Print the text for PROCEDURE; save it in the home's folder inserts/, change it, and it is yours."""
    click.echo(find_insert(settings().home, procedure, language).text, nl=False)


@insert.command("preview")
@click.argument("procedure")
@LANGUAGE_OPTION
@click.option("--name", default="", help="Whom the letter greets in the preview.")
@OUT_OPTION
@command
def preview(*, procedure: str, language: Language, name: str, out: Path) -> None:
    """Draw the letter for PROCEDURE as it will look; a mistake in the text is told with its line."""
    here = service()
    text = find_insert(here.settings.home, procedure, language)
    with here.database.read() as session:
        write_bytes(preview_insert(session, text, name), out)
    people.print(_("[green]✓[/] {path}").format(path=out))


@insert.command("print")
@click.argument("batch")
@OUT_OPTION
@command
def print_(*, batch: str, out: Path) -> None:
    """Draw the letters of BATCH, in the order of its labels."""
    here = service()
    with here.database.read() as session:
        write_bytes(print_inserts(session, here.settings.home, batch), out)
    people.print(_("[green]✓[/] {path}").format(path=out))
