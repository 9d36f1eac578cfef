"""Wards in a carrier's own codes: read from its list once a month, matched by name, and where that fails, asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.carriers import HANOI
from delivery.cases import close_case, open_case
from delivery.database import database_now, insert_or_update
from delivery.dispatch.doubt import ask_in_time
from delivery.jobs.work import Handler, TryLater, Work
from delivery.models import CarrierWard, CaseKind, Consignment, Job, JobState, Meta, Submission
from delivery.places.text import fold
from delivery.places.wards import Ward
from delivery.wiring import Service
from postal_api.carrier import Place
from postal_api.errors import PostalError

GOOD_FOR = timedelta(days=30)
# A ward that cannot be matched waits for a person, not for the carrier.
LOOK_AGAIN_SECONDS = 900.0
NOT_MATCHED = "a ward is not matched"
KINDS = ("phuong ", "xa ", "dac khu ", "thi tran ")


def knowing_communes(handler: Handler) -> Handler:
    """The same job, done only when the wards of its consignment are known in the carrier's own codes."""

    def do_knowing(work: Work) -> None:
        if work.service.carrier.capabilities.lists_communes and _still_to_send(work):
            try:
                refresh_communes(work.service)
            except TryLater:
                # An old list will do where it has the wards.
                if _missing(work):
                    ask_in_time(work)
                    raise
            _need_codes(work)
        handler(work)

    return do_knowing


def communes_for(session: Session, consignment: Consignment, carrier: str) -> Mapping[str, str]:
    """The codes, with the `carrier` asked, of the wards from which and to which a consignment goes, where known."""
    wanted = sa.select(CarrierWard.ward_code, CarrierWard.commune_code).where(
        CarrierWard.carrier == carrier, CarrierWard.ward_code.in_(_wards_of(consignment))
    )
    return dict(session.execute(wanted).all())


def refresh_communes(service: Service, *, always: bool = False) -> None:
    """Read the carrier's list if that was long ago, and match our wards with it; what a person chose stays.

    Raises TryLater when the carrier cannot be asked.
    """
    if not always and _is_fresh(service):
        return
    try:
        places = service.carrier.communes_of(HANOI)
    except PostalError as error:
        raise TryLater(type(error).__name__, getattr(error, "retry_after", None)) from error
    carrier = service.settings.carrier
    with service.database.write() as session:
        now = database_now(session)
        for ward in service.atlas.wards.today:
            fitting = matching(ward, places)
            if len(fitting) == 1:
                found = {"ward_code": ward.code, "commune_code": fitting[0].code, "noted_at": now, "chosen_by": ""}
                by_machine = CarrierWard.chosen_by == ""
                insert_or_update(session, CarrierWard, {"carrier": carrier, **found}, only=by_machine)
        insert_or_update(session, Meta, {"key": _key(service), "value": now.isoformat()}, only=sa.true())


def matching(ward: Ward, places: Iterable[Place]) -> list[Place]:
    """The places that a ward may be: of its kind and name, or of its name alone where none is of its kind."""
    named = [(place, fold(place.name)) for place in places]
    whole = fold(f"{ward.kind} {ward.name}")
    same = [place for place, name in named if name == whole]
    return same or [place for place, name in named if _without_kind(name) == fold(ward.name)]


def choose_commune(session: Session, carrier: str, ward_code: str, commune_code: str, *, by: str, at: datetime) -> None:
    """A person says which of the carrier's places a ward is; what waited for that goes on."""
    session.merge(
        CarrierWard(carrier=carrier, ward_code=ward_code, commune_code=commune_code, noted_at=at, chosen_by=by)
    )
    close_case(session, CaseKind.CARRIER_WARD, f"ward:{ward_code}", at=at, by=by, decision=commune_code)
    waiting = (Job.kind == "submit", Job.state == JobState.READY, Job.last_error == NOT_MATCHED)
    session.execute(sa.update(Job).where(*waiting).values(next_at=at, woken_at=None))


def _still_to_send(work: Work) -> bool:
    with work.service.database.read() as session:
        return session.get_one(Consignment, work.lease.key).submission is Submission.READY


def _missing(work: Work) -> set[str]:
    """The wards of the job's consignment that are not known in the carrier's codes."""
    with work.service.database.read() as session:
        consignment = session.get_one(Consignment, work.lease.key)
        return _wards_of(consignment) - set(communes_for(session, consignment, work.service.settings.carrier))


def _need_codes(work: Work) -> None:
    missing = _missing(work)
    if not missing:
        return
    with work.service.database.write() as session:
        for code in missing:
            ward = work.service.atlas.wards.by_code(code)
            facts = {"ward": f"{ward.kind} {ward.name}" if ward is not None else code, "ward_code": code}
            at = database_now(session)
            open_case(session, CaseKind.CARRIER_WARD, f"ward:{code}", at=at, facts=facts)
    raise TryLater(NOT_MATCHED, LOOK_AGAIN_SECONDS)


def _wards_of(consignment: Consignment) -> set[str]:
    item = consignment.item
    return {code for code in (item.office.ward_code, item.first.new_ward_code) if code}


def _is_fresh(service: Service) -> bool:
    with service.database.read() as session:
        read = session.get(Meta, _key(service))
        return read is not None and datetime.fromisoformat(read.value) + GOOD_FOR > database_now(session)


def _key(service: Service) -> str:
    return f"communes:{service.settings.carrier}"


def _without_kind(name: str) -> str:
    return next((name.removeprefix(kind) for kind in KINDS if name.startswith(kind)), name)
