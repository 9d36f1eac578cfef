"""The board in the pages: each form without scripts, for the own office only, and what strangers send."""

import json
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.cases import open_case
from delivery.dispatch.batching import find_batch
from delivery.dispatch.versions import current_of
from delivery.models import AuditEntry, CaseKind, Item, Plan
from delivery.moments import now
from tests.delivery.day import Day
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]


def seen(day: Day) -> str:
    with day.service.database.read() as session:
        batch = find_batch(session, day.batch)
        return str(batch.draft_id or batch.plan_id)


def routes(day: Day) -> dict[int, list[int]]:
    with day.service.database.read() as session:
        version = current_of(find_batch(session, day.batch))
        assert version is not None
        return {route.courier_id: [stop.item_id for stop in route.stops] for route in version.routes}


def do(browser: Browser, day: Day, what: str, where: str = "doi", **fields: str) -> str:
    address = f"/dot/{day.batch}/tuyen"
    return browser.post(f"{address}/{where}", on=address, viec=what, **{"thay": seen(day), **fields}).text


def test_the_dispatch_page_leads_to_the_board_which_shows_every_envelope_once(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    assert f'href="/dot/{day.batch}/tuyen"' in clerk.get(f"/dieu-phoi?ngay={day.day}").text

    page = clerk.get(f"/dot/{day.batch}/tuyen").text

    for items in routes(day).values():
        assert all(page.count(f'id="chang-{item}"') == 1 for item in items)
    assert "Đã công bố" in page


def test_every_step_works_without_a_script(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    (courier, items), *_others = routes(day).items()

    assert "Bản nháp của bode" in do(clerk, day, "de-lai", phong_bi=str(items[0]))
    assert items[0] not in routes(day)[courier]
    look = clerk.get(f"/dot/{day.batch}/tuyen/phong-bi/{items[0]}").text
    assert "chờ ở phường vì có người muốn để lại" in look
    do(clerk, day, "chuyen", phong_bi=str(items[0]), nguoi=str(courier), vi_tri="3")
    assert routes(day)[courier] == [*items[1:], items[0]]
    assert "đã ghim" in do(clerk, day, "ghim", phong_bi=str(items[0]))
    assert "đang giữ" in do(clerk, day, "giu", nguoi=str(courier))
    assert "đang được giữ" in do(clerk, day, "de-lai", phong_bi=str(items[0]))
    do(clerk, day, "hoan-tac", "phien-ban")
    do(clerk, day, "hoan-tac", "phien-ban")
    assert "Ngày dài nhất" in do(clerk, day, "lam-lai", "phien-ban")
    assert "Đã công bố" in do(clerk, day, "", "cong-bo")
    assert routes(day)[courier] == [*items[1:], items[0]]
    assert "đã được công bố rồi" in do(clerk, day, "", "cong-bo")


def test_hours_of_today_are_changed_and_nonsense_is_explained(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    courier = str(next(iter(routes(day))))

    assert "hôm nay 09:00–12:00" in do(clerk, day, "goi", nguoi=courier, tu="09:00", den="12:00")
    assert "Xin ghi giờ như" in do(clerk, day, "goi", nguoi=courier, tu="mai", den="12:00")
    assert "Xin ghi giờ như" in do(clerk, day, "goi", nguoi=courier, tu="12:00", den="09:00")
    assert "Nghỉ hôm nay" in do(clerk, day, "nghi", nguoi=courier)


def test_the_optimiser_is_asked_on_the_board_and_its_answer_is_a_draft(day: Day, logged_in: LogIn) -> None:
    clerk, published = logged_in("bode"), seen(day)

    assert "Đang tìm tuyến tốt" in do(clerk, day, "", "toi-uu")
    day.work("plan")

    assert seen(day) != published
    page = clerk.get(f"/dot/{day.batch}/tuyen").text
    assert "Tuyến do máy tối ưu" in page
    assert "Bản nháp của bode" in page


def test_a_script_is_told_what_every_place_would_cost(day: Day, logged_in: LogIn) -> None:
    (courier, items), *_others = routes(day).items()
    answer = logged_in("bode").client.get(
        f"/dot/{day.batch}/tuyen/phong-bi/{items[0]}", headers={"Accept": "application/json"}
    )

    told = json.loads(answer.text)
    assert told["places"][f"{courier}:1"]["can"] is True
    assert re.fullmatch(r"BD\d/1: .+", told["places"][f"{courier}:1"]["words"])
    assert "Người Thử" not in answer.text


def test_with_a_script_only_the_board_comes_back_with_what_speaks_against_it(day: Day, logged_in: LogIn) -> None:
    clerk, address = logged_in("bode"), f"/dot/{day.batch}/tuyen"
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get(address).text)
    assert token

    answer = clerk.client.post(
        f"{address}/doi", headers={"HX-Request": "true"},
        data={"csrf_token": token[1], "viec": "de-lai", "phong_bi": "1", "thay": "0"},
    )  # fmt: skip

    assert answer.text.lstrip().startswith('<div id="bang"')
    assert "các tuyến đã được lập lại" in answer.text


def test_another_office_has_no_such_board_and_an_auditor_changes_nothing(day: Day, logged_in: LogIn) -> None:
    other, auditor = logged_in("viethung"), logged_in("kiemtoan")
    item, before = next(iter(routes(day).values()))[0], routes(day)

    for address in (f"/dot/{day.batch}/tuyen", f"/dot/{day.batch}/tuyen/phong-bi/{item}"):
        assert other.get(address).status_code == 404
        assert auditor.get(address).status_code == 200
    for where in ("doi", "toi-uu", "phien-ban", "cong-bo"):
        form = {"viec": "de-lai", "phong_bi": str(item), "thay": seen(day)}
        address = f"/dot/{day.batch}/tuyen/{where}"
        assert other.post(address, on="/dieu-phoi", **form).status_code == 404
        assert auditor.post(address, on="/dieu-phoi", **form).status_code == 403
    assert "data-change" not in auditor.get(f"/dot/{day.batch}/tuyen").text
    assert routes(day) == before


@pytest.mark.parametrize(
    "form",
    [
        {"viec": "chuyen", "phong_bi": "1"}, {"viec": "chuyen", "phong_bi": "²", "nguoi": "1", "vi_tri": "1"},
        {"viec": "chuyen", "phong_bi": "9" * 30, "nguoi": "1", "vi_tri": "1"}, {"viec": "xoa", "nguoi": "1"},
        {"viec": "ghim", "phong_bi": "-1"}, {"viec": "xep", "thay": "x"},
    ],
)  # fmt: skip
def test_what_our_pages_never_send_changes_nothing(form: dict[str, str], day: Day, logged_in: LogIn) -> None:
    clerk, before, address = logged_in("bode"), seen(day), f"/dot/{day.batch}/tuyen"

    assert clerk.post(f"{address}/doi", on=address, **{"thay": before, **form}).status_code == 400
    assert seen(day) == before


def test_who_looked_and_who_changed_is_written_down(day: Day, logged_in: LogIn) -> None:
    clerk = logged_in("bode")
    do(clerk, day, "de-lai", phong_bi=str(next(iter(routes(day).values()))[0]))
    do(clerk, day, "hoan-tac", "phien-ban")
    do(clerk, day, "lam-lai", "phien-ban")

    with day.service.database.read() as session:
        book = {(one.actor, one.action) for one in session.scalars(sa.select(AuditEntry))}
        assert session.get_one(Plan, int(seen(day))).made_by == "bode"
    assert {("bode", act) for act in ("saw", "changed routes", "turned to another version")} <= book


def test_a_case_about_an_envelope_that_found_no_place_leads_to_the_board(day: Day, logged_in: LogIn) -> None:
    item = next(iter(routes(day).values()))[0]
    with day.service.database.write() as session:
        office = session.get_one(Item, item).office_id
        case = open_case(
            session, CaseKind.LEFT_OUT, f"item:{item}", at=now(), office_id=office, facts={"reason": "too_big"}
        )
        session.flush()
        case_id = case.id

    assert f'href="/dot/{day.batch}/tuyen"' in logged_in("bode").get(f"/vu-viec/{case_id}").text


def test_who_is_logged_out_comes_back_to_the_board_after_the_log_in(day: Day, anyone: Browser) -> None:
    address = f"/dot/{day.batch}/tuyen"
    page = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{address}"}

    answer = anyone.client.get("/ke-hoach/1", headers=page)

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == f"/dang-nhap?tiep={address}"
    forged = anyone.client.get(
        "/ke-hoach/1", headers={**page, "HX-Current-URL": "https://evil.example//evil.example/x"}
    )
    assert "https" not in forged.headers["HX-Redirect"]
