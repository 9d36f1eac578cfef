"""The interface described for programs: OpenAPI 3.1, made from what serves it.

In English, whatever the reader's language: it is compared, letter by letter, with docs/openapi.json.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from flask import Response, jsonify, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from delivery.machines.clients import SCOPES
from web import access
from web.api.operations import OPERATIONS, TAGS, Operation, in_order, operation
from web.api.problems import KINDS, TYPE, ProblemOut
from web.api.wire import ResultIn

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"
VERSION = "1.1.0"
PARTS: dict[str, Schema] = {
    "dossier_code": {"type": "string", "maxLength": 60, "example": "H26.99.999-200229-0001"},
    "copy_no": {"type": "integer", "minimum": 1, "maximum": 99},
    "batch": {"type": "string", "maxLength": 40, "example": "BD-261125-1"},
    "paper": {"type": "string", "enum": ["labels.pdf", "slips.pdf", "route-sheets.pdf", "manifest.pdf"]},
}
# What any operation may answer that needs a key.
USUAL = (401, 403, 429, 500, 503)
INTRODUCTION = """\
The interface of Tận Nhà for one-stop systems, provincial data platforms and other machines.

Show a key, or a token that was given for it, as `Authorization: Bearer …`. A machine may do what its scopes say, for
its offices; what belongs to others is answered like what was never there. Times are UTC, days are those of Viet Nam,
text is NFC. Problems are `application/problem+json` (RFC 9457), in the language of `Accept-Language`: vi or en.
"""


class _Described(BaseModel):
    """What describes the interface: a document of OpenAPI 3.1."""


@operation("GET", "/openapi.json", "description", "This description", answer=_Described, conditional=True)
def describe() -> Response:
    answer = jsonify(document())
    answer.set_etag(f"{VERSION}-{len(answer.get_data())}")
    answer.make_conditional(request)
    return answer


@cache
def document() -> Schema:
    """The description as a whole."""
    paths: Schema = {}
    for told in in_order():
        paths.setdefault(told.path, {})[told.method.lower()] = _operation(told)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tận Nhà", "version": VERSION, "description": INTRODUCTION, "license": _LICENSE},
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": tag} for tag in TAGS],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _ways_in()},
    }


_LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _operation(told: Operation) -> Schema:
    scope = access.MACHINES[told.endpoint]
    described: Schema = {
        "operationId": told.name,
        "tags": [told.tag],
        "summary": told.summary,
        "parameters": list(_parameters(told)),
        "responses": {str(status): answer for status, answer in sorted(_answers(told, needs_key=scope is not None))},
        "security": [] if scope is None else [{"key": []}, {"token": [scope.value]}],
    }
    if scope is not None:
        described["description"] = f"Needs the scope `{scope.value}`."
    if told.body is not None:
        media = "application/x-www-form-urlencoded" if told.form else "application/json"
        described["requestBody"] = {"required": True, "content": {media: {"schema": _ref(told.body)}}}
    return described


def _parameters(told: Operation) -> Iterator[Schema]:
    for name, schema in PARTS.items():
        if f"{{{name}}}" in told.path:
            yield {"name": name, "in": "path", "required": True, "schema": schema}
    if told.query is not None:
        whole = told.query.model_json_schema()
        for name, schema in whole["properties"].items():
            schema.pop("title", None)
            yield {"name": name, "in": "query", "required": name in whole.get("required", ()), "schema": _plain(schema)}
    for header, heard, form, said in _HEADERS:
        if getattr(told, heard):
            schema = {"type": "string", **form}
            yield {"name": header, "in": "header", "required": False, "description": said, "schema": schema}


_KEY = {"pattern": "^[A-Za-z0-9._:/+=-]{1,128}$"}
_HEADERS: tuple[tuple[str, str, dict[str, str], str], ...] = (
    ("Idempotency-Key", "keyed", _KEY, "Who asks again under it within 24 hours hears the same answer again"),
    ("If-Match", "matched", {}, "The entity tag of what you have seen: correct it only if it is still so"),
    ("If-None-Match", "matched", {}, "`*`: only if there is none yet"),
    ("If-None-Match", "conditional", {}, "The entity tag of what you have: 304 if it is still so"),
)


def _plain(schema: Schema) -> Schema:
    """A parameter that may be left out is left out: `null` cannot be written into an address."""
    kinds = schema.pop("anyOf", None)
    if kinds is not None:
        schema |= next(kind for kind in kinds if kind.get("type") != "null")
        schema.pop("default", None)
    return schema


def _answers(told: Operation, *, needs_key: bool) -> Iterator[tuple[int, Schema]]:
    for status, said in told.statuses.items():
        content = {"schema": _ref(told.answer)} if told.answer else {}
        yield status, {"description": said, "content": {told.media: content}, "headers": _answer_headers(told)}
    if told.conditional:
        yield 304, {"description": "Not Modified"}
    for status in sorted({*told.problems, *_usual(told, needs_key=needs_key)}):
        yield status, {"description": _titles(status), "content": {TYPE: {"schema": _ref(ProblemOut)}}}


def _usual(told: Operation, *, needs_key: bool) -> set[int]:
    usual = set(USUAL) if needs_key else {500, 503}
    if told.query is not None or told.body is not None:
        usual.add(422)
    if told.body is not None and not told.form:
        usual |= {400, 413, 415}
    if told.keyed:
        usual |= {400, 422}
    return usual


def _answer_headers(told: Operation) -> Schema:
    names = ["X-Request-Id", *(["ETag"] if told.conditional else ()), *(["Idempotency-Replayed"] if told.keyed else ())]
    return {name: {"schema": {"type": "string"}} for name in names}


def _titles(status: int) -> str:
    return " / ".join(kind.title for kind in KINDS.values() if kind.status == status) or "see `title`"


def _ref(model: type[BaseModel]) -> Schema:
    return {"type": "object"} if model is _Described else {"$ref": REF.format(model=model.__name__)}


def _models() -> Sequence[type[BaseModel]]:
    found = [model for told in OPERATIONS.values() for model in (told.body, told.answer) if model is not None]
    return list(dict.fromkeys([*(model for model in found if model is not _Described), ResultIn, ProblemOut]))


def _schemas() -> Schema:
    asked = {told.body for told in OPERATIONS.values()}
    modes = [(model, "validation" if model in asked or model is ResultIn else "serialization") for model in _models()]
    _map, whole = models_json_schema(modes, ref_template=REF)  # type: ignore[arg-type]  # the words are literals
    schemas: Schema = whole["$defs"]
    return dict(sorted(schemas.items()))


def _ways_in() -> Schema:
    scopes = {scope.value: said for scope, said in SCOPES.items()}
    flows = {"clientCredentials": {"tokenUrl": "/api/v1/token", "scopes": scopes}}
    return {
        "key": {"type": "http", "scheme": "bearer", "description": "A key of the machine: tn_…"},
        "token": {"type": "oauth2", "flows": flows, "description": "A token for a key, for 15 minutes"},
    }
