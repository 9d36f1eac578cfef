"""What citizens were told on a day, at the command line: how many, by what, and what came of it."""

from datetime import date

import click

from delivery.cli.console import Day, command, json_option, people, service, table, write_json
from delivery.i18n import gettext as _
from delivery.messages.looking import Count, counts_of
from delivery.moments import local, now, short_date
from delivery.rules.messages import CHANNELS, MESSAGE_STATES, OCCASIONS, WHYS


@click.command("messages")
@click.option("--day", type=Day(), help="The day on which it came up, 2026-11-24; today where none is named.")
@json_option()
@command
def messages(*, day: date | None, as_json: bool) -> None:
    """Count a day's messages to citizens by occasion, channel and state; no address is shown."""
    chosen = day or local(now()).date()
    with service().database.read() as session:
        counts = counts_of(session, chosen)
    if as_json:
        write_json([_document(one) for one in counts])
    elif not counts:
        people.print(_("On {day} there was nothing to tell.").format(day=short_date(chosen)))
    else:
        headers = (_("What"), _("Channel"), _("State"), _("Why"), _("Messages"))
        title = _("Messages to citizens, {day}").format(day=short_date(chosen))
        table(title, headers, [_row(one) for one in counts])


def _row(one: Count) -> tuple[object, ...]:
    by = _(CHANNELS[one.channel]) if one.channel is not None else "–"
    why = _(WHYS[one.why]) if one.why is not None else ""
    return _(OCCASIONS[one.occasion]), by, _(MESSAGE_STATES[one.state]), why, one.messages


def _document(one: Count) -> dict[str, object]:
    return {
        "occasion": one.occasion.value,
        "channel": one.channel.value if one.channel is not None else None,
        "state": one.state.value,
        "why": one.why.value if one.why is not None else None,
        "messages": one.messages,
    }
