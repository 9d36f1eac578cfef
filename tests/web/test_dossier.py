"""A citizen's own dossier in the browser: from the code that was sent to the choice, and no shorter way."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.citizens.own_codes import JOB
from delivery.models import AuditEntry, Consent, Result
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.messages.conftest import PHONE, Telling, gateway, telling
from tests.messages.servers import Gateway
from tests.web.conftest import Browser
from web.app import create_app

__all__ = ["gateway", "telling"]
PAGE, DOSSIER = "/ho-so-cua-toi", "H26.41.118-261120-0001"


@pytest.fixture
def database_url() -> str:
    """SQLite in the home: the pages are the same on every database."""
    return ""


@pytest.fixture
def told(telling: Telling, gateway: Gateway, tmp_path: Path) -> Day:
    """A result at the counter, in a ward that sends codes by SMS."""
    service = telling("sms", sms_gateway=gateway.profile(tmp_path))
    day = Day(service, Intake(service.database, tmp_path))
    day.import_and_place(
        a_row(1, Số_điện_thoại=PHONE, Trả_tại_nhà="", Người_trả_cước="Người nhận", Địa_chỉ_nhận=""),
        a_row(2, Số_điện_thoại="0912345002"),
    )
    return day


@pytest.fixture
def citizen(told: Day) -> Browser:
    return Browser(create_app(told.service).test_client())


def result_of(service: Service, number: int = 1) -> Result:
    with service.database.read() as session:
        code = f"H26.41.118-261120-{number:04d}"
        return session.scalars(sa.select(Result).where(Result.dossier_code == code)).one()


def prove(citizen: Browser, told: Day, gateway: Gateway, dossier: str = DOSSIER, phone: str = PHONE) -> str:
    citizen.post(PAGE, on=PAGE, ho_so=dossier, dien_thoai=phone)
    told.work(JOB)
    (code,) = re.findall(r"\b\d{6}\b", gateway.texts[-1])
    return citizen.post(f"{PAGE}/ma", on=f"{PAGE}/ma", ma=code).text


def test_it_is_looked_at_agreed_to_and_taken_back(citizen: Browser, told: Day, gateway: Gateway) -> None:
    assert "Kết quả chờ tại quầy" in prove(citizen, told, gateway)
    wish = {"dia_chi": "Số 12 phố Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên", "khung_gio": "08:00-11:30"}
    looked = citizen.post(f"{PAGE}/xem-lai", on=f"{PAGE}/xem", **wish).text
    assert "Như thế này đúng chưa?" in looked
    assert "trước là Ngọc Thụy" in looked
    assert re.search(r"Trả khi nhận</dt><dd>\d\d\.\d{3} đồng", looked)
    assert not result_of(told.service).wants_delivery

    refused = citizen.post(f"{PAGE}/chon", on=f"{PAGE}/xem", cach="tai-nha", **wish).text
    assert "Chỉ phát tại nhà khi ông/bà đồng ý" in refused
    assert not result_of(told.service).wants_delivery
    done = citizen.post(f"{PAGE}/chon", on=f"{PAGE}/xem", cach="tai-nha", dong_y="1", **wish).text
    assert "Kết quả sẽ được phát tại nhà" in done
    assert result_of(told.service).address == wish["dia_chi"]
    assert "chờ ông/bà tại quầy" in citizen.post(f"{PAGE}/chon", on=f"{PAGE}/xem", cach="tai-quay").text
    with told.service.database.read() as session:
        assert session.scalars(sa.select(Consent)).one().ended_at is not None
        book = session.scalars(sa.select(AuditEntry).where(AuditEntry.actor == "citizen").order_by(AuditEntry.id))
        assert [entry.action for entry in book] == ["proved", "chose tai-nha", "chose tai-quay"]


def test_right_and_wrong_pairs_are_answered_alike(citizen: Browser, told: Day, gateway: Gateway) -> None:
    def answer(dossier: str, phone: str) -> tuple[int, str]:
        given = citizen.post(PAGE, on=PAGE, ho_so=dossier, dien_thoai=phone)
        return given.status_code, re.sub(r'value="[^"]*"', "", given.text)

    right = answer(DOSSIER, PHONE)
    assert right == answer(DOSSIER, "0987654321") == answer("", "") == answer("'; --", "x" * 200)
    told.work(JOB)
    assert len(gateway.sent) == 1


def test_nothing_is_seen_or_decided_without_the_code(citizen: Browser, told: Day) -> None:
    citizen.post(PAGE, on=PAGE, ho_so=DOSSIER, dien_thoai=PHONE)
    assert citizen.client.get(f"{PAGE}/xem").status_code == 302
    for deed, form in (
        ("chon", {"cach": "tai-nha", "dong_y": "1", "dia_chi": "Số 1"}),
        ("xem-lai", {}),
        ("phong-bi", {}),
    ):
        assert "xem" not in citizen.post(f"{PAGE}/{deed}", on=PAGE, **form).request.path
    wrong = citizen.post(f"{PAGE}/ma", on=f"{PAGE}/ma", ma="12345")
    assert (wrong.status_code, "Mã này không đúng" in wrong.text) == (401, True)
    assert not result_of(told.service).wants_delivery


def test_what_lies_in_an_envelope_is_followed_from_here(citizen: Browser, told: Day, gateway: Gateway) -> None:
    told.plan()
    assert "Kết quả đã vào phong bì" in prove(citizen, told, gateway, "H26.41.118-261120-0002", "0912345002")
    assert "Phong bì của tôi" in citizen.post(f"{PAGE}/phong-bi", on=f"{PAGE}/xem").text
    late = citizen.post(f"{PAGE}/chon", on=f"{PAGE}/xem", cach="tai-quay").text
    assert "đã vào phong bì" in late
    assert result_of(told.service, 2).wants_delivery
    citizen.post(f"{PAGE}/xong", on=f"{PAGE}/xem")
    assert citizen.client.get("/phong-bi-cua-toi/xem").status_code == 302


def test_where_nothing_is_sent_people_are_told_where_to_go(anyone: Browser) -> None:
    assert "chưa gửi được mã" in anyone.get(PAGE).text
    assert anyone.post(PAGE, on="/phong-bi-cua-toi", ho_so=DOSSIER, dien_thoai=PHONE).status_code == 404


def test_no_address_of_a_page_and_no_log_line_holds_what_was_typed(
    citizen: Browser, told: Day, gateway: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    prove(citizen, told, gateway)
    answer = citizen.post(f"{PAGE}/chon", on=f"{PAGE}/xem", cach="tai-nha", dong_y="1", dia_chi="Số 77 phố Kín")
    said = capfd.readouterr()
    for secret in (PHONE, DOSSIER, "phố Kín", PHONE[1:]):
        assert secret not in answer.request.url
        assert secret not in said.out + said.err
