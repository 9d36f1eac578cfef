"""A provider as the house asks it: its keys that count, what is remembered of it, and how the doctor speaks of it."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from delivery.doctor import examine
from delivery.errors import BadSetting, ProviderAway
from delivery.identity.line import ProviderLine
from delivery.identity.provider import KEPT_SECONDS, MOST_AT_ONCE, Provider
from delivery.identity.tokens import keys_of
from delivery.rules.identity import Client, Shown, error_code, listed
from delivery.settings import Settings
from delivery.wiring import Service
from tests.identity.provider import CLIENT, SECRET, House, running_house


@pytest.fixture
def house() -> Iterator[House]:
    with running_house() as house:
        yield house


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ProviderLine]:
    made = ProviderLine.of(Settings(home=tmp_path, oidc_plain_http=True, _env_file=None))  # type: ignore[call-arg]
    yield made
    made.close()


def test_only_keys_by_which_a_provider_alone_can_sign_count() -> None:
    good = ECKey.generate_key("P-256", {"kid": "good"}).as_dict(private=False)
    short = {**RSAKey.generate_key(2048, {"kid": "short"}).as_dict(private=False), "n": "AQAB"}
    published = [
        good, {**good, "kid": "for letters", "use": "enc"}, {**good, "kid": "shared", "alg": "HS256"}, short,
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True), {"kty": "EC", "kid": "broken"}, "no key", {},
    ]  # fmt: skip
    assert [key.kid for key in keys_of({"keys": published}).keys] == ["good"]
    assert list(keys_of({})) == []


def test_what_it_publishes_is_asked_for_once_an_hour(house: House, line: ProviderLine) -> None:
    clock = [0.0]
    provider = Provider(Client(house.url, "", CLIENT, SECRET), line, clock=lambda: clock[0])
    for clock[0], times in ((0.0, 1), (KEPT_SECONDS - 1, 1), (KEPT_SECONDS + 1, 2)):
        provider.published()
        assert len(house.asked) == times


def test_no_more_than_a_few_wait_for_it_at_a_time(house: House, line: ProviderLine) -> None:
    provider = Provider(Client(house.url, "", CLIENT, SECRET), line)
    turns = [provider._turn() for _each in range(MOST_AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    with pytest.raises(ProviderAway, match="nhiều người"):
        provider.published()
    for turn in turns:
        turn.__exit__(None, None, None)
    assert provider.published().token.endswith("/token")
    assert len(house.asked) == 1


def test_a_name_that_leads_inside_is_not_called(line: ProviderLine) -> None:
    inside = ("127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:10.0.0.7", "fd00:ec2::254")
    for place in inside:
        led = replace(line, look_up=lambda *_asked, place=place: [ip_address("93.184.215.14"), ip_address(place)])
        with pytest.raises(ProviderAway, match="không nằm trên mạng công cộng"):
            led.ask("https://sso.example.vn:1/token")
    for address in (
        "http://sso.example.vn/token",
        "https://u:p@sso.example.vn/",
        "file:///etc/passwd",
        "//x",
        "https://",
    ):
        with pytest.raises(ProviderAway, match="https://"):
            line.ask(address)


def test_a_file_of_certificates_that_is_none_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, oidc_ca=tmp_path / "none.pem", _env_file=None)  # type: ignore[call-arg]
    with pytest.raises(BadSetting, match="TANNHA_OIDC_CA"):
        ProviderLine.of(settings)


@pytest.mark.parametrize(
    "issuer", ["https://sso.example.vn/?a=b", "ftp://sso.example.vn", "https://169.254.169.254", "x"]
)
def test_an_issuer_that_is_none_is_refused_at_the_start(
    issuer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANNHA_OIDC_ISSUER", issuer)
    with pytest.raises(BadSetting, match="TANNHA_OIDC_ISSUER"):
        Settings.from_env()


def test_the_doctor_asks_it_and_says_what_is_wrong(house: House, tmp_path: Path) -> None:
    def finding(**told: object) -> tuple[bool, str]:
        settings = Settings(home=tmp_path / "home", carrier="own-team", _env_file=None, **told)  # type: ignore[call-arg, arg-type]
        service = Service.from_settings(settings)
        try:
            return next((one.ok, one.says) for one in examine(service) if one.what == "Log-ins by a provider")
        finally:
            service.close()

    named = {"oidc_issuer": house.url, "oidc_name": "SSO", "oidc_plain_http": True}
    assert finding() == (True, "Không dùng: cán bộ có mật khẩu, người dân nhận mã")
    assert finding(**named) == (True, "SSO")
    assert finding(**{**named, "oidc_plain_http": False})[0] is False
    house.published = {"issuer": "https://elsewhere.example"}
    assert "không phải của nơi ấy" in finding(**named)[1]
    assert "Không kết nối được" in finding(**{**named, "oidc_issuer": "http://127.0.0.1:1"})[1]


def test_small_words() -> None:
    assert listed(" mfa, ,otp ") == {"mfa", "otp"}
    assert [error_code(said) for said in ("access_denied", "Người này", "", None, "x" * 41)] == [
        "access_denied",
        *[""] * 4,
    ]
    assert not Shown("i", "s", {"amr": ["pwd"]}).is_strong(frozenset())
    assert not Shown("i", "s", {}).is_strong(frozenset({"mfa"}))
