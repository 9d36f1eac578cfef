"""What each kind of job does."""

from delivery.dispatch.planning import make_plan
from delivery.dispatch.submission import submit
from delivery.jobs.work import Handler
from delivery.tracking.callbacks import apply_callback
from delivery.tracking.polling import poll

HANDLERS: dict[str, Handler] = {
    "plan": make_plan,
    "submit": submit,
    "callback": apply_callback,
    "poll": poll,
}
