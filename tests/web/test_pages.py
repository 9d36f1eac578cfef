"""What the pages say: the day to the staff, the way of an envelope to the public, and nothing more."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.models import Batch, Case, CaseKind, Consignment, Custody, Item, Job, Label, Plan, PlanState, Result
from delivery.rules.codes import new_tracking_code, show_tracking_code
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.tracking.nightly import look, note
from delivery.wiring import Service
from tests.delivery.conftest import NOW
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.labels.reading import codes
from tests.web.conftest import Browser
from web.catalogue import faults

LogIn = Callable[[str], Browser]
DISPATCH = "/dieu-phoi?ngay=2026-11-25"


def test_every_text_is_said_in_vietnamese() -> None:
    assert list(faults()) == []


def test_the_day_shows_batches_routes_papers_and_the_state_of_each_item(day: Day, logged_in: LogIn) -> None:
    page = logged_in("bode").get(DISPATCH).text

    assert day.batch in page
    assert all(code in page for code in day.item_codes())
    assert f"/dot/{day.batch}/route-sheets.pdf" in page
    drawn = json.loads(page.split('id="ban-do-du-lieu">')[1].split("</script>")[0])
    assert sum(len(route["stops"]) for route in drawn["routes"]) == 3
    assert [ward["name"] for ward in drawn["wards"]] == ["Bồ Đề"]
    assert "Người Thử" not in json.dumps(drawn, ensure_ascii=False)


def test_the_staff_see_whether_the_books_agreed_last_night(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    assert "Đối soát đêm" not in clerk.get(DISPATCH).text

    for number, (harm, said) in enumerate(
        [(Custody.WARD, "Đối soát đêm 25/11/2026: mọi sổ sách khớp nhau, 3 phong bì."),
         (Custody.CARRIER, "Đối soát đêm 26/11/2026: sổ sách có 3 chênh lệch")]
    ):  # fmt: skip
        tonight = date(2026, 11, 25) + timedelta(days=number)
        with day.service.database.write() as session:
            session.execute(sa.update(Item).values(custody=harm))
            session.execute(sa.update(Label).values(printed_at=NOW + timedelta(days=2)))
        found = look(day.service.database, tonight)
        with day.service.database.write() as session:
            note(session, tonight, found, NOW)

        assert said in clerk.get(DISPATCH).text
    elsewhere = logged_in("viethung").get(DISPATCH).text
    assert "Đối soát đêm" not in elsewhere
    (case, *_others) = [case for case in _open(day) if case.kind is CaseKind.NIGHT]
    assert "không nằm trong tay người mà trạng thái nói tới" in clerk.get(f"/vu-viec/{case.id}").text


def _open(day: Day) -> list[Case]:
    with day.service.database.read() as session:
        return open_cases(session)


def test_the_day_can_be_worked_from_the_page(day: Day, logged_in: LogIn) -> None:
    """Gather, plan, watch, stop, print: with the job done by a worker, as in life."""
    clerk = logged_in("bode")
    day.import_and_place(a_row(50), a_row(51))

    assert "BD-261126-1" in clerk.post("/dieu-phoi/gom", on=DISPATCH, ngay="2026-11-26").text
    page = clerk.post("/dieu-phoi/lap-tuyen", on=DISPATCH, ngay="2026-11-26", dot="BD-261126-1")
    assert "<progress" in page.text
    with day.service.database.write() as session:
        plan = session.scalars(sa.select(Plan).order_by(Plan.id.desc())).first()
        assert plan is not None
        plan.seconds = 1
    assert "<progress" in clerk.get(f"/ke-hoach/{plan.id}").text
    clerk.post(f"/ke-hoach/{plan.id}/dung", on=DISPATCH)
    day.work("plan")
    with day.service.database.read() as session:
        assert session.get_one(Plan, plan.id).state is PlanState.CANCELLED
    assert clerk.get(f"/ke-hoach/{plan.id}").headers["HX-Refresh"] == "true"
    assert clerk.get("/dot/BD-261126-1/labels.pdf").status_code == 404
    assert "labels.pdf" in clerk.post("/dot/BD-261126-1/in", on=DISPATCH).text
    paper = clerk.get("/dot/BD-261126-1/labels.pdf")
    assert paper.mimetype == "application/pdf"
    assert len(codes(paper.data)) == 5  # two new ones, and the three that were still at the ward
    assert clerk.get("/dot/BD-261126-1/passwords.pdf").status_code == 404


def test_a_clerk_gathers_for_the_own_office_only(day: Day, logged_in: LogIn) -> None:
    day.import_and_place(a_row(60), a_row(61, ward="Việt Hưng"))

    logged_in("bode").post("/dieu-phoi/gom", on=DISPATCH, ngay="2026-11-26")

    with day.service.database.read() as session:
        codes_then = set(session.scalars(sa.select(Batch.code).where(Batch.day == date(2026, 11, 26))))
    assert codes_then == {"BD-261126-1"}


def test_a_day_far_ahead_and_an_unknown_batch_are_answered_kindly(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")

    assert "31/12/9999" in clerk.post("/dieu-phoi/gom", on=DISPATCH, ngay="9999-12-31").text
    answer = clerk.post("/dieu-phoi/lap-tuyen", on=DISPATCH, ngay="2026-11-26", dot="BD-999999-1")
    assert answer.status_code == 404
    assert day.batch in clerk.get(DISPATCH).text


def test_planning_without_anything_to_plan_says_what_comes_first(service: Service, logged_in: LogIn) -> None:
    page = logged_in("giamsat").post("/dieu-phoi/lap-tuyen", on="/dieu-phoi", ngay="2026-11-26")

    assert "tannha batch" in page.text
    with service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_a_scan_on_the_dispatch_page_opens_the_envelope(day: Day, logged_in: LogIn) -> None:
    code = day.item_codes()[1]

    page = logged_in("giamsat").get(f"/tim?ma={code.lower()}", follow=True)

    assert code in page.text
    assert "Người Thử Số 2" in page.text
    assert "EE473124829VN" in logged_in("giamsat").get("/tim?ma=EE473124829VN", follow=True).text


def test_the_way_of_an_envelope_says_in_words_who_told_each_step(day: Day, logged_in: LogIn) -> None:
    with day.service.database.write() as session:
        sent = session.get_one(Consignment, day.consignments()[0].id)
        for step, (fact, source) in enumerate(
            ((Fact.REGISTERED, "ward"), (Fact.COLLECTED, "callback"), (Fact.IN_TRANSIT, "feed"))
        ):
            record(session, sent, Report(fact, source, str(step), NOW + timedelta(hours=step)), NOW)

    page = logged_in("bode").get(f"/phong-bi/{sent.item_id}").text

    assert all(words in page for words in ("phường ghi", "bưu chính báo", "hỏi từ bưu chính"))
    assert not [source for source in ("callback", "feed", ">ward") if source in page]


def test_a_doubtful_address_is_settled_with_a_pin_and_can_be_changed(day: Day, logged_in: LogIn) -> None:
    day.import_and_place(a_row(60, Địa_chỉ_nhận="Tổ 6, P. Phúc Đồng, Q. Long Biên, Hà Nội", Vĩ_độ="", Kinh_độ=""))
    clerk = logged_in("bode")
    with day.service.database.read() as session:
        (case,) = [case for case in open_cases(session) if case.kind is CaseKind.ADDRESS]
        result = session.scalars(sa.select(Result).where(Result.dossier_code == case.facts["dossier"])).one()
    here = f"/dia-chi/{result.id}"

    assert "Tổ 6, P. Phúc Đồng" in clerk.get(f"/vu-viec/{case.id}", follow=True).text
    assert "notice bad" in clerk.post(here, on=here, vi_do="hier", kinh_do="dort").text
    assert "notice bad" in clerk.post(here, on=here, vi_do="10.76", kinh_do="106.66").text
    page = clerk.post(here, on=here, vi_do="21.0459", kinh_do="105.8738")

    assert here in page.text  # the way back
    with day.service.database.read() as session:
        placed = session.get_one(Result, result.id)
        assert (placed.lat, placed.lon, placed.place_source) == (21.0459, 105.8738, "person")
        assert not [case for case in open_cases(session) if case.kind is CaseKind.ADDRESS]


def test_a_case_is_closed_with_words_and_can_be_opened_again(day: Day, logged_in: LogIn) -> None:
    outcome = day.hand_over([])
    assert not outcome.complete
    clerk = logged_in("bode")
    with day.service.database.read() as session:
        (case,) = [case for case in open_cases(session) if case.kind is CaseKind.HAND_OVER]
    here = f"/vu-viec/{case.id}"

    assert "notice bad" in clerk.post(f"{here}/dong", on=here, quyet_dinh=" ").text
    assert "để mai" in clerk.post(f"{here}/dong", on=here, quyet_dinh="để mai").text
    assert logged_in("viethung").get(here).status_code == 404
    clerk.post(f"{here}/mo-lai", on=here)
    with day.service.database.read() as session:
        assert case.id in [case.id for case in open_cases(session)]


def test_an_address_that_nobody_can_settle_stays_at_the_counter_until_somebody_can(day: Day, logged_in: LogIn) -> None:
    day.import_and_place(a_row(61, Địa_chỉ_nhận="12 Đoàn Khuê, Long Biên, Hà Nội", Vĩ_độ="", Kinh_độ=""))
    clerk = logged_in("bode")
    with day.service.database.read() as session:
        (case,) = [case for case in open_cases(session) if case.kind is CaseKind.ADDRESS]
    result_page = f"/dia-chi/{case.subject.partition(':')[2]}"
    assert "Phúc Lợi, Việt Hưng" in clerk.get(result_page).text

    clerk.post(f"/vu-viec/{case.id}/dong", on=result_page, quyet_dinh="người dân đến nhận")
    clerk.post("/dieu-phoi/gom", on=DISPATCH, ngay="2026-11-26")
    assert case.facts["dossier"] not in clerk.get("/dieu-phoi?ngay=2026-11-26").text
    clerk.post(f"/vu-viec/{case.id}/mo-lai", on=f"/vu-viec/{case.id}")
    clerk.post(result_page, on=result_page, vi_do="21.0459", kinh_do="105.8738")
    clerk.post("/dieu-phoi/gom", on=DISPATCH, ngay="2026-11-26")

    assert case.facts["dossier"] in clerk.get("/dieu-phoi?ngay=2026-11-26").text


def a_tracking_code(day: Day) -> str:
    with day.service.database.read() as session:
        return session.scalars(sa.select(Item.tracking_code)).first() or ""


@pytest.mark.parametrize("spelling", [str, str.lower, show_tracking_code, lambda code: f"  {code} "])
def test_the_public_sees_where_it_is_and_nothing_of_whose_it_is(
    spelling: Callable[[str], str], day: Day, anyone: Browser
) -> None:
    page = anyone.get(f"/tra-cuu?ma={spelling(a_tracking_code(day))}")

    assert page.status_code == 200
    assert "Đang chuẩn bị tại phường" in page.text
    for private in ("Người Thử", "phố Thử", "khai sinh", "H26.41", "0912"):
        assert private not in page.text


def test_codes_that_open_nothing_are_told_apart_by_nothing(day: Day, anyone: Browser) -> None:
    wrong = [new_tracking_code(), "ABC", day.item_codes()[0], "H26.41.118-261120-0001", "1", "<script>", "x" * 5000]

    answers = [anyone.get("/tra-cuu", follow=False).status_code]
    for code in wrong:
        answer = anyone.client.get("/tra-cuu", query_string={"ma": code})
        assert answer.status_code == 404
        assert 'id="loi"' in answer.text
        assert "<script>" not in answer.text
    assert answers == [200]


def test_english_is_one_click_away_and_is_remembered(anyone: Browser) -> None:
    page = anyone.post("/ngon-ngu", on="/tra-cuu", ngon_ngu="en", tiep="/tra-cuu")

    assert "Track an envelope" in page.text
    assert 'lang="en"' in anyone.get("/").text
    assert "Tra cứu" in anyone.post("/ngon-ngu", on="/", ngon_ngu="vi", tiep="https://evil.example").text


def test_error_pages_are_in_the_reader_s_language_and_tell_no_secrets(anyone: Browser) -> None:
    missing = anyone.get("/khong-co")

    assert missing.status_code == 404
    assert "Ở đây không có gì" in missing.text
    assert "Traceback" not in missing.text


def test_probes_say_whether_the_process_lives_and_can_work(anyone: Browser) -> None:
    assert anyone.get("/healthz").text == "ok\n"
    assert anyone.get("/readyz").status_code == 200


@pytest.mark.usefixtures("day")
def test_hostile_dates_and_numbers_break_nothing(logged_in: LogIn) -> None:
    reader = logged_in("giamsat")
    for address in ("/dieu-phoi?ngay=9999-99-99", "/dieu-phoi?ngay='; DROP", "/dieu-phoi?van_phong=%01", "/tim?ma=%01",
                    "/tim?ma=", f"/tim?ma={'9' * 60}"):  # fmt: skip
        assert reader.get(address, follow=True).status_code == 200
    assert reader.get(f"/phong-bi/{'9' * 30}").status_code == 404
    assert reader.get("/dot/..%2f..%2fetc/passwd").status_code == 404
