"""What went wrong, told to a machine: RFC 9457 problem details, the same for everything under `/api/`.

`type` leads to a page of ours that explains the kind; where the status says all, it is `about:blank`. `trace` is the
number under which the request is known. No detail names a person.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Response, g, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from delivery.citizens.requests import Hindered
from delivery.errors import BadInput, ChangedMeanwhile, DeliveryError, Forged, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.machines.answers import KeyUsedOtherwise
from delivery.tracing import new_trace
from web.views import service

ROOT = "/api/"
DOCS = "/api/v1/docs"
TYPE = "application/problem+json"
TRACE = "X-Request-Id"
_TRACE = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status of HTTP, its name, and what whoever meets it should do."""

    status: int
    title: str
    advice: str


KINDS: dict[str, Kind] = {
    "unreadable": Kind(400, marked("The request cannot be read"), marked("Send JSON in UTF-8, as described.")),
    "who-asks": Kind(
        401, marked("It is not known who asks"),
        marked("Send `Authorization: Bearer` with a key or a token that still holds. A token lasts 15 minutes."),
    ),
    "not-allowed": Kind(
        403, marked("This machine may not do that"), marked("An administrator decides what each machine may do."),
    ),
    "not-now": Kind(
        409, marked("Something else must happen first"), marked("Read the detail, see to it, and ask again."),
    ),
    "in-envelope": Kind(
        409, marked("The result lies in an envelope already"),
        marked("Nothing is decided by a wish any more. `POST …/withdrawal` has the envelope held back or asked back."),
    ),
    "not-postable": Kind(
        409, marked("By law it is handed over at the counter"), marked("Ask the citizen to come; nothing can be sent."),
    ),
    "agreement-ended": Kind(
        409, marked("The agreement was taken back"),
        marked("The citizen has taken it back since `given_at`. Ask them again, and send what they agree to now."),
    ),
    "too-old": Kind(
        410, marked("The cursor is older than what is kept"),
        marked("Changes are kept for 90 days. Read all results anew, then follow from the beginning."),
    ),
    "changed-meanwhile": Kind(
        412, marked("It is not as it was when you looked"), marked("Read it again, and decide again."),
    ),
    "too-large": Kind(
        413, marked("The request is too large"), marked("Send up to 1,000 results and 2 MiB at a time."),
    ),
    "not-json": Kind(415, marked("The content is of another type"), marked("Send `Content-Type: application/json`.")),
    "refused": Kind(
        422, marked("The content cannot be used"),
        marked("Each of the `reasons` names a field, and what is wrong with it. Correct it, and send it again."),
    ),
    "key-used-otherwise": Kind(
        422, marked("The Idempotency-Key was used for another request"), marked("Make a new key for each request."),
    ),
    "too-often": Kind(
        429, marked("Too many requests"), marked("Wait for as many seconds as `Retry-After` says."),
    ),
    "away": Kind(503, marked("The service cannot answer now"), marked("Ask again in a few seconds: nothing is lost.")),
}  # fmt: skip
_BY_STATUS = {kind.status: name for name, kind in reversed(KINDS.items())}


class Reason(BaseModel):
    """Why a value cannot be used: the name of the field, and the reason in the reader's language."""

    field: str
    reason: str


class ProblemOut(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(description="Address of a page about this kind of problem, or about:blank")
    title: str
    status: int
    detail: str = ""
    trace: str = Field(description="The number under which this request is known; also in X-Request-Id")
    reasons: list[Reason] = Field(default_factory=list)


class Problem(Exception):  # what is answered, not what went wrong in the service
    """Ends a request with a problem of a kind; `also` are further members of the body."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        reasons: Sequence[tuple[str, str]] = (),
        *,
        headers: Mapping[str, str] | None = None,
        also: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.reasons = kind, detail, tuple(reasons)
        self.headers, self.also = headers or {}, also or {}


def is_for_machines() -> bool:
    """Whether the request is answered in the words of machines: everything under the root but the page about it."""
    return request.path.startswith(ROOT) and request.path != DOCS


def trace() -> str:
    """The number of this request: the asker's own, where it is fit for a header, else that of our lines of the log."""
    if "trace" not in g:
        given = request.headers.get(TRACE, "")
        ours = structlog.contextvars.get_contextvars().get("trace_id") or new_trace()
        g.trace = given if _TRACE.fullmatch(given) else ours
    number: str = g.trace
    return number


def problem_of(error: Exception) -> Response:
    """The problem that an error is to whoever asked."""
    if isinstance(error, HTTPException):
        return _of_status(error)
    if isinstance(error, sa.exc.OperationalError):
        return told(Problem("away", headers={"Retry-After": "5"}))
    return told(_of_ours(error))


def _of_ours(error: Exception) -> Problem:
    """Sorted by what the asker should do next, as `delivery.errors` has it."""
    if isinstance(error, KeyUsedOtherwise):
        return Problem("key-used-otherwise", str(error))
    if isinstance(error, ChangedMeanwhile):
        return Problem("changed-meanwhile", str(error))
    if isinstance(error, Hindered):
        return Problem(error.why.value, str(error))
    if isinstance(error, NotNow | Forged):
        return Problem("not-now", str(error))
    assert isinstance(error, BadInput | DeliveryError)  # noqa: S101  the others have handlers of their own
    return Problem("refused", str(error), [("", str(error))])


def _of_status(error: HTTPException) -> Response:
    status = error.code or 500
    if status in _BY_STATUS:
        return told(Problem(_BY_STATUS[status]))
    answer = _as_response(status, "about:blank", HTTPStatus(status).phrase, {})
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def not_there(_error: NotFound | None = None) -> Response:
    """The one answer for what is not there, and for what is another's."""
    return _as_response(404, "about:blank", HTTPStatus.NOT_FOUND.phrase, {})


def told(problem: Problem) -> Response:
    """A problem as an answer."""
    kind = KINDS[problem.kind]
    more: dict[str, Any] = {"detail": problem.detail} if problem.detail else {}
    if problem.reasons:
        more["reasons"] = [{"field": field, "reason": reason} for field, reason in problem.reasons]
    where = f"{service().settings.web_url}{DOCS}#{problem.kind}"
    answer = _as_response(kind.status, where, _(kind.title), {**more, **problem.also})
    answer.headers.update(problem.headers)
    return answer


def _as_response(status: int, kind: str, title: str, more: Mapping[str, Any]) -> Response:
    body = {"type": kind, "title": title, "status": status, "trace": trace(), **more}
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype=TYPE)
