"""The page about an address: what a clerk sees, chooses, tries and takes back; all of it without a script."""

import json
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, PlaceFix, Result
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
IN_TWO_WARDS = "Số 20 Đoàn Khuê, Long Biên, Hà Nội"


@pytest.fixture
def asked(day: Day) -> int:
    """A result of Bồ Đề whose street runs through two wards; another one goes to the same door."""
    rows = [a_row(number, Địa_chỉ_nhận=IN_TWO_WARDS, Vĩ_độ="", Kinh_độ="") for number in (60, 61)]
    day.import_and_place(*rows)
    with day.service.database.read() as session:
        known = session.scalars(sa.select(Result).order_by(Result.id))
        return next(one.id for one in known if one.address == IN_TWO_WARDS)


def choices(page: str) -> list[str]:
    return re.findall(r'name="chon" id="chon-\d+" value="([^"]+)"', page)


def placed(service: Service, result_id: int) -> Result:
    with service.database.read() as session:
        return session.get_one(Result, result_id)


def test_the_page_tells_what_was_written_understood_and_found(asked: int, logged_in: LogIn) -> None:
    page = logged_in("bode").get(f"/dia-chi/{asked}").text

    assert IN_TWO_WARDS in page
    assert "Đoàn Khuê" in page.split("Hiểu là")[1].split("</dd>")[0]
    assert "Còn 1 kết quả khác" in page
    assert "Đường gần đó" in page
    drawn = json.loads(page.split('id="ban-do-du-lieu">')[1].split("</script>")[0])
    assert [choice["value"] for choice in drawn["choices"]] == choices(page)
    assert len(choices(page)) >= 2
    assert all(choice["radius"] > 0 for choice in drawn["choices"])


def test_a_place_from_the_list_is_chosen_without_a_script_and_keeps_its_radius(
    asked: int, day: Day, logged_in: LogIn
) -> None:
    clerk, here = logged_in("bode"), f"/dia-chi/{asked}"
    second = choices(clerk.get(here).text)[1]
    lat, _lon, radius, quality = second.split(";")

    page = clerk.post(here, on=here, chon=second, vi_do="21.0459", kinh_do="105.8738").text

    result = placed(day.service, asked)
    assert (f"{result.lat:.6f}", str(result.radius_m), result.quality) == (lat, radius, quality)
    assert result.place_source == "person"
    assert here in page
    assert placed(day.service, asked + 1).place_source == "person"


def test_what_a_clerk_types_is_shown_before_it_is_saved_and_stays_out_of_the_address_line(
    asked: int, day: Day, logged_in: LogIn
) -> None:
    clerk, here = logged_in("bode"), f"/dia-chi/{asked}"

    answer = clerk.post(f"{here}/thu", on=here, dia_chi="264 Ngọc Thụy, phường Bồ Đề, Hà Nội")

    assert "chưa lưu gì" in answer.text
    assert answer.request.path == f"{here}/thu"
    assert answer.request.query_string == b""
    assert placed(day.service, asked).place_source != "person"
    first = choices(answer.text)[0]
    clerk.post(here, on=here, chon=first, vi_do="", kinh_do="")
    assert f"{placed(day.service, asked).lat:.6f}" == first.split(";")[0]


def test_an_address_that_leads_nowhere_says_so(asked: int, logged_in: LogIn) -> None:
    page = logged_in("bode").post(f"/dia-chi/{asked}/thu", on=f"/dia-chi/{asked}", dia_chi="abc\x1b" * 200).text

    assert "Không tìm thấy ở đâu" in page


def test_a_pin_is_taken_back_and_its_history_told(asked: int, day: Day, logged_in: LogIn) -> None:
    clerk, here = logged_in("bode"), f"/dia-chi/{asked}"
    before = placed(day.service, asked)
    clerk.post(here, on=here, vi_do="21.0459", kinh_do="105.8738")
    assert "do bode đặt lúc" in clerk.get(here).text

    page = clerk.post(f"{here}/hoan-tac", on=here).text

    assert "bode bỏ lúc" in page
    after = placed(day.service, asked)
    assert (after.lat, after.place_source) == (before.lat, before.place_source)
    assert "notice bad" in clerk.post(f"{here}/hoan-tac", on=here).text
    with day.service.database.read() as session:
        actions = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject == f"result:{asked}")).all()
    assert {"saw", "placed", "took back"} <= set(actions)


@pytest.mark.parametrize(
    "choice", ["nan;1;2;door", "21;105;-5;door", "21.04;105.87;20;palace", "x", ";;;", "1e999;0;1;door", "21;105"]
)
def test_a_forged_choice_is_refused(asked: int, choice: str, day: Day, logged_in: LogIn) -> None:
    here = f"/dia-chi/{asked}"

    assert "notice bad" in logged_in("bode").post(here, on=here, chon=choice, vi_do="21", kinh_do="105").text

    with day.service.database.read() as session:
        assert session.scalars(sa.select(PlaceFix)).all() == []


def test_another_office_and_an_auditor_can_neither_try_nor_take_back(asked: int, logged_in: LogIn) -> None:
    stranger, auditor = logged_in("viethung"), logged_in("kiemtoan")

    for path in (f"/dia-chi/{asked}/thu", f"/dia-chi/{asked}/hoan-tac"):
        assert stranger.post(path, on="/dieu-phoi", dia_chi="1 Ái Mộ").status_code == 404
        assert auditor.post(path, on="/dieu-phoi", dia_chi="1 Ái Mộ").status_code == 403
    assert 'name="chon"' not in auditor.get(f"/dia-chi/{asked}").text
