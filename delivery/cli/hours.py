"""What couriers' own days say about the hours of the day."""

from collections import Counter

import click

from delivery.cli.console import command, json_option, people, service, table, write_json
from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.learning import observe, write_factors
from delivery.travelling import hours_file
from routing.roads import NetworkTravel, learn_factors


@click.command("learn-hours")
@click.option("--save", is_flag=True, help="Plan with these factors from now on.")
@json_option()
@command
def learn_hours(*, save: bool, as_json: bool) -> None:
    """Compare how long couriers' ways took with what the streets say, hour by hour."""
    here = service()
    travel = here.travelling().travel
    if not isinstance(travel, NetworkTravel):
        raise NotNow(_("Travel times come from straight lines or a server. First: tannha map import FILE"))
    with here.database.read() as session:
        legs = list(observe(session, NetworkTravel(travel.network, travel.vehicle)))
    factors, counts = learn_factors(legs), Counter(leg.hour for leg in legs)
    learnt = {hour: round(factor, 3) for (hour, _class), factor in sorted(factors.rows.items())}
    if save and learnt:
        write_factors(hours_file(here.settings.home), factors)
    if as_json:
        write_json({"legs": len(legs), "factors": learnt, "saved": save and bool(learnt)})
        return
    table(
        _("Travel times by the hour"), (_("Hour"), _("Ways seen"), _("Factor")),
        [(f"{hour}:00", counts[hour], f"{learnt[hour]:.2f}" if hour in learnt else "–") for hour in sorted(counts)],
    )  # fmt: skip
    if not learnt:
        people.print(_("Too few ways were seen yet to learn from."))
    elif save:
        people.print(_("Saved in {file}; plans use it from now on.").format(file=hours_file(here.settings.home)))
    else:
        people.print(_("Nothing was saved. To plan with these factors: tannha learn-hours --save"))
