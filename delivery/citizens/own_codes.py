"""Proving that a dossier is one's own: its code, the telephone number that came with it, and a code sent to it.

The answer to whoever asks is the same whether or not dossier and number belong together, and whether or not too many
codes were asked for. A code lives ten minutes and five wrong tries; the newest alone counts.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import database_now
from delivery.i18n import catalogue, marked
from delivery.jobs.queue import put
from delivery.jobs.work import TryLater, Work
from delivery.messages.addresses import address_of, token_of
from delivery.messages.desk import Guarded
from delivery.messages.lines import CannotReach, NotCarried, Outgoing, PerhapsCarried
from delivery.messages.wording import one_line, plain
from delivery.models import Office, OwnCode, Result
from delivery.rules.dossier import DossierCode
from delivery.rules.messages import ONE_TIME_CODE
from delivery.rules.phones import parse_phone
from delivery.wiring import Service

JOB = "own-code"
DIGITS = 6
LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_AN_HOUR = 3
AGAIN_SECONDS = 5.0
KEPT = timedelta(days=1)
# Who asks for dossiers that are not there fills the books no further than this.
MOST_STRANGERS_AN_HOUR = 1000
SUBJECT = marked("Your code for the ward's page")
TEXT = marked("{ward}: your code is {code}, good for 10 minutes. Tell it to nobody, we never ask for it.")


def ask_for_code(session: Session, dossier: str, phone: str, at: datetime) -> str:
    """Have a code sent, if these belong together; the ticket that is returned opens nothing without it."""
    result = result_of(session, dossier, phone)
    if result is not None:
        # Locked, so that of many who ask at once each is counted.
        session.refresh(result, with_for_update=True)
        if _asked_lately(session, result.id, at) >= MOST_AN_HOUR:
            result = None
    asked = OwnCode(ticket=secrets.token_urlsafe(16), result_id=result.id if result is not None else None, asked_at=at)
    if result is not None or _asked_lately(session, None, at) < MOST_STRANGERS_AN_HOUR:
        session.add(asked)
        session.flush()
    if result is not None:
        put(session, JOB, asked.id)
    return asked.ticket


def result_of(session: Session, dossier: str, phone: str) -> Result | None:
    """The result of a dossier that came with this number; of several copies the first."""
    try:
        code, number = str(DossierCode.parse(dossier)), parse_phone(phone)
    except ValueError:
        return None
    copies = session.scalars(sa.select(Result).where(Result.dossier_code == code).order_by(Result.copy_no))
    return next((one for one in copies if number and hmac.compare_digest(one.phone, number)), None)


def confirm(session: Session, seal: bytes, ticket: str, typed: str, at: datetime) -> Result | None:
    """The result that the code of a ticket opens, once; None for whatever is wrong."""
    asked = session.scalar(sa.select(OwnCode).where(OwnCode.ticket == ticket).with_for_update())
    if asked is None or asked.used_at is not None or asked.wrong >= MOST_TRIES or at - asked.asked_at > LASTS:
        return None
    asked.wrong += 1
    digits = "".join(typed.split())
    right = asked.code_hash is not None and hmac.compare_digest(asked.code_hash, _hashed(seal, asked, digits))
    if not right or _is_newer(session, asked):
        return None
    asked.used_at = at
    return session.get(Result, asked.result_id)


def send_code(work: Work) -> None:
    """The job: make the code, write down its hash, send it by the first channel that carries it.

    Whoever finds that one was made already sends nothing: it may be on its way, and another may be asked for.
    """
    with work.service.database.write() as session:
        asked = session.get(OwnCode, work.lease.key, with_for_update=True)
        late = asked is None or database_now(session) - asked.asked_at > LASTS
        if asked is None or late or asked.code_hash is not None or asked.result_id is None:
            work.lease.finish(session)
            return
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        asked.code_hash = _hashed(work.service.seal, asked, code)
        result = session.get_one(Result, asked.result_id)
        office = session.get_one(Office, result.office_id)
        letters = list(_letters(work.service, asked, result, office, code))
    try:
        _carry(letters)
    except NotCarried as busy:
        with work.service.database.write() as session:
            session.get_one(OwnCode, work.lease.key, with_for_update=True).code_hash = None
        raise TryLater(busy.why.value, AGAIN_SECONDS) from busy
    with work.service.database.write() as session:
        work.lease.finish(session)


def forget_codes(session: Session, at: datetime) -> None:
    """Delete what was asked for long ago."""
    session.execute(sa.delete(OwnCode).where(OwnCode.asked_at < at - KEPT))


def _asked_lately(session: Session, result_id: int | None, at: datetime) -> int:
    """How many codes were asked for in the last hour, of a result or of none that there is."""
    lately = sa.select(sa.func.count()).where(
        OwnCode.result_id.is_not_distinct_from(result_id), OwnCode.asked_at > at - timedelta(hours=1)
    )
    return session.scalar(lately) or 0


def _is_newer(session: Session, asked: OwnCode) -> bool:
    newer = sa.select(OwnCode.id).where(
        OwnCode.result_id == asked.result_id, OwnCode.id > asked.id, OwnCode.code_hash.is_not(None)
    )
    return session.scalar(newer.limit(1)) is not None


def _letters(
    service: Service, asked: OwnCode, result: Result, office: Office, code: str
) -> Iterator[tuple[Guarded, Outgoing]]:
    settings = service.settings
    say = catalogue(settings.message_language).gettext
    words = say(TEXT).format(ward=one_line(office.name), code=code)
    for channel, guarded in service.message_desk.channels.items():
        address = address_of(result, channel)
        if address and guarded.line.offers(ONE_TIME_CODE):
            yield guarded, Outgoing(
                name=hmac.digest(service.seal, f"own-code:{asked.ticket}".encode(), "sha256").hex()[:32],
                occasion=ONE_TIME_CODE, to=address, sender=office.name, subject=say(SUBJECT), letter=words + "\n",
                short=plain(words), stop=f"{settings.web_url}/tin-nhan/{token_of(service.blind, address)}",
                values={"ward": office.ward_name, "code": code, "link": settings.web_url, "day": "", "moment": ""},
            )  # fmt: skip


def _carry(letters: list[tuple[Guarded, Outgoing]]) -> None:
    """Send by the first channel that takes it. Raises NotCarried when none did, and one might later."""
    busy: NotCarried | None = None
    for guarded, letter in letters:
        try:
            guarded.need_open()
            guarded.send(letter)
        except CannotReach:
            continue
        except NotCarried as error:
            busy = error
            continue
        except PerhapsCarried:
            return
        return
    if busy is not None:
        raise busy


def _hashed(seal: bytes, asked: OwnCode, code: str) -> bytes:
    return hmac.digest(seal, f"own-code:{asked.ticket}:{code}".encode(), "sha256")
