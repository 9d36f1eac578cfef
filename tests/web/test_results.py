"""The inbox in the pages: a clerk's own office, what is late, what is asked, and what was corrected."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.cases import open_case
from delivery.intake.correcting import Change, correct_by_hand
from delivery.models import AuditEntry, CaseKind, Item, Result
from delivery.moments import local, now
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]


def on(days: int) -> str:
    """A day from today on, as it stands in an export."""
    return f"{local(now()).date() + timedelta(days=days):%d/%m/%Y}"


@pytest.fixture
def inbox(service: Service, tmp_path: Path) -> Service:
    """Three results of Bồ Đề, one of them three days late, and one of Việt Hưng."""
    Intake(service.database, tmp_path).rows(
        a_row(1, Ngày_có_kết_quả=on(-9), Ngày_hẹn_trả=on(-3), Người_nhận="Nguyễn Thị Hồng"),
        a_row(2, Ngày_có_kết_quả=on(-9), Ngày_hẹn_trả=on(0)),
        a_row(3, Ngày_có_kết_quả=on(1), Ngày_hẹn_trả=on(5)),
        a_row(4, ward="Việt Hưng", Ngày_có_kết_quả=on(-9), Ngày_hẹn_trả=on(-1)),
    )
    return service


def of_row(service: Service, number: int) -> Result:
    with service.database.read() as session:
        return session.scalars(sa.select(Result).where(Result.dossier_code.endswith(f"-{number:04d}"))).one()


@pytest.mark.usefixtures("inbox")
def test_a_clerk_sees_what_waits_what_is_late_and_why(logged_in: LogIn) -> None:
    page = logged_in("bode").get("/ket-qua").text

    assert page.index("-0001<") < page.index("-0002<") < page.index("-0003<")
    assert "-0004<" not in page
    assert "trễ 3 ngày" in page
    assert f"Có kết quả ngày {on(1)}, phát từ ngày đó" in page
    late = logged_in("bode").get("/ket-qua?ngan=tre-hen").text
    assert "-0001<" in late
    assert "-0002<" not in late


@pytest.mark.usefixtures("inbox")
def test_a_few_letters_find_a_result_and_nothing_found_leads_on(logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    found = clerk.post("/ket-qua", on="/ket-qua", tim="hong nguyen")
    assert "-0001<" in found.text
    assert "-0002<" not in found.text
    assert "hong" not in found.request.url  # names stand in no address, which browsers and logs keep
    nothing = clerk.post("/ket-qua", on="/ket-qua", tim="hong", ngan_nay="da-phat").text
    assert "không có kết quả nào" in nothing
    assert "-0001<" in clerk.post("/ket-qua", on="/ket-qua", tim="hong", ngan_nay="da-phat", ngan="tat-ca").text
    assert "-0003<" in clerk.post("/ket-qua", on="/ket-qua", tim=" ", ngan_nay="cho-phat").text


def test_what_another_office_has_does_not_exist_for_a_clerk(inbox: Service, logged_in: LogIn) -> None:
    elsewhere = of_row(inbox, 4)
    clerk = logged_in("bode")

    assert "-0004<" not in clerk.get("/ket-qua?ngan=tat-ca&van_phong=VH").text
    assert "-0004<" not in clerk.post("/ket-qua", on="/ket-qua", tim="0004", ngan="tat-ca").text
    assert clerk.get(f"/ket-qua/{elsewhere.id}").status_code == 404
    assert logged_in("viethung").get(f"/ket-qua/{elsewhere.id}").status_code == 200


@pytest.mark.usefixtures("inbox")
def test_a_supervisor_sees_all_offices_or_one(logged_in: LogIn) -> None:
    supervisor = logged_in("giamsat")

    assert all(f"-000{number}<" in supervisor.get("/ket-qua").text for number in (1, 2, 3, 4))
    one = supervisor.get("/ket-qua?van_phong=VH").text
    assert "-0004<" in one
    assert "-0001<" not in one


@pytest.mark.parametrize("username", ["quantri", None])
def test_who_has_no_business_with_results_is_kept_out(
    username: str | None, inbox: Service, anyone: Browser, logged_in: LogIn
) -> None:
    browser = logged_in(username) if username else anyone
    for address in ("/ket-qua", f"/ket-qua/{of_row(inbox, 1).id}"):
        assert browser.get(address).status_code == (403 if username else 302)


def test_the_question_that_holds_a_result_back_is_one_step_away(inbox: Service, logged_in: LogIn) -> None:
    result = of_row(inbox, 1)
    with inbox.database.write() as session:
        case = open_case(session, CaseKind.SECOND_COPY, f"result:{result.dossier_code}:1", at=now(),
                         office_id=result.office_id)  # fmt: skip
        assert case is not None
        case_id = case.id

    for address in ("/ket-qua?ngan=dang-giu", f"/ket-qua/{result.id}"):
        assert f"/vu-viec/{case_id}" in logged_in("bode").get(address).text


def test_a_result_tells_what_it_said_before_and_who_looks_is_written_down(inbox: Service, logged_in: LogIn) -> None:
    with inbox.database.write() as session:
        result = session.get_one(Result, of_row(inbox, 1).id)
        correct_by_hand(session, result, Change.typed("Lê Văn Sáu", "0987 654 321", ""), by="bode", at=now())

    page = logged_in("bode").get(f"/ket-qua/{of_row(inbox, 1).id}").text

    assert "<del>Nguyễn Thị Hồng</del> → <ins>Lê Văn Sáu</ins>" in page
    assert "<del>0912 345 001</del> → <ins>0987 654 321</ins>" in page
    with inbox.database.read() as session:
        seen = session.scalars(sa.select(AuditEntry.subject).where(AuditEntry.action == "saw")).all()
    assert seen == [f"result:{of_row(inbox, 1).id}"]


def test_that_somebody_looked_for_a_name_is_written_down_without_the_name(inbox: Service, logged_in: LogIn) -> None:
    logged_in("bode").post("/ket-qua", on="/ket-qua", tim="nguyen thi hong", ngan_nay="tre-hen")

    with inbox.database.read() as session:
        wanted = sa.select(AuditEntry).where(AuditEntry.action == "looked for")
        (entry,) = session.scalars(wanted).all()
    assert (entry.actor, entry.subject, entry.facts) == ("bode", "results:tre-hen", {"found": 1})


def test_a_result_in_an_envelope_leads_to_it(day: Day, logged_in: LogIn) -> None:
    with day.service.database.read() as session:
        ids = session.scalars(sa.select(Item.id)).all()

    page = logged_in("bode").get("/ket-qua?ngan=dang-phat").text

    assert all(f"/phong-bi/{item_id}" in page for item_id in ids)


@pytest.mark.parametrize("odd", ["?trang=0", "?trang=-4", "?trang=abc", "?trang=99999999999999999999", "?ngan=xyz",
                                 "?van_phong=XX", "?trang=%C2%B2", "?ngan=%01%ff"])  # fmt: skip
@pytest.mark.usefixtures("inbox")
def test_an_odd_address_is_answered_with_a_page(odd: str, logged_in: LogIn) -> None:
    assert logged_in("bode").get(f"/ket-qua{odd}").status_code == 200


def test_the_scan_gun_finds_what_is_in_no_envelope_yet(inbox: Service, logged_in: LogIn) -> None:
    clerk, waiting = logged_in("bode"), of_row(inbox, 1)

    assert clerk.get(f"/tim?ma={waiting.dossier_code}").location == f"/ket-qua/{waiting.id}"
    elsewhere = of_row(inbox, 4)
    assert "Không có gì mang mã" in clerk.get(f"/tim?ma={elsewhere.dossier_code}", follow=True).text
    assert clerk.get("/tim?ma=").location == "/dieu-phoi"


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize("odd", ["\x1f", "%", "a" * 3000, "\u202e", "'; drop table result; --", "<script>"])
def test_odd_words_find_nothing_and_harm_nothing(odd: str, logged_in: LogIn) -> None:
    answer = logged_in("bode").post("/ket-qua", on="/ket-qua", tim=odd)

    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_several_are_handed_out_at_the_counter_at_once_and_it_can_be_undone(inbox: Service, logged_in: LogIn) -> None:
    clerk, chosen = logged_in("bode"), [str(of_row(inbox, number).id) for number in (1, 2)]

    page = choose(clerk, chosen, "tai-quay")
    assert "2 hồ sơ chuyển sang trả tại quầy" in page
    assert "-0003<" in page
    assert "-0001<" not in page
    assert "chuyển sang" not in clerk.get("/ket-qua").text  # told once
    assert "-0001<" in clerk.get("/ket-qua?ngan=tai-quay").text
    assert "<del>có</del>" in clerk.get(f"/ket-qua/{chosen[0]}").text

    assert "2 hồ sơ chuyển sang trả tại nhà" in choose(clerk, chosen, "tai-nha")
    assert of_row(inbox, 1).wants_delivery


def choose(browser: Browser, chosen: list[str], way: str) -> str:
    token = browser.get("/ket-qua").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "chon": chosen, "cach": way, "ngan": "cho-phat"}
    return browser.client.post("/ket-qua/chon", data=form, follow_redirects=True).text


def test_what_lies_in_an_envelope_or_may_not_be_posted_stays_and_the_reason_is_told(
    day: Day, logged_in: LogIn, tmp_path: Path
) -> None:
    with day.service.database.read() as session:
        enveloped = session.scalars(sa.select(Result)).first()
    assert enveloped is not None
    by_law = a_row(50, Mã_thủ_tục="1.000894", Trả_tại_nhà="")
    Intake(day.service.database, tmp_path).rows(by_law, a_row(51, Trả_tại_nhà="", Địa_chỉ_nhận=""))
    clerk = logged_in("bode")

    assert f"{enveloped.dossier_code}: đã nằm trong phong bì" in choose(clerk, [str(enveloped.id)], "tai-quay")
    refused = choose(clerk, [str(of_row(day.service, number).id) for number in (50, 51)], "tai-nha")
    assert "theo luật" in refused
    assert "Thiếu Địa chỉ nhận" in refused
    assert "chuyển sang" not in refused


def test_nobody_chooses_for_another_office_and_an_auditor_for_none(inbox: Service, logged_in: LogIn) -> None:
    both = [str(of_row(inbox, number).id) for number in (1, 4)]
    clerk, auditor = logged_in("bode"), logged_in("kiemtoan")

    assert clerk.post("/ket-qua/chon", on="/ket-qua", chon=both[1], cach="tai-quay").status_code == 404
    choose(clerk, both, "tai-quay")
    assert of_row(inbox, 1).wants_delivery
    assert auditor.post("/ket-qua/chon", on="/ket-qua", chon=both[0], cach="tai-quay").status_code == 403
    assert 'name="chon"' not in auditor.get("/ket-qua").text
    for way, ids in (("?", both[0]), ("tai-quay", "x"), ("tai-quay", "9" * 30)):
        clerk.post("/ket-qua/chon", on="/ket-qua", chon=ids, cach=way)
    assert of_row(inbox, 1).wants_delivery


@pytest.mark.usefixtures("inbox")
def test_a_tray_is_narrowed_by_procedure_and_by_the_promised_day(logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    assert "-0001<" in clerk.get("/ket-qua?ngan=tat-ca&thu_tuc=1.001193").text
    assert "Ngăn này trống" in clerk.get("/ket-qua?ngan=tat-ca&thu_tuc=9.999999").text
    narrowed = clerk.get(f"/ket-qua?ngan=tat-ca&tu={day(0)}&den={day(1)}").text
    assert "-0002<" in narrowed
    assert "-0001<" not in narrowed
    assert "-0003<" not in narrowed
    assert f"tu={day(0)}" in narrowed.split("<nav", 3)[2], "the other trays are narrowed as well"
    assert "-0001<" in clerk.get("/ket-qua?ngan=tat-ca&tu=hom-qua&den=%01").text
    found = clerk.post("/ket-qua", on="/ket-qua", tim="hong nguyen", ngan="tat-ca", tu=day(0)).text
    assert "-0001<" not in found


@pytest.mark.usefixtures("inbox")
def test_a_view_is_kept_found_again_and_removed_by_its_owner_only(logged_in: LogIn) -> None:
    clerk, other = logged_in("bode"), logged_in("giamsat")

    page = clerk.post(
        "/ket-qua/cach-xem", on="/ket-qua", ngan="tre-hen", thu_tuc="1.001193", ten="  Khai sinh   trễ "
    ).text
    assert "Đã lưu “Khai sinh trễ”" in page
    assert 'href="/ket-qua?ngan=tre-hen&amp;thu_tuc=1.001193">Khai sinh trễ</a>' in clerk.get("/ket-qua").text
    clerk.post("/ket-qua/cach-xem", on="/ket-qua", ngan="tat-ca", ten="Khai sinh trễ")
    assert clerk.get("/ket-qua").text.count("Khai sinh trễ</a>") == 1
    assert "Khai sinh trễ" not in other.get("/ket-qua").text
    assert other.post("/ket-qua/cach-xem/1/bo", on="/ket-qua").status_code == 404

    gone = clerk.post("/ket-qua/cach-xem/1/bo", on="/ket-qua").text
    assert "Khai sinh trễ</a>" not in gone
    assert 'value="Khai sinh trễ"' in gone


def test_a_view_needs_a_name_and_there_is_a_most_of_them(logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    assert "Xin đặt tên" in clerk.post("/ket-qua/cach-xem", on="/ket-qua", ngan="tat-ca", ten="   ").text
    assert clerk.post("/ket-qua/cach-xem", on="/ket-qua", ngan="nowhere", ten="x").status_code == 400
    for number in range(20):
        clerk.post("/ket-qua/cach-xem", on="/ket-qua", ngan="tat-ca", ten=f"Số {number}")
    assert "tối đa 20" in clerk.post("/ket-qua/cach-xem", on="/ket-qua", ngan="tat-ca", ten="thêm nữa").text


def day(days: int) -> str:
    """A day from today on, as it stands in an address."""
    return (local(now()).date() + timedelta(days=days)).isoformat()
