"""SMS and Zalo through an HTTP gateway that a file describes: what it is asked, and what its answers mean."""

import base64
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Self

import httpx

from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.messages.lines import CannotReach, NotCarried, Outgoing, PerhapsCarried
from delivery.rules import phones
from delivery.rules.messages import ONE_TIME_CODE, Occasion, Why
from postal_api.deadline import Answer, deadline_client, exchange
from postal_api.errors import NotSent, OutcomeUnknown

PROFILES = resources.files("delivery.messages") / "profiles"
MOST_BYTES = 64 * 1024
CONNECT_SECONDS = 5.0
_SLOT = re.compile(r"\{([a-z_]+)\}")
# What stands in headers never comes from a message, so no message can end one.
_IN_HEADERS = frozenset({"key", "secret", "basic"})
_IN_BODY = frozenset({
    "key", "secret", "sender", "phone", "text", "id", "template",
    "ward", "code", "link", "day", "moment",
})  # fmt: skip
PHONES = ("0", "84", "+84")
# With these the gateway has surely taken nothing: what is wrong passes, or is ours to correct.
NOT_TAKEN = {
    401: Why.LOG_IN, 403: Why.LOG_IN, 404: Why.SETUP, 405: Why.SETUP, 429: Why.THROTTLED, 503: Why.UNREACHABLE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """A gateway as its file describes it (docs/operate.md, "Messages to citizens").

    In the texts of `headers` and `body`, {name} stands for a value: of a credential, or of the message. The answer's
    `field` holds a code; a code in none of the lists leaves the message in doubt.
    """

    name: str
    url: str
    method: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    phone: str
    field: tuple[str, ...]
    accepted: frozenset[str]
    unreachable: frozenset[str]
    later: frozenset[str]
    templates: Mapping[str, str]
    repeatable: timedelta

    @classmethod
    def load(cls, named: str) -> Self:
        """One of the profiles that come with the program, or the operator's own file (….toml).

        Raises BadSetting saying what to correct.
        """
        path = Path(named) if named.endswith(".toml") else PROFILES / f"{named}.toml"
        try:
            return cls.read(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadSetting(
                _("The gateway's profile {name} cannot be read: {why}").format(name=named, why=type(error).__name__)
            ) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadSetting(
                _("The gateway's profile {name} is not right at: {why}").format(name=named, why=error)
            ) from error

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """Read a profile's content. Raises KeyError, TypeError, ValueError or AttributeError naming the place."""
        answer = said["answer"]
        profile = cls(
            name=str(said["name"]),
            url=str(said["url"]),
            method=str(said.get("method", "POST")),
            headers={str(name): str(text) for name, text in said.get("headers", {}).items()},
            body=dict(said["body"]),
            phone=str(said["phone"]),
            field=tuple(str(answer["field"]).split(".")),
            accepted=_codes(answer["accepted"]),
            unreachable=_codes(answer.get("unreachable", [])),
            later=_codes(answer.get("later", [])),
            templates={_occasion(name): str(value) for name, value in said.get("templates", {}).items()},
            repeatable=timedelta(hours=float(said.get("repeatable_hours", 0))),
        )
        profile._check()
        return profile

    @property
    def needs_template(self) -> bool:
        """Whether it sends only texts that were registered with it."""
        return "template" in _slots(self.body)

    def _check(self) -> None:
        host = httpx.URL(self.url).host
        if not self.url.startswith(("https://", "http://")) or not host:
            raise ValueError("url")
        if self.url.startswith("http://") and host not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("url: https://")
        if self.method not in {"POST", "PUT"}:
            raise ValueError("method: POST, PUT")
        if self.phone not in PHONES:
            raise ValueError(f"phone: {', '.join(PHONES)}")
        for place, allowed, used in (
            ("headers", _IN_HEADERS, _slots(dict(self.headers))), ("body", _IN_BODY, _slots(self.body)),
        ):  # fmt: skip
            if unknown := used - allowed:
                raise ValueError(f"{place}: {', '.join(sorted(unknown))}")
        if self.repeatable and "id" not in _slots(self.body):
            raise ValueError("repeatable_hours: {id}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the gateway's operator has given us. A `key` of the form @/path is read from that file at each use."""

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    sender: str = ""

    def current_key(self) -> str:
        """The key of this moment. Raises NotCarried when its file cannot be read."""
        if not self.key.startswith("@"):
            return self.key
        try:
            return Path(self.key[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NotCarried(Why.LOG_IN) from error


class GatewayLine:
    """Messages through one gateway."""

    def __init__(self, profile: Profile, credentials: Credentials, seconds: float) -> None:
        self._profile, self._credentials, self._seconds = profile, credentials, seconds
        self._http = deadline_client(min(CONNECT_SECONDS, seconds), seconds)

    @property
    def repeatable(self) -> timedelta:
        """As long as the gateway says that it knows a repeated {id}."""
        return self._profile.repeatable

    def offers(self, occasion: str) -> bool:
        """Where texts must be registered, only occasions for which one was."""
        return not self._profile.needs_template or bool(self._profile.templates.get(occasion))

    def send(self, message: Outgoing) -> None:
        """Ask the gateway to send it, and sort what it answers."""
        request = self._request(message)
        try:
            answer = exchange(self._http, request, seconds=self._seconds, most_bytes=MOST_BYTES)
        except NotSent as error:
            raise NotCarried(Why.UNREACHABLE, error.retry_after) from error
        except OutcomeUnknown as error:
            raise PerhapsCarried(type(error).__name__) from error
        self._judge(answer)

    def check(self) -> str:
        """There is nothing to ask without sending; returns the gateway's name and host."""
        self._credentials.current_key()
        return f"{self._profile.name} · {httpx.URL(self._profile.url).host}"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _request(self, message: Outgoing) -> httpx.Request:
        here = self._profile
        key, secret = self._credentials.current_key(), self._credentials.secret
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        secrets = {"key": key, "secret": secret, "basic": basic}
        headers = {name: str(_filled(text, secrets)) for name, text in here.headers.items()}
        values = {
            **message.values, "key": key, "secret": secret, "sender": self._credentials.sender,
            "phone": _dialled(message.to, here.phone), "text": message.short, "id": message.name,
            "template": here.templates.get(message.occasion, ""),
        }  # fmt: skip
        content = json.dumps(_filled(here.body, values), ensure_ascii=False).encode()
        standard = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        request = httpx.Request(here.method, here.url, content=content, headers={**standard, **headers})
        timeout = httpx.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds))
        request.extensions["timeout"] = timeout.as_dict()
        return request

    def _judge(self, answer: Answer) -> None:
        status = answer.status
        why = NOT_TAKEN.get(status, Why.SETUP if 300 <= status < 400 else None)
        if why is not None:
            raise NotCarried(why, answer.retry_after)
        if status >= 500 or status < 200 or status == 408:
            raise PerhapsCarried(f"HTTP {status}")
        code = _code(answer.body, self._profile.field)
        if code in self._profile.later:
            raise NotCarried(Why.SETUP)
        if code in self._profile.unreachable or status >= 400:
            raise CannotReach(f"HTTP {status}")
        if code not in self._profile.accepted:
            raise PerhapsCarried("a code that the profile does not know")


def _codes(said: list[object]) -> frozenset[str]:
    if not isinstance(said, list):
        raise TypeError("answer: lists of codes")
    return frozenset(str(code) for code in said)


def _code(body: bytes, path: tuple[str, ...]) -> str | None:
    try:
        found = json.loads(body)
        for name in path:
            found = found[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return str(found) if isinstance(found, (str, int)) else None


def _slots(template: object) -> set[str]:
    """The names in braces, in any depth."""
    if isinstance(template, Mapping):
        return {name for each in template.values() for name in _slots(each)}
    if isinstance(template, list):
        return {name for each in template for name in _slots(each)}
    return set(_SLOT.findall(template)) if isinstance(template, str) else set()


def _filled(template: object, values: Mapping[str, str]) -> object:
    """The template with its values: each stays within its own text, whatever it holds."""
    if isinstance(template, Mapping):
        return {name: _filled(each, values) for name, each in template.items()}
    if isinstance(template, list):
        return [_filled(each, values) for each in template]
    if isinstance(template, str):
        return _SLOT.sub(lambda slot: values.get(slot[1], ""), template)
    return template


def _dialled(phone: str, form: str) -> str:
    """A number as the gateway wants it: 0912345678, 84912345678 or +84912345678. Raises CannotReach for none."""
    try:
        number = phones.parse_phone(phone)
    except ValueError as error:
        raise CannotReach("not a phone number") from error
    if not number.startswith("+84"):
        raise CannotReach("not a Vietnamese number")
    return form + number.removeprefix("+84")


def _occasion(name: str) -> str:
    """The name of an occasion. Raises ValueError for any other."""
    return name if name == ONE_TIME_CODE else Occasion(name)
