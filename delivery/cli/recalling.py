"""Commands for what has been arranged already: recall an envelope, correct whom it goes to."""

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.cli.console import command, json_option, people, service, write_json
from delivery.dispatch.amending import amend
from delivery.dispatch.amendment_words import OUTCOMES
from delivery.dispatch.pace import paced
from delivery.dispatch.recalling import open_amendment, recall, send_again, take_back
from delivery.errors import BadInput, NotFound
from delivery.geocoding import geocode
from delivery.i18n import gettext as _
from delivery.intake.correcting import Change, correct_by_hand
from delivery.jobs.work import do
from delivery.models import Amendment, AmendmentState, Item, Job, JobState, Result
from delivery.moments import now
from delivery.tracking.following import find_items, find_results
from delivery.wiring import Service

OWNER = "command line"


@click.command("recall")
@click.argument("code")
@click.option("--reason", default="", metavar="WHY", help="Why; kept with the envelope.")
@click.option("--in-hand", is_flag=True, help="The carrier has given it up and the paper is back at the ward.")
@click.option("--release", is_flag=True, help="Let it travel again.")
@json_option()
@command
def recall_(*, code: str, reason: str, in_hand: bool, release: bool, as_json: bool) -> None:
    """Keep the envelope CODE at the ward, and ask the carrier to give it up where it has accepted it."""
    if in_hand and release:
        raise BadInput(_("First --in-hand, then --release"))
    if not (in_hand or release) and len(reason.strip()) < 3:
        raise BadInput(_("Say why it is recalled, with --reason"))
    here, amendment = service(), None
    with here.database.write() as session:
        item, at = _item(session, code), now()
        item_id, outcome = item.id, "held"
        if release:
            under_way = item.live is not None
            send_again(session, item, by=OWNER, at=at)
            outcome = "goes_on" if under_way else "released"
        elif in_hand:
            take_back(session, item, by=OWNER, at=at)
            outcome = "taken_back"
        else:
            amendment = recall(session, item, by=OWNER, reason=reason.strip(), at=at)
    if amendment is not None:
        outcome = {AmendmentState.DONE: "at_ward", AmendmentState.REFUSED: "refused"}.get(
            _ask_now(here, amendment.id), "asked"
        )
    _say(here, item_id, outcome, as_json=as_json)


@click.command("correct")
@click.argument("code")
@click.option("--recipient", default="", metavar="NAME", help="Who receives it.")
@click.option("--phone", default="", metavar="NUMBER", help="Under which number they are reached.")
@click.option("--address", default="", metavar="ADDRESS", help="Where it goes.")
@json_option()
@command
def correct(*, code: str, recipient: str, phone: str, address: str, as_json: bool) -> None:
    """Correct whom the envelope CODE goes to; its label is void, and the carrier is told if it knows of it."""
    here, change = service(), Change.typed(recipient, phone, address)
    with here.database.write() as session:
        result = _result(session, code)
        correct_by_hand(session, result, change, by=OWNER, at=now())
        item = session.get(Item, result.item_id) if result.item_id is not None else None
        amendment = open_amendment(session, item.live) if item is not None and item.live is not None else None
    outcome = "corrected"
    if amendment is not None:
        outcome = {AmendmentState.DONE: "corrected", AmendmentState.REFUSED: "refused"}.get(
            _ask_now(here, amendment.id), "told"
        )
    if address:
        geocode(here.database, now(), chain=here.geocoders())
    _say(here, item.id if item is not None else None, outcome, as_json=as_json)


def _ask_now(here: Service, amendment_id: int) -> AmendmentState:
    """Ask the carrier once at once; what it does not answer now, workers ask again."""
    with here.database.read() as session:
        wanted = sa.select(Job.id).where(Job.kind == "amend", Job.key == amendment_id, Job.state == JobState.READY)
        job_id = session.scalar(wanted)
    if job_id is not None:
        do(here, {"amend": paced(amend, ahead=True)}, job_id, OWNER)
    with here.database.read() as session:
        return session.get_one(Amendment, amendment_id).state


def _say(here: Service, item_id: int | None, outcome: str, *, as_json: bool) -> None:
    with here.database.read() as session:
        item = session.get(Item, item_id) if item_id is not None else None
        code = item.consignments[-1].item_code if item is not None and item.consignments else None
    if as_json:
        write_json({"item_code": code, "outcome": outcome})
        return
    people.print("[green]✓[/] " + (f"{code}: " if code is not None else "") + _(OUTCOMES[outcome]))


def _item(session: Session, code: str) -> Item:
    found = find_items(session, code)
    if len(found) > 1:
        codes = ", ".join(item.consignments[-1].item_code for item in found if item.consignments)
        raise BadInput(_("{code} has several envelopes; name one by its item code: {codes}").format(
            code=code, codes=codes))  # fmt: skip
    return found[0]


def _result(session: Session, code: str) -> Result:
    """The result of a dossier that waits at the counter, or the one in the envelope that the code names."""
    try:
        return _item(session, code).first
    except NotFound:
        waiting = find_results(session, code)
        if len(waiting) != 1:
            raise
        return waiting[0]
