"""A log-in in one browser: begun with a name of its own, and over for good once its person has logged out.

What a browser keeps is signed and not forgotten by us when it is thrown away there: a copy of it would go on to open
everything. So each log-in has a name, and those that were ended are remembered for as long as one can last.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import session as cookie
from flask_login import login_user
from sqlalchemy.orm import Session

from delivery.models import EndedLogin, Staff
from delivery.moments import now
from web.access import User

KEPT_AS = "login"
# However busy its person is: whoever comes back tomorrow logs in again.
LONGEST = timedelta(hours=12)


def begin(staff: Staff) -> None:
    """Let a person in, in this browser; nothing of whoever used it before is left."""
    cookie.clear()
    cookie.permanent = True
    cookie[KEPT_AS] = {"name": secrets.token_urlsafe(16), "since": now().timestamp()}
    login_user(User(staff))


def end(session: Session) -> None:
    """End the log-in of this browser, wherever else what the browser keeps may have been copied to."""
    name, _since = _here()
    if name is not None and session.get(EndedLogin, _hash(name)) is None:
        session.add(EndedLogin(name=_hash(name), ended_at=now()))
    session.execute(sa.delete(EndedLogin).where(EndedLogin.ended_at < now() - LONGEST))


def stands() -> sa.ColumnElement[bool]:
    """The condition under which the log-in of this browser holds."""
    name, since = _here()
    if name is None or now() - since > LONGEST:
        return sa.false()
    return ~sa.exists().where(EndedLogin.name == _hash(name))


def _here() -> tuple[str | None, datetime]:
    kept = cookie.get(KEPT_AS)
    if not isinstance(kept, dict):
        return None, datetime.min.replace(tzinfo=UTC)
    return str(kept["name"]), datetime.fromtimestamp(kept["since"], UTC)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
