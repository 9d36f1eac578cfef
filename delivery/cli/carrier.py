"""Carriers: which there are, what they can do, and whether the one in the settings answers."""

from typing import get_args

import click

from delivery.carriers import carrier_of
from delivery.cli.console import command, json_option, people, service, settings, table, write_json
from delivery.dispatch.doubt import doubt_all
from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.i18n import marked, ngettext
from delivery.settings import Settings
from postal_api.carrier import Capabilities

ABLE: dict[str, str] = {
    "deduplicates": marked("A repeated order is known again"),
    "queryable": marked("An order can be looked up by our reference"),
    "calls_back": marked("It reports by itself"),
    "signs": marked("Its reports are signed"),
    "tracks": marked("What it reported can be read again"),
    "cancels": marked("Orders can be taken back"),
    "corrects": marked("Orders can be corrected"),
    "labels": marked("It prints labels"),
    "quotes": marked("It names prices"),
    "numbers_items": marked("It numbers the envelopes itself"),
}


@click.group("carrier")
def carrier() -> None:
    """Who carries: what each carrier can do, and whether ours answers."""


@carrier.command("list")
@json_option()
@command
def list_carriers(*, as_json: bool) -> None:
    """Show the carriers that TANNHA_CARRIER can name, and what may be relied upon with each."""
    here = settings()
    names = get_args(Settings.model_fields["carrier"].annotation)
    able = {name: _capabilities(here, name) for name in names}
    if as_json:
        write_json([{"name": n, "chosen": n == here.carrier, **_flags(can)} for n, can in able.items()])
        return
    rows = [(f"{name} ◀" if name == here.carrier else name, _able(can, able=True), _able(can, able=False))
            for name, can in able.items()]  # fmt: skip
    table(_("Carriers"), (_("Carrier"), _("May be relied upon"), _("Not offered")), rows)


@carrier.command("check")
@json_option()
@command
def check_carrier(*, as_json: bool) -> None:
    """Prove the connection and the credentials without sending an order."""
    ours = carrier_of(settings())
    try:
        says = ours.check()
        can = ours.capabilities
    finally:
        ours.close()
    if as_json:
        write_json({"answered": says, **_flags(can)})
        return
    people.print(_("[green]✓[/] {carrier} answers.").format(carrier=says))
    for flag, text in ABLE.items():
        people.print(f"  {'[green]✓[/]' if _flags(can)[flag] else '–'} {_(text)}")


@carrier.command("doubt")
@json_option()
@command
def doubt(*, as_json: bool) -> None:
    """After a backup was put back: orders that these books take for not given are looked up before they are given."""
    with service().database.write() as session:
        count = doubt_all(session)
    if as_json:
        write_json({"in_doubt": count})
        return
    said = ngettext("{count} order will be looked up first.", "{count} orders will be looked up first.", count)
    people.print(said.format(count=count))


def _capabilities(here: Settings, name: str) -> Capabilities | None:
    try:
        found = carrier_of(here.model_copy(update={"carrier": name}))
    except BadSetting:
        return None
    found.close()
    return found.capabilities


def _flags(can: Capabilities | None) -> dict[str, bool]:
    return {} if can is None else {flag: bool(getattr(can, flag)) for flag in ABLE}


def _able(can: Capabilities | None, *, able: bool) -> str:
    return "\n".join(_(ABLE[flag]) for flag, has in _flags(can).items() if has is able)
