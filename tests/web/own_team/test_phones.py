"""The two doors of the courier's app: what it takes along, what it brings, and who is turned away at them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from werkzeug.test import TestResponse

from delivery.models import AuditEntry, Case, CaseKind, DoorAct
from tests.delivery.own_team import clock
from tests.web.conftest import PEOPLE, Browser
from tests.web.own_team.conftest import Rounds
from web.phones import MOST_ACTS
from web.round_app import TEXTS, script_names

LogIn = Callable[[str], Browser]
ROUND, ACTS, APP = "/rounds/hom-nay.json", "/rounds/viec.json", "/rounds/mang-theo"
Act = dict[str, Any]


@dataclass
class Phone:
    """The app of one courier, as far as the server sees it."""

    browser: Browser
    round: dict[str, Any]

    @classmethod
    def of(cls, browser: Browser) -> "Phone":
        return cls(browser, browser.get(ROUND).get_json())

    @property
    def codes(self) -> list[str]:
        return [stop["item"] for stop in self.round["rounds"][0]["stops"]]

    def post(self, body: bytes, *, token: str | None = None) -> TestResponse:
        headers = {"X-CSRFToken": self.round["csrf"] if token is None else token}
        return self.browser.client.post(ACTS, data=body, headers=headers, content_type="application/json")

    def send(self, *acts: object) -> list[tuple[str, str]]:
        answer = self.post(json.dumps({"who": self.round["who"], "acts": acts}).encode())
        assert answer.status_code == 200
        return [(each["id"], each["verdict"]) for each in answer.get_json()["answers"]]


@pytest.fixture
def phone(rounds: Rounds, logged_in: LogIn) -> Phone:
    return Phone.of(logged_in(rounds.courier))


def failed(item: str, **more: Any) -> Act:
    return {"id": str(uuid4()), "kind": "failed", "item": item, "reason": "absent", "age": 60, **more}


def handed_over(item: str, **more: Any) -> Act:
    return {
        "id": str(uuid4()), "kind": "delivered", "item": item, "receiver": "recipient", "papers": ["vneid"],
        "age": 60, **more,
    }  # fmt: skip


def acts_of(rounds: Rounds) -> list[DoorAct]:
    with rounds.round.day.service.database.read() as session:
        return list(session.scalars(sa.select(DoorAct).order_by(DoorAct.id)))


def test_the_phone_takes_along_what_the_pages_of_the_doors_say_and_nothing_of_what_is_inside(
    rounds: Rounds, phone: Phone
) -> None:
    answer = phone.browser.get(ROUND)

    assert answer.headers["Cache-Control"] == "no-store"
    (taken,) = answer.get_json()["rounds"]
    first = taken["stops"][0]
    assert (taken["batch"], first["number"], first["item"]) == (rounds.code, 1, rounds.code_of(1))
    assert first["name"].startswith("Người Thử Số")
    assert (first["receivers"], first["authorisation"]) == (["recipient", "household"], False)
    assert first["phone_shown"].startswith("•")
    assert answer.get_json()["lists"]["reasons"][0] == ["absent", "không có ai ở nhà"]
    page = phone.browser.get(rounds.stop(1)).text
    assert first["must_show"] in page
    assert not [word for word in ("khai sinh", "H26.41", "1.001193") if word in answer.text]
    with rounds.round.day.service.database.read() as session:
        book = [(entry.actor, entry.action) for entry in session.scalars(sa.select(AuditEntry))]
    assert (rounds.courier, "saw") in book


def test_who_may_have_it_by_authorisation_shows_on_the_phone_as_on_the_page(rounds: Rounds, phone: Phone) -> None:
    browser, door = phone.browser, phone.round["rounds"][0]["stops"][0]
    page = browser.get(rounds.stop(1)).text

    assert re.findall(r'name="nguoi_nhan" value="(\w+)"', page) == door["receivers"]
    assert re.findall(r'type="radio" name="giay" value="(\w+)"', page) == door["papers"]
    assert re.findall(r'name="ly_do" value="(\w+)"', page) == [name for name, _ in phone.round["lists"]["reasons"]]


def test_a_day_of_acts_is_taken_over_in_its_order_and_known_when_it_comes_again(rounds: Rounds, phone: Phone) -> None:
    first, second = failed(phone.codes[0], age=7200), failed(phone.codes[1], age=3600)
    handed = {
        "id": str(uuid4()), "kind": "delivered", "item": phone.codes[2], "receiver": "household", "age": 1800.5,
        "papers": ["vneid"],
    }  # fmt: skip
    undone = {"id": str(uuid4()), "kind": "take_back", "act": second["id"], "age": 3500}

    assert [verdict for _id, verdict in phone.send(first, second, handed, undone)] == ["noted"] * 4
    assert [verdict for _id, verdict in phone.send(first, second, handed, undone)] == ["known"] * 4

    acts = acts_of(rounds)
    assert [(act.outcome.value, act.stands) for act in acts] == [
        ("failed", True),
        ("failed", False),
        ("delivered", True),
    ]
    assert acts[2].received_at - acts[2].occurred_at == timedelta(seconds=1800.5)
    stops = phone.browser.get(ROUND).get_json()["rounds"][0]["stops"]
    assert [stop["state"] for stop in stops] == ["attempt_failed", "with_carrier", "delivered"]
    assert 500 < stops[0]["acts"][0]["seconds_to_take_back"] <= 600
    with rounds.round.day.service.database.read() as session:
        book = [entry.action for entry in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))]
    assert (book.count("said at the door"), book.count("took back")) == (3, 1)


@pytest.mark.parametrize(
    "bad",
    [
        None, 7, "x", [], {}, {"id": "1"}, {"kind": "failed"},
        {"id": str(uuid4()), "kind": "back", "item": "CH100000003VN", "age": 1},
        {"id": str(uuid4()), "kind": "failed", "item": "CH100000003VN", "reason": "bored", "age": 1},
        {"id": str(uuid4()), "kind": "failed", "item": "CH\u0000", "reason": "absent", "age": 1},
        {"id": str(uuid4()), "kind": "failed", "item": ["CH"], "reason": "absent", "age": 1},
        {"id": str(uuid4()), "kind": "failed", "item": "CH100000003VN", "reason": "absent", "age": "soon"},
        {"id": str(uuid4()), "kind": "failed", "item": "CH100000003VN", "reason": "absent", "age": float("nan")},
        {"id": str(uuid4()), "kind": "delivered", "item": "CH100000003VN", "receiver": "dog", "papers": [], "age": 1},
        {"id": str(uuid4()), "kind": "delivered", "item": "A", "receiver": "recipient", "papers": "vneid", "age": 1},
        {"id": str(uuid4()), "kind": "take_back", "act": "the last one", "age": 1},
        {"id": str(uuid4()), "kind": "take_back", "act": str(uuid4()), "age": 1},
    ],
)  # fmt: skip
def test_one_that_nobody_can_read_is_refused_by_its_name_and_holds_up_no_other(
    rounds: Rounds, phone: Phone, bad: object
) -> None:
    good = failed(phone.codes[0])

    answers = phone.send(bad, good)

    assert [verdict for _id, verdict in answers] == ["refused", "noted"]
    assert answers[0][0] == (bad.get("id", "") if isinstance(bad, dict) else "")
    assert len(acts_of(rounds)) == 1


def test_an_old_or_odd_age_is_taken_for_what_can_be(rounds: Rounds, phone: Phone) -> None:
    odd = [failed(phone.codes[0], age=age) for age in (-5000, 1e300, 10**12)]

    assert {verdict for _id, verdict in phone.send(*odd)} == {"noted"}
    turned_back, *ancient = acts_of(rounds)
    assert turned_back.occurred_at == turned_back.received_at
    assert {act.occurred_at for act in ancient} == {clock("07:45")}


def test_what_cannot_be_noted_as_it_was_said_is_a_case_that_the_office_can_read(
    rounds: Rounds, phone: Phone, logged_in: LogIn
) -> None:
    said = {
        "id": str(uuid4()), "kind": "delivered", "item": phone.codes[0], "receiver": "authorised", "age": 60,
        "papers": ["identity_card", "authorisation"],
    }  # fmt: skip

    assert [verdict for _id, verdict in [*phone.send(said), *phone.send(said)]] == ["kept", "kept"]

    with rounds.round.day.service.database.read() as session:
        case = session.scalars(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE)).one()
    page = logged_in("bode").get(f"/vu-viec/{case.id}").text
    for words in (
        phone.codes[0],
        "người được uỷ quyền bằng văn bản",
        "Căn cước",
        rounds.courier,
        "25/11/2026 08:59",
        "/phong-bi/",
    ):
        assert words in page
    assert logged_in("viethung").get(f"/vu-viec/{case.id}").status_code == 404


def test_another_courier_s_envelopes_are_neither_taken_along_nor_taken_over(
    rounds: Rounds, phone: Phone, logged_in: LogIn
) -> None:
    for name in ("bd1", "bd2", "vh1"):
        if name != rounds.courier:
            other = Phone.of(logged_in(name))
            assert other.round["rounds"] == []
            assert [verdict for _id, verdict in other.send(failed(phone.codes[0]))] == ["refused"]
    assert acts_of(rounds) == []


def test_what_was_kept_for_one_person_is_not_taken_from_another_who_has_logged_in(
    rounds: Rounds, phone: Phone, logged_in: LogIn
) -> None:
    other = Phone.of(logged_in(next(name for name in ("bd1", "bd2") if name != rounds.courier)))
    body = json.dumps({"who": phone.round["who"], "acts": [failed(phone.codes[0])]}).encode()

    assert other.post(body).status_code == 409
    assert acts_of(rounds) == []


def test_no_other_role_has_either_door(rounds: Rounds, phone: Phone, logged_in: LogIn, anyone: Browser) -> None:
    body = json.dumps({"who": 1, "acts": [failed(phone.codes[0])]}).encode()
    for username, _role, _office in PEOPLE:
        somebody = logged_in(username)
        token = re.search(r'name="csrf_token" value="([^"]+)"', somebody.get("/tra-cuu").text)
        assert token is not None
        assert somebody.get(ROUND).status_code == 403
        assert Phone(somebody, {"csrf": token[1]}).post(body).status_code == 403
    token = re.search(r'name="csrf_token" value="([^"]+)"', anyone.get("/tra-cuu").text)
    assert token is not None
    assert anyone.get(ROUND).location.startswith("/dang-nhap")
    assert Phone(anyone, {"csrf": token[1]}).post(body).location.startswith("/dang-nhap")
    assert acts_of(rounds) == []


@pytest.mark.parametrize("token", ["", "of another site"])
def test_without_the_token_of_the_own_session_nothing_is_taken(rounds: Rounds, phone: Phone, token: str) -> None:
    body = json.dumps({"who": phone.round["who"], "acts": [failed(phone.codes[0])]}).encode()

    assert phone.post(body, token=token).status_code == 400
    assert acts_of(rounds) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"who": 1}', b'{"who": "x", "acts": []}', b'{"who": 1, "acts": {}}',
     b"[" * 200_000, b'{"who": 1, "acts": [' + b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_letter_of_the_app_is_said_so(phone: Phone, body: bytes) -> None:
    answer = phone.post(body)

    assert answer.status_code == 400
    assert "error" in answer.get_json()


def test_too_many_and_too_large_are_turned_away_whole(rounds: Rounds, phone: Phone) -> None:
    many = json.dumps({"who": phone.round["who"], "acts": [failed(phone.codes[0])] * (MOST_ACTS + 1)}).encode()

    assert phone.post(many).status_code == 413
    assert phone.post(b'{"who": 1, "acts": ["' + b"x" * 2_000_000 + b'"]}').status_code == 413
    assert acts_of(rounds) == []


def test_the_log_of_a_refused_act_names_nobody(
    rounds: Rounds, phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone.send(failed("EE473124829VN", name="Người Thử Số 1"), {"id": "Người Thử Số 1"})

    written = capsys.readouterr()
    assert "refused" in written.out + written.err
    assert "Người" not in written.out + written.err
    # As a word: among the letters of a made-up number it may stand by chance.
    assert not re.search(rf"\b{rounds.courier}\b", written.out + written.err)


def test_after_midnight_yesterday_s_round_is_gone_and_what_was_said_of_it_is_still_taken(
    rounds: Rounds, phone: Phone, logged_in: LogIn, morning: time_machine.Traveller
) -> None:
    morning.shift(timedelta(hours=22))
    later = Phone.of(logged_in(rounds.courier))

    assert later.round["rounds"] == []
    assert [verdict for _id, verdict in later.send(failed(phone.codes[0], age=20 * 3600))] == ["noted"]


def test_the_app_is_the_same_for_everybody_and_has_nobody_s_data(rounds: Rounds, phone: Phone, anyone: Browser) -> None:
    page = phone.browser.get(APP)

    assert page.text == anyone.get(APP).text
    assert rounds.code not in page.text
    assert "Set-Cookie" not in anyone.get(APP).headers
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")
    told = json.loads(re.findall(r'<script type="application/json" id="loi">(.+?)</script>', page.text, re.DOTALL)[0])
    assert set(told) == {"vi", "en"}
    assert all(set(words) == set(TEXTS) for words in told.values())
    assert not re.search(r'(src|href)="https?:', page.text)


def test_the_worker_looks_after_all_pages_of_the_rounds_and_keeps_only_files_that_are_there(anyone: Browser) -> None:
    answer = anyone.get(f"{APP}/sw.js")

    assert answer.headers["Service-Worker-Allowed"] == "/rounds"
    told = json.loads(answer.text.split("const SHELL = ")[1].split(";\n")[0])
    assert {anyone.get(address).status_code for address in told["files"]} == {200}
    assert len(told["files"]) == len(script_names()) + 5
    assert not [address for address in told["files"] if address.endswith(".json")]
    assert told["version"] in anyone.get(APP).text


def test_a_file_is_kept_for_ever_under_its_own_version_only(anyone: Browser) -> None:
    version = re.findall(rf"{APP}/(\w+)/main.js", anyone.get(APP).text)[0]

    assert "immutable" in anyone.get(f"{APP}/{version}/main.js").headers["Cache-Control"]
    assert anyone.get(f"{APP}/another/main.js").headers["Cache-Control"] == "no-store"
    assert anyone.get(f"{APP}/{version}/worker.js").status_code == 404
    assert anyone.get(f"{APP}/{version}/passwords.js").status_code == 404


def test_what_reads_codes_is_kept_apart_and_for_ever_and_is_nobody_elses_file(anyone: Browser) -> None:
    told = json.loads(anyone.get(f"{APP}/sw.js").text.split("const SHELL = ")[1].split(";\n")[0])
    script, compiled = (anyone.get(address) for address in told["reader"]["files"])

    assert "immutable" in compiled.headers["Cache-Control"]
    assert (script.mimetype, compiled.mimetype) == ("text/javascript", "application/wasm")
    assert compiled.data.startswith(b"\0asm")
    assert not set(told["files"]) & set(told["reader"]["files"])
    assert all(address in anyone.get(APP).text for address in told["reader"]["files"])
    version = told["reader"]["version"]
    assert anyone.get(f"{APP}/doc-ma/another/zxing-reader.wasm").status_code == 404
    assert anyone.get(f"{APP}/doc-ma/{version}/leaflet.js").status_code == 404


def test_a_file_for_everybody_carries_no_log_in_and_brings_none_back(phone: Phone, anyone: Browser) -> None:
    told = json.loads(anyone.get(f"{APP}/sw.js").text.split("const SHELL = ")[1].split(";\n")[0])
    for address in (*told["reader"]["files"], "/static/css/tannha.css"):
        with phone.browser.get(address) as answer:
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers["Vary"]

    assert "Set-Cookie" in phone.browser.get(ROUND).headers


def test_the_first_load_is_light(anyone: Browser) -> None:
    """What a phone with one bar of network pays for: page, styles, modules and worker, as they are sent."""
    told = json.loads(anyone.get(f"{APP}/sw.js").text.split("const SHELL = ")[1].split(";\n")[0])
    packed = {"Accept-Encoding": "gzip"}
    sizes = [len(anyone.client.get(each, headers=packed).data) for each in (*told["files"], f"{APP}/sw.js")]

    assert sum(sizes) < 40_000


def test_the_manifest_names_pictures_that_a_phone_can_cut_to_its_shape(anyone: Browser) -> None:
    told = anyone.get(f"{APP}/app.webmanifest").get_json()

    assert (told["start_url"], told["scope"], told["display"]) == (APP, "/rounds", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    assert all(anyone.get(icon["src"]).data.startswith(b"\x89PNG") for icon in told["icons"])
    assert anyone.get(f"{APP}/bieu-tuong-9.png").status_code == 404


def test_the_pages_of_the_round_lead_to_the_app(rounds: Rounds, phone: Phone) -> None:
    assert f'href="{APP}"' in phone.browser.get(rounds.address).text


def test_a_signature_comes_with_the_act_and_one_that_nobody_drew_does_not(phone: Phone, rounds: Rounds) -> None:
    first, second, third = phone.codes[:3]
    drawn = [[[0, 0], [1000, 300]], [[5, 5]]]
    signed, plain = handed_over(first, signature=drawn), handed_over(second)
    nobody = [handed_over(third, signature=strokes) for strokes in ([[[0, 1001]]], [[[0, 0]] * 1501])]

    # A phone with an older version of the app sends none, and is believed all the same.
    answers = phone.send(signed, plain, *nobody)
    assert [verdict for _id, verdict in answers] == ["noted", "noted", "refused", "refused"]
    assert [verdict for _id, verdict in phone.send(signed)] == ["known"]
    assert [act.strokes for act in acts_of(rounds)] == [drawn, None]
    kept = phone.browser.get(ROUND).get_json()["rounds"][0]["stops"]
    assert "ký trên điện thoại" in kept[0]["acts"][0]["words"]
    assert [stop["sign"] for stop in kept] == [False] * len(kept)


def test_what_could_not_be_noted_is_kept_with_its_signature_for_whoever_decides(
    phone: Phone, rounds: Rounds, logged_in: LogIn
) -> None:
    papers, drawn = ["vneid", "authorisation"], [[[7, 8], [9, 9]]]
    act = handed_over(phone.codes[0], receiver="authorised", papers=papers, signature=drawn)

    assert [verdict for _id, verdict in phone.send(act)] == ["kept"]
    with rounds.round.day.service.database.read() as session:
        case = session.scalars(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE)).one()
    assert 'points="7,8 9,9 "' in logged_in("bode").get(f"/vu-viec/{case.id}").text
