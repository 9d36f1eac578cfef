"""What the interface can be asked: each operation is declared once, and from that both served and described.

An operation's path is where OpenAPI and Flask agree; what it takes and gives are pydantic models. Which scope it needs
stands in `web.access.MACHINES`, beside who may open which page.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from delivery.i18n import gettext as _
from web.api.problems import Problem

BLUEPRINT = "api"
pages = Blueprint(BLUEPRINT, __name__, url_prefix="/api/v1")
View = Callable[..., "BaseModel | Response"]
M = TypeVar("M", bound=BaseModel)
_COPY = re.compile(r"[1-9][0-9]?")


class Wire(BaseModel):
    """What travels over the wire as JSON: nothing that is not described, and no guessing of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Query(BaseModel):
    """What stands behind the question mark: text that is read as what it should be."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked. `statuses` are the answers that are not problems; `problems` what else may come.

    `conditional`: the answer has an entity tag, and If-None-Match is heard. `keyed`: an Idempotency-Key is heard.
    `matched`: If-Match and If-None-Match are heard before something is changed. `form`: the body is no JSON.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    statuses: Mapping[int, str]
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    query: type[Query] | None = None
    problems: Sequence[int] = ()
    conditional: bool = False
    keyed: bool = False
    matched: bool = False
    form: bool = False
    media: str = "application/json"

    @property
    def endpoint(self) -> str:
        return f"{BLUEPRINT}.{self.name}"


OPERATIONS: dict[str, Operation] = {}
TAGS = ("tokens", "results", "delivery requests", "batches", "statistics", "description")


def operation(method: str, path: str, tag: str, summary: str, **told: Any) -> Callable[[View], View]:  # noqa: ANN401
    """Declare an operation; the view is given the parts of the path, and `query` and `body` as they were understood."""

    def declare(view: View) -> View:
        told.setdefault("statuses", {200: "OK"})
        made = Operation(view.__name__, method, path, tag, summary, **told)
        OPERATIONS[made.endpoint] = made
        rule = re.sub(r"{(\w+)}", r"<\1>", path)

        def answer(**parts: Any) -> Response:  # noqa: ANN401
            if "copy_no" in parts:
                parts["copy_no"] = _copy_of(parts["copy_no"])
            if made.query is not None:
                parts["query"] = _read_query(made.query)
            if made.body is not None and not made.form:
                parts["body"] = _read_body(made.body)
            given = view(**parts)
            return given if isinstance(given, Response) else as_json(given)

        pages.add_url_rule(rule, view.__name__, answer, methods=[method], provide_automatic_options=False)
        return view

    return declare


def in_order() -> list[Operation]:
    """All operations as people read of them: first how to come in, then what a one-stop system does, then the rest."""
    return sorted(OPERATIONS.values(), key=lambda told: TAGS.index(told.tag))


def as_json(model: BaseModel, status: int = 200) -> Response:
    """A model as the body of an answer."""
    return Response(model.model_dump_json(), status, mimetype="application/json")


def reasons_of(error: ValidationError) -> list[tuple[str, str]]:
    """What is wrong with each field, in the reader's language."""
    found = dict.fromkeys((".".join(str(part) for part in each["loc"]), _reason(each)) for each in error.errors())
    return list(found)


def _copy_of(text: str) -> int:
    # Left to the routing, a number out of range would look like a method that is not allowed there.
    return int(text) if _COPY.fullmatch(text) else abort(404)


def _read_query(model: type[Query]) -> Query:
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Problem("refused", reasons=[(name, _("it is given more than once")) for name in twice])
    return _understood(model, request.args.to_dict())


def _read_body(model: type[M]) -> M:
    if request.mimetype != "application/json":
        raise Problem("not-json")
    try:
        given = from_json(request.get_data(), allow_inf_nan=False)
    except ValueError as error:
        raise Problem("unreadable") from error
    return _understood(model, given)


def _understood(model: type[M], given: object) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Problem("refused", reasons=reasons_of(error)) from error


def _reason(error: Mapping[str, Any]) -> str:
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "missing":
        return _("it is missing")
    if kind == "extra_forbidden":
        return _("there is no such field")
    if kind == "string_too_long":
        return _("it is longer than {most} characters").format(most=limits["max_length"])
    if kind == "too_long":
        return _("there are more than {most}").format(most=limits["max_length"])
    return _("it has not the form or the size that is described")
