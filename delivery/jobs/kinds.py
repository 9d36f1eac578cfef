"""What each kind of job does."""

from delivery.dispatch.amending import amend
from delivery.dispatch.communes import knowing_communes
from delivery.dispatch.pace import paced
from delivery.dispatch.planners import load_search
from delivery.dispatch.planning import make_plan
from delivery.dispatch.submission import submit
from delivery.jobs.errands import PLANNING, PRINTING, helping
from delivery.jobs.work import Handler
from delivery.tracking.callbacks import apply_callback
from delivery.tracking.polling import poll

HANDLERS: dict[str, Handler] = {
    "plan": make_plan,
    PLANNING.job: helping(PLANNING, ready=load_search),
    PRINTING.job: helping(PRINTING),
    "submit": paced(knowing_communes(submit)),
    "amend": paced(amend, ahead=True),
    "callback": apply_callback,
    "poll": paced(poll, ahead=True),
}
