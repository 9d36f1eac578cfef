"""A citizen opens the own dossier by way of a provider: whose number the provider has verified, and nobody else."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from werkzeug.test import TestResponse

from delivery.models import AuditEntry
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.identity.going import HERE, inside, led_to
from tests.identity.provider import CLIENT, SECRET, House, running_house
from tests.web.conftest import Browser
from web.app import create_app

PAGE, DOSSIER, PHONE = "/ho-so-cua-toi", "H26.41.118-261120-0001", "0912345678"
BEGIN, BACK = f"{PAGE}/nha-cung-cap", f"{PAGE}/tro-ve"
CITIZEN = {"sub": "vneid-77", "phone_number": "+84912345678", "phone_number_verified": True, "name": "Nguyễn Văn Kín"}
Telling = Callable[..., Browser]


@pytest.fixture
def house() -> Iterator[House]:
    with running_house(HERE + BACK) as house:
        house.person = CITIZEN
        yield house


@pytest.fixture
def ward(tmp_path: Path, sqlite_template: Path, house: House) -> Iterator[Service]:
    """Two results at the counter, in a ward that sends no codes."""
    settings = Settings(
        home=tmp_path / "home", carrier="own-team", citizen_oidc_issuer=house.url, citizen_oidc_name="VNeID",
        citizen_oidc_client_id=CLIENT, citizen_oidc_client_secret=SecretStr(SECRET), oidc_plain_http=True,
        _env_file=None,
    )  # type: ignore[call-arg]  # fmt: skip
    service = Service.from_settings(settings)
    shutil.copy(sqlite_template, settings.home / "tannha.db")
    set_up(service)
    Day(service, Intake(service.database, tmp_path)).import_and_place(
        a_row(1, Số_điện_thoại=PHONE, Trả_tại_nhà="", Người_trả_cước="Người nhận", Địa_chỉ_nhận=""),
        a_row(2, Số_điện_thoại="0912345002"),
        a_row(3, Số_điện_thoại=""),
    )
    yield service
    service.close()


@pytest.fixture
def citizen(ward: Service) -> Browser:
    return Browser(create_app(ward).test_client())


def go(citizen: Browser, house: House, dossier: str = DOSSIER) -> TestResponse:
    there = led_to(citizen.post(BEGIN, on=PAGE, ho_so=dossier))
    assert DOSSIER not in there
    return citizen.get(inside(house.log_in(there)))


def book(ward: Service) -> list[AuditEntry]:
    with ward.database.read() as session:
        wanted = sa.select(AuditEntry).where(AuditEntry.actor.in_(["citizen", "provider"]))
        return list(session.scalars(wanted.order_by(AuditEntry.id)))


def test_a_citizen_sees_the_own_dossier_without_a_code(
    citizen: Browser, ward: Service, house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "Tiếp tục bằng VNeID" in citizen.get(PAGE).text

    answer = go(citizen, house)

    assert answer.location == f"{PAGE}/xem"
    assert "Kết quả chờ tại quầy" in citizen.get(f"{PAGE}/xem").text
    assert [(entry.actor, entry.action) for entry in book(ward)] == [("citizen", "proved by provider")]
    said = capfd.readouterr()
    kept = (ward.settings.home / "tannha.db").read_bytes() + (ward.settings.home / "tannha.db-wal").read_bytes()
    for secret in ("vneid-77", "Nguyễn Văn Kín"):
        assert secret.encode() not in kept
        assert secret not in said.out + said.err
    assert DOSSIER not in said.out + said.err


def test_everybody_else_gets_one_and_the_same_answer(citizen: Browser, ward: Service, house: House) -> None:
    def answer(dossier: str = DOSSIER, **person: object) -> tuple[int, str]:
        house.person = {name: value for name, value in {**CITIZEN, **person}.items() if value is not None}
        given = go(citizen, house, dossier)
        assert citizen.get(f"{PAGE}/xem").status_code == 302
        return given.status_code, re.sub(r'value="[^"]*"', "", given.text)

    refused = answer(phone_number="+84987654321")
    assert refused[0] == 401
    others = [
        answer("H26.41.118-261120-0002"), answer("H26.41.118-261120-0003"), answer("H26.41.118-261120-9999"),
        answer(""), answer("'; --"), answer(phone_number_verified=False), answer(phone_number_verified=None),
        answer(phone_number_verified="false"), answer(phone_number=None), answer(phone_number=""),
        answer("H26.41.118-261120-0003", phone_number=""), answer(phone_number=84912345678),
    ]  # fmt: skip
    assert others == [refused] * len(others)
    lines = book(ward)
    assert {entry.action for entry in lines} == {"log-in refused"}
    assert DOSSIER not in str([entry.facts for entry in lines])


def test_a_token_or_userinfo_that_is_another_s_opens_nothing(citizen: Browser, house: House) -> None:
    for habit in ("another's userinfo", "wrong nonce", "other audience", "ill /userinfo"):
        house.habit = habit
        assert go(citizen, house).status_code in {401, 503}
        assert citizen.get(f"{PAGE}/xem").status_code == 302


def test_a_way_that_staff_began_does_not_end_here(citizen: Browser, ward: Service, house: House) -> None:
    assert citizen.get("/lien-ket").status_code == 302
    assert citizen.post("/dang-nhap/nha-cung-cap", on=PAGE).status_code == 404
    there = led_to(citizen.post(BEGIN, on=PAGE, ho_so=DOSSIER))
    address = inside(house.log_in(there))
    assert citizen.get(address.replace(BACK, "/dang-nhap/tro-ve")).status_code == 404
    assert Browser(create_app(ward).test_client()).get(address).status_code == 401
    assert citizen.get(address).status_code == 302
