"""The packing table in the pages, without scripts: what is scanned, picked, printed, sealed and taken back."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, Case, CaseKind, Item, Office, Result
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.delivery.test_together import lans
from tests.web.conftest import PASSWORD, PEOPLE, Browser
from web.app import create_app
from web.people import add_staff

DOSSIER = "H26.41.118-261120-000{}"
TABLE = "/dong-goi"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Lan's envelope with two results and one of somebody else, planned; made once, and copied for each test."""
    folder = tmp_path_factory.mktemp("table")
    service = Service.from_settings(_settings(folder / "home"))
    shutil.copy(sqlite_template, folder / "home" / "tannha.db")
    set_up(service)
    with service.database.write() as session:
        for username, role, office in PEOPLE:
            add_staff(session, username, username.title(), role, office, PASSWORD)
    day = Day(service, Intake(service.database, folder))
    day.import_and_place(lans(1), lans(2), a_row(3))
    day.plan()
    service.close()
    return folder / "home"


def _settings(home: Path) -> Settings:
    return Settings(home=home, carrier="sandbox", _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def service(home: Path, tmp_path: Path) -> Iterator[Service]:
    shutil.copytree(home, tmp_path / "home")
    made = Service.from_settings(_settings(tmp_path / "home"))
    yield made
    made.close()


@pytest.fixture
def clerk(service: Service) -> Browser:
    return person(service, "bode")


def person(service: Service, name: str) -> Browser:
    browser = Browser(create_app(service).test_client())
    assert browser.log_in(name).status_code in {200, 403}
    return browser


def take(browser: Browser, typed: str, on: str = TABLE) -> str:
    page = browser.get(on).text
    table = re.search(r'name="phong_bi" value="(\d+)"', page)
    more = {"phong_bi": table[1]} if table is not None else {}
    return browser.post(TABLE, on=on, ma=typed, phieu=str(uuid4()), **more).text


def said(page: str) -> str:
    found = re.search(r'id="noi" class="([^"]*)"[^>]*>([^<]*)<', page)
    assert found is not None
    return f"{found[1].rpartition('-')[2]}: {found[2]}"


def id_of(service: Service, number: int) -> int:
    with service.database.read() as session:
        found = session.scalars(sa.select(Result.item_id).where(Result.dossier_code == DOSSIER.format(number))).one()
        assert found is not None
        return found


def test_a_clerk_packs_an_envelope_by_scans_alone(service: Service, clerk: Browser) -> None:
    lan = f"{TABLE}/{id_of(service, 1)}"

    page = take(clerk, DOSSIER.format(1).lower())
    assert said(page) == f"good: {DOSSIER.format(1)}: đã đánh dấu; bỏ vào phong bì"
    assert page.count('class="pack-in"') == page.count('class="pack-out"') == 1
    wrong = take(clerk, DOSSIER.format(3), on=lan)
    assert said(wrong).startswith(f"bad: {DOSSIER.format(3)}: SAI PHONG BÌ")
    page = take(clerk, DOSSIER.format(2), on=lan)
    assert "Đã đủ bên trong. In nhãn" in page
    assert said(take(clerk, "NP-1", on=lan)) == "bad: Phải in nhãn trước"

    paper = clerk.post(f"{lan}/in", on=lan)
    assert paper.mimetype == "application/pdf"
    assert "Quét hoặc gõ số niêm phong" in clerk.get(lan).text
    assert said(take(clerk, "NP-1", on=lan)).startswith("good: Đã niêm phong số NP-1")
    with service.database.read() as session:
        done = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.actor == "bode")).all()
        code = session.get_one(Item, id_of(service, 1)).consignments[-1].item_code
    assert [done.count(deed) for deed in ("packed", "printed", "sealed")] == [2, 1, 1]
    assert "niêm phong NP-1" in clerk.get("/dieu-phoi?ngay=2026-11-25").text
    assert "Niêm phong số NP-1" in clerk.get(f"/phong-bi/{id_of(service, 1)}").text

    # The seal was a mistake; then it was found broken.
    last = re.search(r'name="viec" value="([^"]+)"', clerk.get(lan).text)
    assert last is not None
    assert "Đã rút niêm phong lại" in clerk.post(f"{lan}/hoan-tac", on=lan, viec=last[1]).text
    take(clerk, "NP-2", on=lan)
    assert "đã mở vụ việc" in clerk.post("/niem-phong-hong", on=lan, ma=code).text
    with service.database.read() as session:
        assert [case.facts["seal"] for case in session.scalars(sa.select(Case))] == ["NP-2"]
        assert session.scalars(sa.select(Case.kind)).all() == [CaseKind.SEAL]
    assert "chưa đủ" not in take(clerk, "NP-3", on=lan)


def test_who_has_no_scan_gun_types_some_letters_and_picks(clerk: Browser) -> None:
    page = take(clerk, "người thử số 3")
    assert "Kết quả nào đang ở trước mặt?" in page
    picked = re.search(r'name="ket_qua" value="(\d+)"', page)
    assert picked is not None
    page = clerk.post(TABLE, on=TABLE, ket_qua=picked[1], phieu=str(uuid4())).text

    assert said(page).startswith("good: ")
    assert said(take(clerk, "không có ai tên thế")).endswith("không phải mã của chúng ta")
    assert said(take(clerk, DOSSIER.format(9))).endswith("không phải mã của chúng ta")


def test_a_result_of_another_office_is_not_packed_and_its_envelope_not_shown(service: Service) -> None:
    stranger, lan = person(service, "viethung"), id_of(service, 1)

    page = take(stranger, DOSSIER.format(1))
    assert said(page) == f"bad: {DOSSIER.format(1)}: thuộc bộ phận khác; không đóng gói ở đây"
    assert "Ngô Thị Lan" not in page
    assert stranger.get(f"{TABLE}/{lan}").status_code == 404
    assert "Lan" not in take(stranger, "ngo thi lan").partition("<main")[2].replace("lang=", "")
    for act in ("in", "hoan-tac"):
        assert stranger.post(f"{TABLE}/{lan}/{act}", on=TABLE).status_code == 404
    assert (
        stranger.post(TABLE, on=TABLE, ma=DOSSIER.format(1), phong_bi=str(lan), phieu=str(uuid4())).status_code == 404
    )
    for username in ("kiemtoan", "quantri"):
        assert person(service, username).get(TABLE).status_code == 403


def test_the_office_says_whether_packing_is_required(service: Service) -> None:
    supervisor = person(service, "giamsat")
    with service.database.read() as session:
        office = session.scalars(sa.select(Office).where(Office.code == "BD")).one()
    address = f"/bo-phan/{office.id}"
    page = supervisor.get(address).text
    typed = {name: getattr(office, name) for name in ("name", "address", "phone", "postal_code", "lat", "lon")}
    sees = re.search(r'name="thay" value="(\d+)"', page)
    assert sees is not None
    changed = {name: str(value) for name, value in typed.items()} | {"packing_required": "1", "thay": sees[1]}
    assert "Chỉ bàn giao phong bì" in supervisor.post(address, on=address, **changed).text

    with service.database.read() as session:
        assert session.get_one(Office, office.id).packing_required
