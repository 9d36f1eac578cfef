"""The command of the doorstep: what the own team did with an envelope, or that it is back at the counter."""

import uuid
from datetime import datetime

import click

from delivery.cli.console import Moment, command, json_option, people, service, write_json
from delivery.dispatch.handover import identify
from delivery.errors import BadInput, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.models import Channel, Consignment
from delivery.moments import now
from delivery.rules.doorstep import OUTCOMES, Outcome, Paper, Reason, Receiver
from delivery.tracking.doorstep import Said, Teller, record_act, take_back
from delivery.tracking.following import STATES

UNDO = "undo"
# Whoever may type commands on the machine may do what a supervisor may.
TELLER = Teller("command", Channel.COMMAND, supervises=True)


class ActId(click.ParamType[uuid.UUID]):
    """A UUID, made by whoever says it."""

    name = "uuid"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> uuid.UUID:
        try:
            return uuid.UUID(str(value))
        except ValueError:
            return self.fail(_("{text} is not a UUID").format(text=value), param, ctx)


@click.command("door")
@click.argument("code")
@click.argument("what", type=click.Choice([*(outcome.value for outcome in Outcome), UNDO]))
@click.option("--to", "receiver", type=click.Choice([one.value for one in Receiver]), help="Whose hands it is in.")
@click.option("--paper", "papers", multiple=True, type=click.Choice([one.value for one in Paper]),
              help="What was shown at the door; may be given more than once.")  # fmt: skip
@click.option("--reason", type=click.Choice([one.value for one in Reason]), help="Why it could not be delivered.")
@click.option("--at", type=Moment(), help="When it happened; now unless said otherwise.")
@click.option("--id", "act_id", type=ActId(), help="The act's own UUID: the same one twice is said once.")
@json_option()
@command
def door(
    *, code: str, what: str, receiver: str | None, papers: tuple[str, ...], reason: str | None, at: datetime | None,
    act_id: uuid.UUID | None, as_json: bool,
) -> None:  # fmt: skip
    """Say what the own team did with the envelope CODE: delivered, failed, back; or undo what was said last."""
    here, moment = service(), now()
    named = act_id or uuid.uuid4()
    with here.database.write() as session:
        sent, _version = identify(session, code, here.seal)
        if sent is None:
            raise NotFound(_("No envelope goes by {code}").format(code=code))
        if what == UNDO:
            new = take_back(session, _last(sent), named, TELLER, moment)
        else:
            said = Said(
                named, Outcome(what), at or moment, Receiver(receiver) if receiver else None,
                tuple(Paper(paper) for paper in papers), Reason(reason) if reason else None,
            )  # fmt: skip
            _refuse_what_does_not_belong(said)
            new = record_act(session, sent.id, said, TELLER, moment)
        state = sent.journey
    if as_json:
        write_json({"item_code": sent.item_code, "id": str(named), "new": new, "state": state.value})
        return
    word = _("Taken back") if what == UNDO else _(OUTCOMES[Outcome(what)])
    told = "" if new else " " + _("(known already)")
    people.print(f"[green]✓[/] {sent.item_code}: {word}{told} · {_(STATES[state])}")


def _last(sent: Consignment) -> uuid.UUID:
    standing = [act for act in sent.acts if act.stands]
    if not standing:
        raise NotNow(_("Nothing was said of {code} that could be taken back").format(code=sent.item_code))
    return uuid.UUID(standing[-1].act_id)


def _refuse_what_does_not_belong(said: Said) -> None:
    handed = said.receiver is not None or said.papers
    if (handed and said.outcome is not Outcome.DELIVERED) or (said.reason and said.outcome is not Outcome.FAILED):
        raise BadInput(_("--to and --paper go with delivered, --reason with failed"))
