"""Whatever is typed into a field is text: never a statement, a template, a tag, or an error of ours.

The forms are those of the pages themselves: each is found, filled in with what an attacker would type, and sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.security.ground import NOBODY, Attacker, Ground, changes, methods

MARK = "zq9x"
HOSTILE = {
    "a tag, a template, a statement": (
        f"\"'><script>{MARK}</script><img src=x onerror={MARK}>{{{{7919*7907}}}}${{7919*7907}}<%= 7919*7907 %>"
        "{%raw%}%s%(x)s{0.__class__}'; DROP TABLE item; -- \" OR 1=1 \\"
    ),
    "what no database keeps": "a\0b\ud800\ufffe\x1b[31m",
    "very long": "ă" * 20_000,
    "a number beyond all": "9" * 40,
    "a number that is none": "-1e309\u202egnp.exe\u2066\u200b",
}
# Buttons by which the one who presses ends the own log-in.
GOES_AWAY = frozenset({"/dang-xuat", "/mat-khau"})
TEXTS = frozenset({"text", "search", "tel", "email", "password", "textarea", "url", "number", "date", "time"})


@dataclass
class Form:
    """A form as a page shows it: where it goes, and what stands in its fields."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def with_texts(self, text: str) -> dict[str, str]:
        return {name: text if self.kinds[name] in TEXTS else value for name, value in self.fields.items()}

    def tampered(self, text: str) -> Iterator[dict[str, str]]:
        """The form with one of the fields that nobody types into changed, each in turn."""
        for name, kind in self.kinds.items():
            if kind not in TEXTS and name != "csrf_token":
                yield {**self.fields, name: text}


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(has.get("action", ""), has.get("method", "get").upper()))
            self._inside = True
        elif self._inside and has.get("name") and tag in {"input", "textarea", "select", "button"}:
            kind = has.get("type", "text") if tag == "input" else tag
            if kind != "file":
                self.found[-1].fields[has["name"]] = has.get("value", "")
                self.found[-1].kinds[has["name"]] = kind

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def forms_of(ground: Ground, who: Attacker) -> list[Form]:
    """Every form of every page that the person may look at, once for each place that it goes to."""
    found: dict[tuple[str, tuple[str, ...]], Form] = {}
    for rule in ground.rules:
        if "GET" not in methods(rule):
            continue
        for address in ground.addresses(rule):
            answer = who.ask(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                for form in Forms(answer.text).found:
                    form.action = form.action or address
                    found.setdefault((form.action, tuple(sorted(form.fields))), form)
    return [form for form in found.values() if form.action.partition("?")[0] not in GOES_AWAY]


def send(who: Attacker, form: Form, fields: dict[str, str]) -> None:
    if form.method == "POST":
        answer = who.ask(form.action, "POST", data={**fields, "csrf_token": who.token}, follow_redirects=True)
    else:
        answer = who.ask(form.action.partition("?")[0], query_string=fields, follow_redirects=True)
    what = f"{who.name} {form.method} {form.action} {[name for name in fields if name != 'csrf_token']}"
    assert answer.status_code < 500, what
    text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    assert f"<script>{MARK}" not in text, what
    assert f"onerror={MARK}>" not in text.replace("&gt;", ""), what
    assert "62615533" not in text, what
    assert "DROP TABLE" not in text or "&#39;; DROP TABLE" in text, what


@pytest.fixture(params=["sqlite", "postgresql"])
def attacked(request: pytest.FixtureRequest, ground: Ground, tmp_path: Path) -> Iterator[Ground]:
    """The house on each kind of database: what one takes for text, the other may refuse."""
    if request.param == "sqlite":
        yield ground
        return
    made = Ground.prepare(tmp_path / "postgres", request.getfixturevalue("postgres"))
    yield made
    made.close()


@pytest.mark.parametrize("name", [NOBODY, "giam-sat", "quan-tri", "buu-ta-o-day"])
def test_no_form_runs_or_repeats_what_is_typed_into_it(attacked: Ground, name: str) -> None:
    who = attacked.attacker(name)
    forms = forms_of(attacked, who)

    for text in HOSTILE.values():
        for form in forms:
            if any(kind in TEXTS for kind in form.kinds.values()):
                send(who, form, form.with_texts(text.encode("utf-8", "replace").decode()))
    for text in ("9" * 40, HOSTILE["a tag, a template, a statement"], "-1"):
        for form in forms:
            for fields in form.tampered(text):
                send(who, form, fields)
    assert forms


@pytest.mark.parametrize("name", [NOBODY, "giam-sat"])
def test_no_address_runs_what_stands_in_it(attacked: Ground, name: str) -> None:
    who = attacked.attacker(name)
    asked = {
        "ma": "",
        "ngay": "",
        "van_phong": "",
        "tiep": "",
        "trang": "",
        "truoc": "",
        "thang": "",
        "q": "",
        "lan": "",
    }

    for rule in attacked.rules:
        words = [text.encode("utf-8", "replace").decode()[:500] for text in HOSTILE.values()]
        places = [name for name, converter in rule._converters.items() if converter.regex == "[^/]+"]
        for word in words:
            known = {**attacked.known, **{place: [word.replace("/", "")] for place in places}}
            for address in attacked.addresses(rule, known) if places else []:
                for method in methods(rule):
                    assert who.press(address, method).status_code < 500, (method, address)
        if not changes(rule) or "GET" in methods(rule):
            for address in attacked.addresses(rule):
                for word in words:
                    answer = who.ask(address, query_string=dict.fromkeys(asked, word))
                    assert answer.status_code < 500, (address, word[:20])
                    assert f"<script>{MARK}".encode() not in answer.data, address
