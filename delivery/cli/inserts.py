"""Letters beside the certificates: which there are, what they say, how they look, and taking over files."""

from pathlib import Path

import click

from delivery.cli.console import command, json_option, people, service, table, write_bytes, write_json
from delivery.dispatch.inserts import preview_letter, print_inserts
from delivery.dispatch.letter_texts import (
    LANGUAGES,
    ORIGINS,
    InsertText,
    Origin,
    Writer,
    all_inserts,
    files_of,
    find_insert,
    import_letters,
    letter_of,
    restore,
    versions_of,
)
from delivery.errors import NotFound
from delivery.i18n import current_language
from delivery.i18n import gettext as _
from delivery.models import LetterText
from delivery.moments import local, now
from labels.texts import Language

LANGUAGE_OPTION = click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True,
                               help="Language of the letter.")  # fmt: skip
# Who works at the machine itself.
OWNER = "command"
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
    home = here.settings.home
    with here.database.read() as session:
        found = [(p.name_en if current_language() == "en" else p.name_vi, text)
                 for p, text in all_inserts(session, home)]  # fmt: skip
    if as_json:
        write_json([{"procedure": text.letter.procedure, "language": text.letter.language, "own": text.own,
                     "origin": text.origin, "version": text.version, "path": str(text.letter.file(home))}
                    for _name, text in found])  # fmt: skip
        return
    rows = [(text.letter.procedure, name, text.letter.language, _whose(text)) for name, text in found]
    table(_("Letters"), (_("Procedure"), _("Name"), _("Language"), _("Words")), rows)
    passed_over = [text.letter.file(home) for _name, text in found
                   if text.origin is not Origin.FILE and text.letter.file(home).is_file()]  # fmt: skip
    for file in passed_over:
        people.print(
            _("[yellow]![/] {file} does not count: the letter was written in the pages since").format(file=file)
        )


def _whose(text: InsertText) -> str:
    if text.written is None:
        return _(ORIGINS[text.origin])
    return f"{_(ORIGINS[text.origin])}, {_told(text.written)}"


def _told(written: LetterText) -> str:
    return f"{written.written_by}, {local(written.written_at):%d/%m/%Y %H:%M}"


@insert.command("show")
@click.argument("procedure")
@LANGUAGE_OPTION
@command
def show(*, procedure: str, language: Language) -> None:
    """Print the text for PROCEDURE."""
    here = service()
    with here.database.read() as session:
        click.echo(find_insert(session, here.settings.home, procedure, language).text, nl=False)


@insert.command("import")
@click.argument("files", nargs=-1, metavar="[FILE.md]...", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@command
def import_(*, files: tuple[Path, ...]) -> None:
    """Take over texts from files such as 1.001193.vi.md; all of the home's folder inserts/ where none is named."""
    here = service()
    wanted = list(files) or files_of(here.settings.home)
    if not wanted:
        raise NotFound(_("There is no letter in {folder}").format(folder=here.settings.home / "inserts"))
    with here.database.write() as session:
        taken = list(import_letters(session, here.settings.home, wanted, Writer(OWNER, now())))
    for text in taken:
        people.print(_("[green]✓[/] {procedure}, {language}: version {version}").format(
            procedure=text.letter.procedure, language=text.letter.language, version=text.version))  # fmt: skip


@insert.command("history")
@click.argument("procedure")
@LANGUAGE_OPTION
@command
def history(*, procedure: str, language: Language) -> None:
    """List what was written of the letter for PROCEDURE, by whom and when."""
    here = service()
    with here.database.read() as session:
        versions = versions_of(session, letter_of(procedure, language))
    rows = [(one.version, _told(one), _words(one), one.note) for one in versions]
    table(_("Letters"), (_("Version"), _("Who and when"), _("Words"), _("Note")), rows)


def _words(written: LetterText) -> str:
    if written.text is None:
        return _(ORIGINS[Origin.DELIVERED])
    return " ".join(written.text.split())[:60] or _("no letter")


@insert.command("restore")
@click.argument("procedure")
@click.argument("version", type=click.IntRange(0))
@LANGUAGE_OPTION
@command
def restore_(*, procedure: str, version: int, language: Language) -> None:
    """Let VERSION of the letter for PROCEDURE hold again; 0 is the text that comes with the program."""
    here = service()
    with here.database.write() as session:
        writer = Writer(OWNER, now())
        text = restore(session, here.settings.home, letter_of(procedure, language), version, writer)
    people.print(_("[green]✓[/] {procedure}, {language}: version {version}").format(
        procedure=procedure, language=language, version=text.version))  # fmt: skip


@insert.command("preview")
@click.argument("procedure")
@LANGUAGE_OPTION
@click.option("--name", default="", help="Whom the letter greets in the preview.")
@OUT_OPTION
@command
def preview(*, procedure: str, language: Language, name: str, out: Path) -> None:
    """Draw the letter for PROCEDURE as it will look; a mistake in the text is told with its line."""
    here = service()
    with here.database.read() as session:
        text = find_insert(session, here.settings.home, procedure, language)
        write_bytes(preview_letter(session, text.letter, text.text, name), out)
    people.print(_("[green]✓[/] {path}").format(path=out))


@insert.command("print")
@click.argument("batch")
@OUT_OPTION
@command
def print_(*, batch: str, out: Path) -> None:
    """Draw the letters of BATCH, in the order of its labels."""
    write_bytes(print_inserts(service(), batch), out)
    people.print(_("[green]✓[/] {path}").format(path=out))
