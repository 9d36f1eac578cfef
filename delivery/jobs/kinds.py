"""What each kind of job does."""

from delivery.dispatch.amending import amend
from delivery.dispatch.communes import knowing_communes
from delivery.dispatch.pace import paced
from delivery.dispatch.planning import make_plan
from delivery.dispatch.submission import submit
from delivery.jobs.work import Handler
from delivery.tracking.applying import apply_callback, apply_waiting
from delivery.tracking.polling import poll

HANDLERS: dict[str, Handler] = {
    "plan": make_plan,
    "submit": paced(knowing_communes(submit)),
    "amend": paced(amend, ahead=True),
    "inbox": apply_waiting,
    "callback": apply_callback,
    "poll": paced(poll, ahead=True),
}
