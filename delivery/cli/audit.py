"""The audit book's chain, at the command line: its anchor for another system, and following it."""

import sys
from pathlib import Path

import click

from delivery.cli.console import command, json_option, people, service, write_json
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.moments import now
from delivery.privacy.chain import Anchor, anchors_file, head_of, read_anchors, seal_entries, verify


@click.group("audit")
def audit() -> None:
    """The book of who did what, as a chain that nobody can change unseen."""


@audit.command("anchor")
@json_option()
@command
def anchor(*, as_json: bool) -> None:
    """Print the newest link, for another system to keep: number, hash, moment."""
    here, at = service(), now()
    with here.database.write() as session:
        while seal_entries(session, here.seal):
            pass
        head = head_of(session)
    if as_json:
        write_json({"seq": head.seq, "hash": head.hash, "at": at.isoformat()})
    else:
        click.echo(str(Anchor(head.seq, head.hash, at.isoformat(timespec="seconds"))))


@audit.command("verify")
@click.option("--anchor", "given", multiple=True, metavar="FILE|TEXT",
              help="What another system has kept: a file of anchors, or one as it was printed.")  # fmt: skip
@json_option()
@command
def verify_(*, given: tuple[str, ...], as_json: bool) -> None:
    """Follow the chain and hold it against its anchors; name the first entry that does not fit, and exit 1."""
    here = service()
    anchors = read_anchors(anchors_file(here.settings.home))
    for each in given:
        anchors += _given(each)
    with here.database.read() as session:
        found = verify(session, here.seal, now(), anchors)
    if as_json:
        write_json({
            "sealed": found.sealed, "unsealed": found.unsealed, "late": found.late, "erased": found.erased,
            "anchors": len(anchors), "head": str(found.head),
            "broken": None if found.broken is None else {"seq": found.broken[0], "why": found.broken[1]},
        })  # fmt: skip
    elif found.broken is not None:
        people.print(_("[red]✗[/] Entry {number}: {why}.").format(number=found.broken[0], why=_(found.broken[1])))
    else:
        people.print(_("[green]✓[/] {count} entries follow from each other; {anchors} anchors agree; {erased} have had "
                       "their details erased by their term; {waiting} wait for their seal.").format(
            count=found.sealed, anchors=len(anchors), erased=found.erased, waiting=found.unsealed
        ))  # fmt: skip
    if found.broken is not None or found.late:
        sys.exit(1)


def _given(text: str) -> list[Anchor]:
    file = Path(text)
    try:
        if file.is_file():
            return read_anchors(file)
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {why}").format(path=file, why=error.strerror)) from error
    return [Anchor.parse(text)]
