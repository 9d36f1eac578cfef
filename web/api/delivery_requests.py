"""Delivery requests: whether, where, when and to whom a citizen wants a result brought, told by where they asked.

The same rules hold as on the pages for citizens: `delivery.citizens.requests` decides.
"""

from datetime import datetime
from typing import Annotated

from flask import Response, abort
from pydantic import Field
from sqlalchemy.orm import Session

from delivery.citizens.requests import (
    CONSENT,
    CONSENT_BASIS,
    CONSENT_NAME,
    SLOTS,
    Agreed,
    Hindrance,
    Wish,
    bring_home,
    consent_of,
    keep_at_counter,
    policy_of,
    to_pay,
    what_hinders,
)
from delivery.errors import UnreadableFile
from delivery.fees import fees_told
from delivery.i18n import LANGUAGES, catalogue, marked
from delivery.i18n import gettext as _
from delivery.intake.receiving import find_result
from delivery.intake.row import LONGEST
from delivery.machines.answers import Answer
from delivery.models import Consent, Result
from delivery.moments import local, now
from delivery.rules.policy import HandedTo, Payer
from web.api.guarding import caller
from web.api.keyed import check_match, do_once, etag_of, unless_known
from web.api.operations import Wire, operation
from web.api.problems import Problem
from web.api.wire import PayerWord, Short, Withdrawn, WrittenDown
from web.people import note
from web.views import service

TAG = "delivery requests"
ONE = "/results/{dossier_code}/{copy_no}/delivery-request"
# RFC 3339; whether there is such a moment is looked at when it is read.
Moment = Annotated[
    str,
    Field(
        pattern=r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$",
        json_schema_extra={"format": "date-time"},
    ),
]


class ConsentIn(Wire):
    """That the citizen has agreed: to which words, asked for by which law, and when."""

    words: Short = Field(description="`consent_asked.words` of what was shown to them")
    legal_basis: Short = Field(description="`consent_asked.legal_basis` of the same")
    given_at: Moment = Field(description="When they agreed, with its offset from UTC")


class DeliveryRequestIn(Wire):
    """What the citizen wants; what is left out stays as it is."""

    address: Annotated[str, Field(min_length=1, max_length=LONGEST["address"])]
    slots: Short = Field(default="", description="One of `slots_offered`; empty is any time")
    recipient_name: Short = Field(default="", description="Who receives it, where `may_name_another`")
    phone: Short = Field(default="", description="A Vietnamese number of who receives it")
    payer: PayerWord | None = None
    consent: ConsentIn


class ConsentOut(Wire):
    """The agreement that holds."""

    words: str
    legal_basis: str
    given_at: datetime


class ConsentAsked(Wire):
    """What is to be shown to the citizen before they agree, by language."""

    words: str = Field(description="Its name, which changes with the text")
    legal_basis: str
    text: dict[str, str]


class DeliveryRequestOut(Wire):
    """The wish as it stands, **which names people**, and what may still be changed of it."""

    dossier_code: str
    copy_no: int
    wants_delivery: bool
    recipient_name: str
    phone: str
    address: str
    slots: str
    payer: Payer
    pays_at_door: int | None = Field(description="Dong; null where the ward's table of fees has no price")
    consent: ConsentOut | None
    hindrance: Hindrance | None = Field(description="Why nothing may be changed; null while it may")
    handed_to: HandedTo = Field(description="Whom the procedure lets it be handed to")
    may_name_another: bool = Field(description="Whether another recipient may be named")
    slots_offered: list[str]
    consent_asked: ConsentAsked


@operation(
    "GET", ONE, TAG, marked("What the citizen wishes, and what may still be changed"), answer=DeliveryRequestOut,
    conditional=True, problems=(404,),
)  # fmt: skip
def get_delivery_request(dossier_code: str, copy_no: int) -> Response:
    with service().database.read() as session:
        found = _found(session, dossier_code, copy_no)
        shown, subject = _shown(session, found), _subject(found)
    with service().database.write() as session:
        note(session, caller().actor, "saw", subject, now())
    return unless_known(shown)


@operation(
    "PUT", ONE, TAG, marked("The citizen wants it brought home, and agrees"), body=DeliveryRequestIn,
    answer=WrittenDown, keyed=True, matched=True, problems=(404, 409, 412),
)  # fmt: skip
def put_delivery_request(dossier_code: str, copy_no: int, body: DeliveryRequestIn) -> Response:
    by, at = caller().actor, now()

    def work(session: Session) -> Answer:
        found = _found(session, dossier_code, copy_no, locked=True)
        check_match(etag_of(_shown(session, found)))
        consent = body.consent
        agreed = Agreed.told(consent.words, consent.legal_basis, _moment(consent.given_at), at)
        wish = Wish.typed(body.address, body.slots, body.recipient_name, body.phone, body.payer)
        changed = bring_home(session, found, wish, at, by=by, agreed=agreed)
        if changed:
            facts = {"consent": agreed.words, "basis": CONSENT_BASIS, "agreed_at": agreed.given_at.isoformat()}
            note(session, by, "chose tai-nha", _subject(found), at, facts)
        return Answer(200, WrittenDown(outcome="changed" if changed else "unchanged").model_dump_json().encode())

    return do_once(work)


@operation(
    "DELETE", ONE, TAG, marked("The citizen would rather fetch it at the counter; their agreement ends"),
    answer=Withdrawn, keyed=True, matched=True, problems=(404, 409, 412),
)  # fmt: skip
def withdraw_delivery_request(dossier_code: str, copy_no: int) -> Response:
    by, at = caller().actor, now()

    def work(session: Session) -> Answer:
        found = _found(session, dossier_code, copy_no, locked=True)
        check_match(etag_of(_shown(session, found)))
        changed = keep_at_counter(session, found, at, by=by)
        if changed:
            note(session, by, "chose tai-quay", _subject(found), at)
        return Answer(200, Withdrawn(outcome="withdrawn" if changed else "unchanged").model_dump_json().encode())

    return do_once(work)


def _found(session: Session, dossier_code: str, copy_no: int, *, locked: bool = False) -> Result:
    found = find_result(session, caller().in_reach(Result.office_id), dossier_code, copy_no, locked=locked)
    return found or abort(404)


def _subject(result: Result) -> str:
    return f"result:{result.id}"


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem("refused", reasons=[("consent.given_at", _("there is no such moment"))]) from error


def _shown(session: Session, result: Result) -> DeliveryRequestOut:
    policy = policy_of(session, result)
    return DeliveryRequestOut(
        dossier_code=result.dossier_code, copy_no=result.copy_no, wants_delivery=result.wants_delivery,
        recipient_name=result.recipient_name, phone=result.phone, address=result.address, slots=result.slots,
        payer=Payer(result.payer), pays_at_door=_pays(session, result), consent=_consent(consent_of(session, result)),
        hindrance=what_hinders(session, result), handed_to=HandedTo(policy.handed_to),
        may_name_another=policy.may_name_another, slots_offered=list(SLOTS), consent_asked=_asked(),
    )  # fmt: skip


def _consent(given: Consent | None) -> ConsentOut | None:
    if given is None:
        return None
    return ConsentOut(words=given.words, legal_basis=CONSENT_BASIS, given_at=given.given_at)


def _asked() -> ConsentAsked:
    # In each language, whatever the reader's: the entity tag is that of what is known, not of who reads it.
    text = {language: catalogue(language).gettext(CONSENT) for language in LANGUAGES}
    return ConsentAsked(words=CONSENT_NAME, legal_basis=CONSENT_BASIS, text=text)


def _pays(session: Session, result: Result) -> int | None:
    try:
        return to_pay(result, fees_told(session, service().settings.home, local(now()).date()))
    except UnreadableFile:
        # The ward's own mistake, which `tannha check` tells it; what is wished can be read all the same.
        return None
