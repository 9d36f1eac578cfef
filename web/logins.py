"""A log-in in one browser: begun with a name of its own, and over for good once its person has logged out.

What a browser keeps is signed and not forgotten by us when it is thrown away there: a copy of it would go on to open
everything. So each log-in has a name, and those that were ended are remembered for as long as one can last. A phone
that was paired at the desk is remembered itself (`web.paired_phones`), and is let in only while it is known and its day
lasts.
"""

import hashlib
import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user
from sqlalchemy.orm import Session

from delivery.models import EndedLogin, PairedPhone, Staff
from delivery.moments import at_local, local, now
from web.access import PAGES, User
from web.views import service

KEPT_AS = "login"
# However busy its person is: whoever comes back tomorrow logs in again.
LONGEST = timedelta(hours=12)
# So often at most it is written down that a phone was here.
SEEN_EVERY = timedelta(minutes=1)
# The doors of the app that a courier takes along; what it hears here tells it to drop what it keeps.
DOORS_OF_APP = frozenset({"phones.today", "phones.take"})


def new_name() -> str:
    """A name for a log-in that is about to begin; it cannot be guessed."""
    return secrets.token_urlsafe(16)


def begin(staff: Staff, paired_as: str = "", *, by_provider: bool = False, strong: bool = False) -> None:
    """Let a person in, in this browser; nothing of whoever used it before is left.

    A phone that was paired is let in under the name by which it is remembered. Who came by way of a provider may have
    shown a second factor there (`strong`).
    """
    cookie.clear()
    cookie.permanent = True
    at = now().timestamp()
    cookie[KEPT_AS] = {"name": paired_as or new_name(), "since": at} | ({"seen": at} if paired_as else {})
    if by_provider:
        cookie[KEPT_AS] |= {"by_provider": True, "strong": strong}
    login_user(User(staff, on_phone=bool(paired_as), strong=strong))


def end(session: Session) -> None:
    """End the log-in of this browser, wherever else what the browser keeps may have been copied to."""
    name, _since = _here()
    if is_phone() and name is not None:
        stands = PairedPhone.ended_at.is_(None)
        ended = sa.update(PairedPhone).where(PairedPhone.login_hash == hash_of(name), stands)
        session.execute(ended.values(ended_at=now(), ended_by=""))
    elif name is not None and session.get(EndedLogin, hash_of(name)) is None:
        session.add(EndedLogin(name=hash_of(name), ended_at=now()))
    session.execute(sa.delete(EndedLogin).where(EndedLogin.ended_at < now() - LONGEST))


def stands(idle: timedelta) -> sa.ColumnElement[bool]:
    """The condition under which the log-in of this browser holds; a phone's ends after so long without a request."""
    name, since = _here()
    if name is None:
        return sa.false()
    if is_phone():
        return sa.exists().where(
            PairedPhone.login_hash == hash_of(name), PairedPhone.staff_id == Staff.id, phone_stands(now(), idle)
        )
    if now() - since > LONGEST:
        return sa.false()
    return ~sa.exists().where(EndedLogin.name == hash_of(name))


def phone_stands(at: datetime, idle: timedelta) -> sa.ColumnElement[bool]:
    """The condition under which a paired phone is let in: nobody has ended it, its day lasts, it was here lately."""
    begins = at_local(local(at).date(), time())
    return sa.and_(PairedPhone.ended_at.is_(None), PairedPhone.paired_at >= begins, PairedPhone.seen_at > at - idle)


def is_phone() -> bool:
    """Whether this browser is, or was, let in as a phone that was paired at the desk."""
    return "seen" in _kept()


def is_by_provider() -> bool:
    """Whether this browser was let in by way of a provider of identities."""
    return bool(_kept().get("by_provider"))


def is_strong() -> bool:
    """Whether it was, and a second factor was shown there that counts here."""
    return bool(_kept().get("strong"))


def guard() -> ResponseReturnValue | None:
    """Run before every request: a paired phone whose log-in is over hears so, and of one that is let in it is noted."""
    if request.endpoint is None or None in PAGES.get(request.endpoint, {None}) or not is_phone():
        return None
    if current_user.is_authenticated:
        _note_seen()
        return None
    if request.endpoint in DOORS_OF_APP:
        return Response("", 410)
    # Who was let in by a code may know no password.
    return redirect(url_for("pairing.page"))


def _note_seen() -> None:
    kept, at = _kept(), now()
    if at - datetime.fromtimestamp(kept["seen"], UTC) < SEEN_EVERY:
        return
    this = PairedPhone.login_hash == hash_of(kept["name"])
    with service().database.write() as session:
        session.execute(sa.update(PairedPhone).where(this).values(seen_at=at))
    cookie[KEPT_AS] = {**kept, "seen": at.timestamp()}


def hash_of(name: str) -> str:
    """By what a log-in is remembered: no name can be read from it, and none opens anything without our signature."""
    return hashlib.sha256(name.encode()).hexdigest()


def _kept() -> dict[str, Any]:
    kept = cookie.get(KEPT_AS)
    return kept if isinstance(kept, dict) else {}


def _here() -> tuple[str | None, datetime]:
    kept = _kept()
    if not kept:
        return None, datetime.min.replace(tzinfo=UTC)
    return str(kept["name"]), datetime.fromtimestamp(kept["since"], UTC)
