"""A gateway is what its file says: asked in its own form, and its answers sorted by the file's lists."""

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.errors import BadSetting
from delivery.messages.gateway import Credentials, GatewayLine, Profile
from delivery.messages.lines import CannotReach, NotCarried, Outgoing
from delivery.rules.messages import Occasion, Why
from tests.messages.servers import Gateway

MESSAGE = Outgoing(
    name="tn-1", occasion=Occasion.MISSED, to="+84912345001", sender="Bồ Đề", subject="", letter="",
    short="Mot cua Bo De: phong bi", values={"ward": "Bồ Đề", "link": "https://x.vn/?ma=A", "code": "", "day": "",
                                             "moment": ""}, stop="",
)  # fmt: skip


def line_to(profile: str, key: str = "khoa") -> GatewayLine:
    return GatewayLine(Profile.load(profile), Credentials(key, "mat", "TANNHA"), 20.0)


def test_a_gateway_is_asked_as_its_profile_says(gateway: Gateway, tmp_path: Path) -> None:
    line = line_to(gateway.profile(tmp_path, phone="84"))
    line.send(MESSAGE)
    line.close()

    assert gateway.asked == [{
        "to": "84912345001", "content": MESSAGE.short, "brand": "TANNHA", "request_id": "tn-1",
        "data": {"values": ["Bồ Đề", "https://x.vn/?ma=A"]},
    }]  # fmt: skip
    assert gateway.headers[0]["Authorization"] == f"Basic {base64.b64encode(b'khoa:mat').decode()}"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ward=st.text(alphabet=st.characters(exclude_categories=["Cs"])), text=st.text(alphabet='"{}\\,:a\n\u0000é'))
def test_no_text_leaves_its_own_field(gateway: Gateway, tmp_path: Path, ward: str, text: str) -> None:
    line = line_to(gateway.profile(tmp_path))
    hostile = Outgoing(
        MESSAGE.name, MESSAGE.occasion, MESSAGE.to, "", "", "", text, {"ward": ward, "link": "{secret}{key}"}, ""
    )
    line.send(hostile)
    line.close()

    assert gateway.asked[-1] == {
        "to": "0912345001", "content": text, "brand": "TANNHA", "request_id": "tn-1",
        "data": {"values": [ward, "{secret}{key}"]},
    }  # fmt: skip


def test_an_occasion_without_a_registered_text_is_not_offered(gateway: Gateway, tmp_path: Path) -> None:
    line = line_to(gateway.profile(tmp_path, templates={"missed": "30123", "delivered": ""}))
    line.send(MESSAGE)
    line.close()

    assert (line.offers(Occasion.MISSED), line.offers(Occasion.DELIVERED), line.offers(Occasion.BACK)) == (
        True, False, False,
    )  # fmt: skip
    assert gateway.asked[0]["template"] == "30123"


@pytest.mark.parametrize("number", ["+12025550123", "", "chưa có"])
def test_a_number_that_is_none_here_is_not_asked_for(gateway: Gateway, tmp_path: Path, number: str) -> None:
    line = line_to(gateway.profile(tmp_path))
    with pytest.raises(CannotReach):
        line.send(Outgoing("n", Occasion.MISSED, number, "", "", "", "x", {}, ""))
    line.close()

    assert gateway.asked == []


def test_a_key_in_a_file_is_read_anew_each_time(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "token"
    line = line_to(gateway.profile(tmp_path), key=f"@{file}")
    with pytest.raises(NotCarried) as missing:
        line.send(MESSAGE)
    assert missing.value.why is Why.LOG_IN
    for key in ("hom-qua", "hom-nay"):
        file.write_text(f"{key}\n", encoding="utf-8")
        line.send(MESSAGE)
    line.close()

    keys = [base64.b64decode(sent["Authorization"].removeprefix("Basic ")).decode() for sent in gateway.headers]
    assert keys == ["hom-qua:mat", "hom-nay:mat"]


@pytest.mark.parametrize(
    ("name", "phone", "hours", "templates"), [("esms", "0", 23, False), ("zalo-zns", "84", 0, True)]
)
def test_the_profiles_that_come_along_are_right(name: str, phone: str, hours: int, templates: bool) -> None:
    profile = Profile.load(name)

    assert profile.url.startswith("https://")
    assert (profile.phone, profile.repeatable.total_seconds(), profile.needs_template) == (
        phone, hours * 3600, templates,
    )  # fmt: skip
    assert not profile.accepted & (profile.unreachable | profile.later)


GOOD = """
name = "n"
url = "https://gateway.example.vn/send"
phone = "0"
[body]
to = "{phone}"
[answer]
field = "code"
accepted = [0]
"""


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('url = "https:', 'url = "http:'),
        ('url = "https://gateway.example.vn/send"', 'url = "file:///etc/passwd"'),
        ('url = "https://gateway.example.vn/send"', ""),
        ('phone = "0"', 'phone = "+1"'),
        ('to = "{phone}"', 'to = "{recipient_name}"'),
        ("[body]", '[headers]\nTo = "{phone}"\n[body]'),
        ("[body]", "repeatable_hours = 5\n[body]"),
        ("[body]", 'method = "GET"\n[body]'),
        ("accepted = [0]", "accepted = 0"),
        ("accepted = [0]", ""),
        ("[answer]", '[templates]\nbirthday = "1"\n[answer]'),
        ("[body]", "[body"),
    ],
)
def test_a_mistake_in_a_profile_is_said_when_it_is_read(tmp_path: Path, was: str, becomes: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    Profile.load(str(path))
    path.write_text(GOOD.replace(was, becomes), encoding="utf-8")

    with pytest.raises(BadSetting):
        Profile.load(str(path))


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(BadSetting, match="khong-co"):
        Profile.load("khong-co")
