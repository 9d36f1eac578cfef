"""Doing something once, however often it is asked: answers by Idempotency-Key, and entity tags of what is read."""

import hashlib
import re
from collections.abc import Callable

from flask import Response, request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.http import quote_etag

from delivery.errors import ChangedMeanwhile
from delivery.i18n import gettext as _
from delivery.machines.answers import Answer, Asked, answer_once
from delivery.moments import now
from web.api.guarding import caller
from web.api.operations import as_json
from web.api.problems import Problem
from web.views import service

# As it stands, or within quotation marks as structured fields have it (RFC 8941).
KEY = re.compile(r'"?([A-Za-z0-9._:/+=-]{1,128})"?')


def do_once(work: Callable[[Session], Answer]) -> Response:
    """Do the work in one transaction; under an Idempotency-Key that was answered before, answer the same again."""
    given = request.headers.get("Idempotency-Key")
    with service().database.write() as session:
        answer = work(session) if given is None else answer_once(session, _asked(given), work, now())
    response = Response(answer.body, answer.status, mimetype="application/json")
    if answer.etag:
        response.headers["ETag"] = quote_etag(answer.etag)
    if answer.again:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def etag_of(model: BaseModel) -> str:
    """The entity tag of what is answered: another one as soon as anything in it is otherwise."""
    return hashlib.sha256(model.model_dump_json().encode()).hexdigest()[:32]


def unless_known(model: BaseModel) -> Response:
    """The answer with its entity tag; only that it is unchanged, for whoever has it already (If-None-Match)."""
    response = as_json(model)
    response.set_etag(etag_of(model))
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def check_match(tag: str | None) -> bool:
    """Whether whoever asks has said that they have seen what bears this entity tag (If-Match).

    `tag` is that of what is there now, None for nothing. Raises ChangedMeanwhile when it is otherwise than they have
    seen, or there although they have said that it is not (If-None-Match: *).
    """
    asked = "If-Match" in request.headers
    seen = not asked or (tag is not None and request.if_match.contains(tag))
    unseen = tag is None or not request.if_none_match.contains(tag)
    if not seen or not unseen:
        raise ChangedMeanwhile(_("It is not as it was when you looked. Read it again"))
    return asked


def _asked(given: str) -> Asked:
    match = KEY.fullmatch(given)
    if match is None:
        said = _("An Idempotency-Key has up to 128 letters, digits and . _ : / + = -")
        raise Problem("unreadable", said)
    parts = (request.method.encode(), request.path.encode(), request.headers.get("If-Match", "").encode())
    return Asked.of(caller().client_id, match[1], *parts, request.get_data())
