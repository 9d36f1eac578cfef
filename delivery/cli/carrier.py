"""Carriers: which there are, what they can do, and whether the one in the settings answers."""

from dataclasses import asdict

import click
import sqlalchemy as sa

from delivery.backup.afterwards import doubt_everything
from delivery.carriers import carrier_of
from delivery.cli.console import carrier_option, command, json_option, people, service, settings, table, write_json
from delivery.dispatch.communes import choose_commune, refresh_communes
from delivery.dispatch.pace import failing, forget_failures
from delivery.errors import BadInput, BadSetting, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked, ngettext
from delivery.jobs.work import TryLater
from delivery.models import CarrierWard
from delivery.moments import local, now
from delivery.rules.lifecycle import Fact
from delivery.settings import CARRIERS, Settings
from delivery.tracking.codes import TABLES, learn_code, read_anew, unknown_codes
from delivery.wiring import Service
from postal_api.carrier import Capabilities
from postal_api.events import EventKind

OWNER = "command line"
# What only the ward itself can say, and what says nothing.
NOT_LEARNT = frozenset({Fact.HANDED_OVER, Fact.UNKNOWN})

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
    "lists_communes": marked("It goes by its own codes of wards"),
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
    able = {name: _capabilities(here, name) for name in CARRIERS}
    if as_json:
        write_json([{"name": n, "chosen": n == here.carrier, **_flags(can)} for n, can in able.items()])
        return
    rows = [(f"{name} ◀" if name == here.carrier else name, _able(can, able=True), _able(can, able=False))
            for name, can in able.items()]  # fmt: skip
    table(_("Carriers"), (_("Carrier"), _("May be relied upon"), _("Not offered")), rows)


@carrier.command("check")
@carrier_option()
@json_option()
@command
def check_carrier(*, name: str | None, as_json: bool) -> None:
    """Prove the connection and the credentials without sending an order."""
    here = Service.from_settings(settings())
    here = here.with_carrier(name or here.settings.carrier)
    try:
        says = here.carrier.check()
        can = here.carrier.capabilities
        failed = _had_failed(here)
    finally:
        here.close()
    if as_json:
        write_json({"answered": says, "had_failed": failed, **_flags(can)})
        return
    people.print(_("[green]✓[/] {carrier} answers.").format(carrier=says))
    if failed:
        people.print(_("[yellow]![/] It had failed five times in a row; what waits for it goes on now."))
    for flag, text in ABLE.items():
        people.print(f"  {'[green]✓[/]' if _flags(can)[flag] else '–'} {_(text)}")


@carrier.command("codes")
@click.option("--apply", "apply_", is_flag=True, help="Read again what a newer version of the table explains.")
@json_option()
@command
def show_codes(*, apply_: bool, as_json: bool) -> None:
    """List the status codes that came from the carrier and that no table explains."""
    with service().database.write() as session:
        anew = read_anew(session, by=OWNER, at=now()) if apply_ else 0
        found = unknown_codes(session)
    if as_json:
        rows = [{**asdict(each), "last": each.last.isoformat()} for each in found]
        write_json({"read_anew": anew, "unknown": rows})
        return
    if anew:
        people.print(_("[green]✓[/] {count} events were read anew.").format(count=anew))
    if not found:
        people.print(_("[green]✓[/] Every code is explained."))
        return
    headers = (_("Table"), _("Code"), _("The carrier's words"), _("Events"), _("Envelopes"), _("Last"))
    rows_shown = [(e.table, e.code, e.said, e.events, e.items, f"{local(e.last):%d/%m/%Y %H:%M}") for e in found]
    table(_("Codes that no table explains"), headers, rows_shown)
    people.print(_("Ask the carrier what they mean, then: tannha carrier learn TABLE CODE MEANING"))


@carrier.command("learn")
@click.argument("code_table", metavar="TABLE", type=click.Choice(sorted(TABLES)))
@click.argument("code")
@click.argument("meaning", type=click.Choice([fact.value for fact in Fact if fact not in NOT_LEARNT]))
@command
def learn(*, code_table: str, code: str, meaning: str) -> None:
    """Say what CODE of the carrier's TABLE means; what came with it is read anew."""
    if code in TABLES[code_table] and TABLES[code_table][code].kind is not EventKind.UNKNOWN:
        raise BadInput(_("The built-in table explains {code} already").format(code=code))
    with service().database.write() as session:
        count = learn_code(session, code_table, code, Fact(meaning), by=OWNER, at=now())
    people.print(_("[green]✓[/] {count} events were read anew.").format(count=count))


@carrier.command("wards")
@click.option("--refresh", is_flag=True, help="Read the carrier's list now.")
@carrier_option()
@json_option()
@command
def show_wards(*, refresh: bool, name: str | None, as_json: bool) -> None:
    """List our wards in the carrier's own codes."""
    here = service()
    here = here.with_carrier(name or here.settings.carrier)
    if refresh:
        if not here.carrier.capabilities.lists_communes:
            raise BadInput(_("This carrier goes by the names of wards and has no list of codes"))
        try:
            refresh_communes(here, always=True)
        except TryLater as error:
            raise NotNow(_("The carrier does not answer: {why}").format(why=error)) from error
    with here.database.read() as session:
        wanted = sa.select(CarrierWard).where(CarrierWard.carrier == here.settings.carrier)
        known = list(session.scalars(wanted.order_by(CarrierWard.ward_code)))
    if as_json:
        write_json([{"ward": w.ward_code, "commune": w.commune_code, "chosen_by": w.chosen_by} for w in known])
        return
    names = {ward.code: ward.name for ward in here.atlas.wards.today}
    rows = [(w.ward_code, names.get(w.ward_code, ""), w.commune_code, w.chosen_by) for w in known]
    table(_("Wards"), (_("Our code"), _("Ward"), _("The carrier's code"), _("Chosen by")), rows)


@carrier.command("ward")
@click.argument("ward_code")
@click.argument("commune_code")
@carrier_option()
@command
def choose_ward(*, ward_code: str, commune_code: str, name: str | None) -> None:
    """Say which COMMUNE_CODE of the carrier's list our WARD_CODE is; orders that waited for it go on."""
    here = service()
    here = here.with_carrier(name or here.settings.carrier)
    if here.atlas.wards.by_code(ward_code) is None:
        raise BadInput(_("There is no ward {code}").format(code=ward_code))
    with here.database.write() as session:
        choose_commune(session, here.settings.carrier, ward_code, commune_code.strip(), by=OWNER, at=now())
    people.print(_("[green]✓[/] Noted."))


@carrier.command("doubt")
@click.option("--skip-numbers", type=click.IntRange(min=0), metavar="COUNT",
              help="So many item codes may have been used; estimated unless given.")  # fmt: skip
@json_option()
@command
def doubt(*, skip_numbers: int | None, as_json: bool) -> None:
    """After a backup was put back: what these books take for not done is looked up, or not done again."""
    with service().database.write() as session:
        found = doubt_everything(session, now(), skip_numbers)
    if as_json:
        write_json({"in_doubt": found.orders, "messages": found.messages, "numbers": found.numbers})
        return
    said = ngettext("{count} order will be looked up first.", "{count} orders will be looked up first.", found.orders)
    people.print(said.format(count=found.orders))
    said = ngettext("{count} message may have been sent, and is not sent again.",
                    "{count} messages may have been sent, and are not sent again.", found.messages)  # fmt: skip
    people.print(said.format(count=found.messages))
    said = ngettext("{count} item code is passed over.", "{count} item codes are passed over.", found.numbers)
    people.print(said.format(count=found.numbers))


def _had_failed(here: Service) -> bool:
    """Whether the carrier was being left alone; now that it answers, it no longer is."""
    if not here.database.is_at_head():
        return False
    with here.database.read() as session:
        failed = failing(session, here.settings.carrier) is not None
    if failed:
        forget_failures(here)
    return failed


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
