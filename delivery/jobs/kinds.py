"""What each kind of job does, and with whom."""

from collections.abc import Callable
from dataclasses import replace

from delivery import resealing
from delivery.citizens import own_codes
from delivery.dispatch.amending import amend
from delivery.dispatch.communes import knowing_communes
from delivery.dispatch.pace import paced
from delivery.dispatch.planners import load_search
from delivery.dispatch.planning import make_plan
from delivery.dispatch.submission import submit
from delivery.errors import BadSetting
from delivery.geocoding import place_waiting
from delivery.intake.reading import work_on_upload
from delivery.jobs.errands import PLANNING, PRINTING, helping
from delivery.jobs.work import Handler, TryLater, Work
from delivery.messages.sending import send
from delivery.messages.telling import JOB
from delivery.models import Amendment, Consignment
from delivery.notices import publishing, sending
from delivery.privacy import erasing
from delivery.tracking.applying import apply_callback, apply_waiting
from delivery.tracking.nightly import keep_night
from delivery.tracking.polling import carrier_of_poll, poll


def _carrier_of_consignment(work: Work) -> str:
    with work.service.database.read() as session:
        return session.get_one(Consignment, work.lease.key).carrier


def _carrier_of_amendment(work: Work) -> str:
    with work.service.database.read() as session:
        return session.get_one(Amendment, work.lease.key).consignment.carrier


def _carrier_of_feed(work: Work) -> str:
    return carrier_of_poll(work.service, work.lease.key)


def with_carrier(name_of: Callable[[Work], str], handler: Handler) -> Handler:
    """The same job, dealing with the carrier with which it was begun, whichever the settings name by now."""

    def do_with_carrier(work: Work) -> None:
        service = work.service.with_carrier(name_of(work))
        try:
            _ = service.carrier
        except BadSetting as error:
            raise TryLater(type(error).__name__) from error
        handler(replace(work, service=service))

    return do_with_carrier


HANDLERS: dict[str, Handler] = {
    "plan": make_plan,
    PLANNING.job: helping(PLANNING, ready=load_search),
    PRINTING.job: helping(PRINTING),
    "submit": with_carrier(_carrier_of_consignment, paced(knowing_communes(submit))),
    "amend": with_carrier(_carrier_of_amendment, paced(amend, ahead=True)),
    "inbox": apply_waiting,
    "callback": apply_callback,
    "night": keep_night,
    erasing.JOB: erasing.keep_terms,
    resealing.JOB: resealing.reseal,
    "upload": work_on_upload,
    "place": place_waiting,
    JOB: send,
    publishing.JOB: publishing.make_notices,
    sending.JOB: sending.send_notices,
    own_codes.JOB: own_codes.send_code,
    "poll": with_carrier(_carrier_of_feed, paced(poll, ahead=True)),
}
