"""Commands that follow envelopes to their end: track, close-day."""

import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from delivery.cli.console import Day, command, json_file_option, json_option, people, service, table, write_json
from delivery.errors import NotFound
from delivery.i18n import gettext as _
from delivery.models import Item, Result
from delivery.moments import local, short_date
from delivery.rules.lifecycle import State
from delivery.tracking.closing import DIFFERENCES, Balance, close_day
from delivery.tracking.following import (
    FACTS,
    STATES,
    find_items,
    find_results,
    public_steps,
    reason_of,
    traces_of,
)


@click.command("track")
@click.argument("item")
@click.option("--traces", is_flag=True, help="Under which numbers the logs speak of it (TANNHA_LOG=json).")
@json_option()
@command
def track(*, item: str, traces: bool, as_json: bool) -> None:
    """Say where ITEM is: an item code, a tracking code, or a dossier code."""
    here = service()
    with here.database.read() as session:
        if traces:
            _show_traces(traces_of(session, here.seal, find_items(session, item)), as_json=as_json)
            return
        waiting = [result for result in find_results(session, item) if result.item_id is None]
        try:
            items = find_items(session, item)
        except NotFound:
            if not waiting:
                raise
            items = []
        if as_json:
            write_json([_document(found) for found in items] + [_waiting(result) for result in waiting])
            return
        for result in waiting:
            people.print(f"[bold]{result.dossier_code}[/] · {_waiting_text(result)}")
        for found in items:
            _show(found)


def _show_traces(found: Sequence[tuple[str, int, str]], *, as_json: bool) -> None:
    if as_json:
        write_json([{"kind": kind, "about": about, "trace_id": trace} for kind, about, trace in found])
    else:
        table("", (_("Kind"), _("Number"), "trace_id"), found)


def _show(item: Item) -> None:
    sent = item.consignments[-1] if item.consignments else None
    state = sent.journey if sent else State.PREPARED
    names = ", ".join(result.dossier_code for result in item.results)
    people.print(f"[bold]{sent.item_code if sent else names}[/] · {names} · [bold]{_(STATES[state])}[/]")
    rows = [(f"{local(event.occurred_at):%d/%m/%Y %H:%M}", _(FACTS[event.fact]), reason_of(event))
            for event in public_steps(item)]  # fmt: skip
    if rows:
        table("", (_("When"), _("What"), _("Reason")), rows)


def _document(item: Item) -> dict[str, Any]:
    sent = item.consignments[-1] if item.consignments else None
    return {
        "item": item.id,
        "dossiers": [result.dossier_code for result in item.results],
        "item_code": sent.item_code if sent else None,
        "state": (sent.journey if sent else State.PREPARED).value,
        "attempts": sent.attempts if sent else 0,
        "events": [
            {"at": event.occurred_at.isoformat(), "fact": event.fact.value, "reason": event.reason}
            for event in public_steps(item)
        ],
    }


def _waiting(result: Result) -> dict[str, Any]:
    return {"item": None, "dossiers": [result.dossier_code], "item_code": None, "state": "waiting", "events": []}


def _waiting_text(result: Result) -> str:
    if not result.wants_delivery:
        return _("to be fetched at the counter")
    return _("waits for a batch") if result.lat is not None else _("waits for its address to be placed")


@click.command("close-day")
@click.option("--date", "day", type=Day(), required=True, help="The day of dispatch, 2026-11-24.")
@json_file_option()
@command
def close_day_(*, day: date, json_to: str | None) -> None:
    """Balance a day to the last envelope; exits non-zero if the books disagree."""
    with service().database.read() as session:
        balance = close_day(session, day)
    if json_to is not None:
        write_json(balance_document(balance), json_to)
    else:
        show_balance(balance)
    if not balance.balanced:
        sys.exit(1)


def balance_document(balance: Balance) -> dict[str, Any]:
    """The balance for machines."""
    return {
        "handed_over": balance.handed_over,
        "delivered": balance.delivered,
        "returned": balance.returned,
        "still_out": balance.still_out,
        "balanced": balance.balanced,
        "at_ward": balance.at_ward,
        "differences": [
            {"item_code": d.item_code, "dossier": d.dossier_code, "why": d.why} for d in balance.differences
        ],
    }


def show_balance(balance: Balance) -> None:
    """The balance for people."""
    headers = (_("Handed over"), "=", _("Delivered"), "+", _("Returned"), "+", _("Still out"))
    row = (balance.handed_over, "=", balance.delivered, "+", balance.returned, "+", balance.still_out)
    table(_("Balance of {day}").format(day=short_date(balance.day)), headers, [row])
    if balance.at_ward:
        people.print(_("At the ward, not handed over: {count}").format(count=balance.at_ward))
    if balance.differences:
        rows = [(d.item_code, d.dossier_code, _(DIFFERENCES[d.why])) for d in balance.differences]
        table(_("The books disagree"), (_("Item code"), _("Dossier"), _("Why")), rows)
    if balance.balanced:
        people.print(_("[bold green]✓ The day balances.[/]"))
    else:
        people.print(_("[bold red]✗ The day does not balance.[/]"))
