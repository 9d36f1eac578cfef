"""Staff who come in by way of a provider: only whom an administrator allowed, and whom a true token shows."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from delivery.models import AuditEntry, ProviderTie, Staff
from delivery.moments import now
from delivery.rules.identity import Shown
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.identity.going import HERE, inside, led_to
from tests.identity.provider import CLIENT, FORGERIES, LIES, SECRET, House, running_house
from tests.web.conftest import PASSWORD, PEOPLE, Browser
from tests.web.second_factor import STEP
from tests.web.second_factor import set_up as set_up_phone
from web import ties
from web.app import create_app
from web.people import add_staff

BACK, OWN, BEGIN = "/dang-nhap/tro-ve", "/lien-ket", "/dang-nhap/nha-cung-cap"
Furnish = Callable[..., Service]
ILLNESSES = (
    "hang /token", "elsewhere /token", "html /token", "huge /token", "ill /token", "hang /jwks", "ill /jwks",
)  # fmt: skip


@pytest.fixture
def house() -> Iterator[House]:
    with running_house(HERE + BACK) as house:
        yield house


@pytest.fixture
def furnish(tmp_path: Path, sqlite_template: Path, house: House) -> Iterator[Furnish]:
    """A ward whose staff may log in at the house."""
    made: list[Service] = []

    def with_settings(**more: object) -> Service:
        told: dict[str, object] = {
            "oidc_issuer": house.url, "oidc_name": "SSO Hà Nội", "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
            "oidc_plain_http": True, "oidc_seconds": 2, **more,
        }  # fmt: skip
        home = tmp_path / f"home-{len(made)}"
        service = Service.from_settings(Settings(home=home, carrier="own-team", _env_file=None, **told))  # type: ignore[call-arg, arg-type]
        shutil.copy(sqlite_template, home / "tannha.db")
        set_up(service)
        with service.database.write() as session:
            for username, role, office in PEOPLE:
                add_staff(session, username, username.title(), role, office, PASSWORD)
        made.append(service)
        return service

    yield with_settings
    for service in made:
        service.close()


@pytest.fixture
def service(furnish: Furnish) -> Service:
    return furnish()


def fresh(service: Service) -> Browser:
    """A browser of somebody new; the application is made once."""
    kept = service.__dict__
    return Browser((kept.get("app") or kept.setdefault("app", create_app(service))).test_client())


def come_in(browser: Browser, house: House, following: str = "") -> TestResponse:
    """The way to the house and back, as a browser goes it; not followed further than to our answer."""
    there = led_to(browser.post(BEGIN, tiep=following))
    return browser.get(inside(house.log_in(there)))


def number_of(service: Service, username: str) -> int:
    with service.database.read() as session:
        return session.scalars(sa.select(Staff.id).where(Staff.username == username)).one()


def account(service: Service, deed: str, username: str = "bode") -> TestResponse:
    """What an administrator does with an account."""
    administrator, one = fresh(service), f"/tai-khoan/{number_of(service, username)}"
    administrator.log_in("quantri")
    return administrator.post(f"{one}/{deed}", on=one)


def tie(service: Service, house: House, username: str = "bode", subject: str = "0001") -> None:
    """A person is tied already to somebody of the house, who sits there now."""
    house.person = {**house.person, "sub": subject}
    with service.database.write() as session:
        staff = session.get_one(Staff, number_of(service, username))
        ties.offer(session, staff, house.url, "quantri", now())
        ties.tie(session, staff, Shown(house.url, subject, {}), service.blind, now())


def by_password(service: Service, username: str = "bode") -> Browser:
    browser = fresh(service)
    browser.log_in(username)
    return browser


def book(service: Service, action: str) -> list[AuditEntry]:
    with service.database.read() as session:
        wanted = sa.select(AuditEntry).where(AuditEntry.action == action)
        return list(session.scalars(wanted.order_by(AuditEntry.id)))


def is_in(browser: Browser) -> bool:
    return browser.get("/dieu-phoi").status_code == 200


def test_a_clerk_ties_the_account_and_comes_in_without_a_password(service: Service, house: House) -> None:
    account(service, "lien-ket")
    browser = by_password(service)
    there = led_to(browser.post(OWN, on=OWN, mat_khau=PASSWORD))
    assert "đã liên kết với SSO Hà Nội" in browser.get(inside(house.log_in(there)), follow=True).text
    browser = fresh(service)
    assert "Đăng nhập bằng SSO Hà Nội" in browser.get("/dang-nhap").text

    answer = come_in(browser, house, "/ket-qua?tim=x")

    assert (answer.status_code, answer.location) == (302, "/ket-qua?tim=x")
    assert is_in(browser)
    assert [entry.actor for entry in book(service, "log-in by provider")] == ["bode"]
    with service.database.read() as session:
        clerk = session.scalars(sa.select(Staff).where(Staff.username == "bode")).one()
        kept = session.scalars(sa.select(ProviderTie)).one()
        assert clerk.last_login_at is not None
        assert kept.subject_hash is not None
        assert b"0001" not in kept.subject_hash


def test_who_is_tied_to_nobody_is_not_let_in_whatever_the_provider_calls_them(service: Service, house: House) -> None:
    tie(service, house)
    house.person = {"sub": "bode", "preferred_username": "bode", "email": "bode@example.org", "email_verified": True}
    browser = fresh(service)

    answer = come_in(browser, house)

    assert answer.status_code == 401
    assert "chưa mở được gì ở đây" in answer.text
    assert not is_in(browser)
    (line,) = book(service, "log-in refused")
    assert (line.actor, line.subject, line.facts["why"]) == ("provider", "provider:staff", "unknown")
    assert len(line.facts["who"]) == 16
    assert "bode" not in str(line.facts)


def test_a_token_that_is_not_true_lets_nobody_in(furnish: Furnish, house: House) -> None:
    service = furnish(tries_per_minute=0)
    tie(service, house)
    browser = fresh(service)
    for habit in (*LIES, *FORGERIES):
        house.habit = habit
        answer = come_in(browser, house)
        assert (answer.status_code, "không đáng tin" in answer.text, is_in(browser)) == (401, True, False), habit

    lines = book(service, "log-in refused")
    assert len(lines) == len(LIES) + len(FORGERIES)
    assert all(line.facts["why"] for line in lines)
    house.habit = ""
    assert come_in(browser, house).status_code == 302


def test_a_provider_that_is_ill_slow_or_leads_elsewhere_keeps_nobody_out_for_good(
    furnish: Furnish, house: House
) -> None:
    service = furnish(oidc_seconds=0.3)
    tie(service, house)
    come_in(fresh(service), house)
    for habit in ILLNESSES:
        house.habit = habit
        # Nothing of the provider is remembered, as after a start.
        service.__dict__.pop("staff_provider").close()
        browser = fresh(service)
        answer = come_in(browser, house)
        assert (answer.status_code, "không trả lời" in answer.text, is_in(browser)) == (503, True, False), habit
        house.habit = ""
        assert come_in(browser, house).status_code == 302, habit
    assert "/inside" not in house.asked


@pytest.mark.parametrize(
    ("habit", "says", "code"),
    [("denied", "không cho ông/bà vào", "access_denied"), ("strange word", "không cho ông/bà vào", ""),
     ("mixed up", "không đáng tin", "iss")],
)  # fmt: skip
def test_of_what_the_provider_says_only_the_code_of_an_error_is_repeated(
    service: Service, house: House, habit: str, says: str, code: str
) -> None:
    house.habit = habit
    answer = come_in(fresh(service), house)

    assert (answer.status_code, says in answer.text) == (401, True)
    assert "Kín" not in answer.text
    assert "0912345678" not in answer.text
    (line,) = book(service, "log-in refused")
    assert line.facts["why"] == (code or "denied")


def test_an_answer_is_taken_once_and_by_the_browser_that_asked(service: Service, house: House) -> None:
    tie(service, house)
    browser, other = fresh(service), fresh(service)
    address = inside(house.log_in(led_to(browser.post(BEGIN))))

    assert other.get(address).status_code == 401
    assert browser.get("/dang-nhap/tro-ve?code=x&state=").status_code == 401
    # What was begun is over with the first answer, a wrong one as well.
    assert browser.get(address).status_code == 401
    again = inside(house.log_in(led_to(browser.post(BEGIN))))
    assert browser.get(again).status_code == 302
    assert browser.get(again).status_code == 401
    assert book(service, "log-in refused") == []


def test_who_tries_too_often_is_told_to_wait(furnish: Furnish) -> None:
    client, there = fresh(furnish(tries_per_minute=3)).client, {"REMOTE_ADDR": "203.0.113.7"}
    said = [client.get(f"{BACK}?state=x&code=y", environ_overrides=there).status_code for _try in range(4)]
    assert said == [401, 401, 401, 429]


def test_a_code_that_was_used_or_made_up_opens_nothing(service: Service, house: House) -> None:
    tie(service, house)
    browser = fresh(service)
    address = inside(house.log_in(led_to(browser.post(BEGIN))))
    house.codes.clear()

    answer = browser.get(address)

    assert answer.status_code == 401
    assert "invalid_grant" in answer.text
    assert "Kín" not in answer.text
    assert [line.facts["why"] for line in book(service, "log-in refused")] == ["invalid_grant"]


def test_the_provider_signs_with_a_new_key_and_nobody_notices(service: Service, house: House) -> None:
    tie(service, house)
    come_in(fresh(service), house)
    house.rotate()
    browser = fresh(service)

    assert come_in(browser, house).status_code == 302
    assert house.asked.count("/jwks") == 2
    assert house.asked.count("/.well-known/openid-configuration") == 1
    house.rotate()
    # Whoever makes up names of keys has us ask for them now and then only.
    assert come_in(fresh(service), house).status_code == 401
    assert house.asked.count("/jwks") == 2


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(service: Service, house: House) -> None:
    tie(service, house)
    house.published = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert come_in(fresh(service), house).status_code == 302


def test_our_own_second_step_follows_unless_the_provider_s_counts(furnish: Furnish, house: House) -> None:
    service = furnish(oidc_second_factor="mfa, urn:strong")
    tie(service, house)
    phone = set_up_phone(by_password(service))
    browser = fresh(service)
    answer = come_in(browser, house)
    assert (answer.location, is_in(browser)) == (STEP, False)
    with service.database.write() as session:
        session.execute(sa.update(Staff).values(second_factor_step=Staff.second_factor_step - 2))
    browser.post(STEP, on=STEP, ma=phone.shows())
    assert is_in(browser)

    for shown in ({"amr": ["pwd", "mfa"]}, {"acr": "urn:strong"}):
        house.person = {"sub": "0001", **shown}
        browser = fresh(service)
        come_in(browser, house)
        assert is_in(browser)
    house.person = {"sub": "0001", "amr": ["pwd"], "acr": "urn:weak"}
    assert come_in(fresh(service), house).location == STEP
    assert len(book(service, "log-in by provider")) == 3


def test_where_a_second_step_is_required_the_provider_s_is_one(furnish: Furnish, house: House) -> None:
    open_house = furnish()
    tie(open_house, house)
    told = {"second_factor": "required", "oidc_second_factor": "mfa"}
    service = Service(open_house.settings.model_copy(update=told), open_house.database)
    weak, strong = fresh(service), fresh(service)

    come_in(weak, house)
    house.person = {"sub": "0001", "amr": ["mfa"]}
    come_in(strong, house)

    assert weak.get("/dieu-phoi").location == "/buoc-xac-nhan"
    assert is_in(strong)


def test_a_kind_of_log_in_and_its_age_are_asked_for_and_required(furnish: Furnish, house: House) -> None:
    service = furnish(oidc_acr="urn:two", oidc_max_age_minutes=5)
    at = int(now().timestamp())
    house.person = {"sub": "0001", "acr": "urn:two", "auth_time": at}
    tie(service, house)
    there = led_to(fresh(service).post(BEGIN))
    assert "acr_values=urn%3Atwo" in there
    assert "max_age=300" in there

    wrong = ({"acr": "urn:one", "auth_time": at}, {"auth_time": at}, {"acr": "urn:two", "auth_time": at - 600},
             {"acr": "urn:two"})  # fmt: skip
    for shown in wrong:
        house.person = {"sub": "0001", **shown}
        assert come_in(fresh(service), house).status_code == 401
    assert {line.facts["why"] for line in book(service, "log-in refused")} == {"acr", "auth_time"}


def test_a_closed_account_and_a_pause_after_wrong_tries_hold_here_as_well(service: Service, house: House) -> None:
    tie(service, house)
    inside_already = by_password(service)
    browser = fresh(service)
    for _try in range(6):
        fresh(service).log_in("bode", "sai mật khẩu rồi")
    assert "Xin đợi một lúc" in come_in(browser, house).text
    with service.database.write() as session:
        session.execute(sa.update(Staff).values(locked_until=None))
    account(service, "dong")

    answer = come_in(browser, house)

    assert (answer.status_code, "chưa mở được gì ở đây" in answer.text) == (401, True)
    assert not is_in(browser)
    assert not is_in(inside_already)


def test_a_tie_is_ended_by_an_administrator_and_given_back(service: Service, house: House) -> None:
    tie(service, house)
    inside_already = fresh(service)
    come_in(inside_already, house)
    assert "Chỉ còn mật khẩu" in account(service, "bo-lien-ket").text
    assert not is_in(inside_already)
    assert come_in(fresh(service), house).status_code == 401

    assert "liên kết lại như trước" in account(service, "lien-ket-lai").text

    assert come_in(fresh(service), house).status_code == 302
    assert "không có gì để" in account(service, "lien-ket-lai").text.lower()


def test_nobody_takes_another_s_tie_over(service: Service, house: House) -> None:
    tie(service, house)
    account(service, "bo-lien-ket")
    tie(service, house, "viethung")
    assert "người khác" in account(service, "lien-ket-lai").text

    account(service, "lien-ket")
    browser = by_password(service)
    answer = browser.get(inside(house.log_in(led_to(browser.post(OWN, on=OWN, mat_khau=PASSWORD)))))
    assert (answer.status_code, "người khác" in answer.text) == (401, True)
    own = fresh(service)
    come_in(own, house)
    assert "Viethung" in own.get("/dieu-phoi").text


def test_a_tie_needs_leave_the_password_and_the_very_log_in(service: Service, house: House) -> None:
    browser = by_password(service)
    assert "Quản trị viên phải cho phép trước" in browser.get(OWN).text
    assert browser.post(OWN, on="/mat-khau", mat_khau=PASSWORD).status_code == 401

    account(service, "lien-ket")
    assert browser.post(OWN, on=OWN, mat_khau="sai mật khẩu rồi").status_code == 422
    address = inside(house.log_in(led_to(browser.post(OWN, on=OWN, mat_khau=PASSWORD))))
    account(service, "bo-lien-ket")
    assert browser.get(address).status_code == 401
    account(service, "lien-ket")
    address = inside(house.log_in(led_to(browser.post(OWN, on=OWN, mat_khau=PASSWORD))))
    account(service, "dang-xuat")
    assert browser.get(address).status_code == 401
    with service.database.read() as session:
        assert session.scalars(sa.select(ProviderTie).where(ProviderTie.tied_at.is_not(None))).all() == []


def test_a_person_ends_the_own_tie_and_stays_logged_in(service: Service, house: House) -> None:
    tie(service, house)
    browser = by_password(service)
    browser.post(f"{OWN}/bo", on=OWN)

    assert is_in(browser)
    assert come_in(fresh(service), house).status_code == 401


def test_who_logs_out_here_is_led_to_log_out_there(service: Service, house: House) -> None:
    tie(service, house)
    browser, other = fresh(service), by_password(service)
    come_in(browser, house)

    there = led_to(browser.post("/dang-xuat", on="/dieu-phoi"))

    assert there.startswith(f"{house.url}/logout?client_id=tannha&post_logout_redirect_uri=")
    assert not is_in(browser)
    assert "http-equiv" not in other.post("/dang-xuat", on="/dieu-phoi").text


def test_who_has_logged_out_there_is_logged_out_here(service: Service, house: House) -> None:
    tie(service, house)
    browser, machine = fresh(service), fresh(service).client
    come_in(browser, house)

    def told(token: str) -> int:
        return machine.post("/dang-nhap/da-dang-xuat", data={"logout_token": token}).status_code

    wrong: list[dict[str, object]] = [
        {"events": {}}, {"nonce": "x"}, {"aud": "somebody-else"}, {"iss": "https://elsewhere.example"}, {"exp": 1},
        {"iat": 1}, {"sub": None}, {"jti": None},
    ]  # fmt: skip
    assert [told(house.ending("0001", **changes)) for changes in wrong] == [400] * len(wrong)
    assert told("") == told("a.b.c") == 400
    assert told(house.ending("9999")) == 200
    assert is_in(browser)
    assert told(house.ending("0001")) == 200
    assert not is_in(browser)


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://169.254.169.254/latest/"},
     {"jwks_uri": "file:///etc/passwd"}, {"token_endpoint": "https://u:p@example.org/token"}, {"token_endpoint": None}],
)  # fmt: skip
def test_what_a_provider_publishes_leads_nowhere_inside(
    service: Service, house: House, published: dict[str, object]
) -> None:
    house.published = published
    answer = fresh(service).post(BEGIN)
    assert (answer.status_code, "không trả lời" in answer.text) == (503, True)


def test_where_no_provider_is_named_nothing_of_it_is_there(furnish: Furnish) -> None:
    service = furnish(oidc_issuer="")
    browser = fresh(service)
    assert "Đăng nhập bằng" not in browser.get("/dang-nhap").text
    browser.log_in("quantri")
    assert "Đăng nhập bằng" not in browser.get("/tai-khoan").text
    for address in (OWN, BACK):
        assert browser.get(address).status_code == 404
    for address in (BEGIN, f"/tai-khoan/{number_of(service, 'bode')}/lien-ket"):
        assert browser.post(address, on="/mat-khau").status_code == 404
