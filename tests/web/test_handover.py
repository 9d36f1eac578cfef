"""The hand-over in the pages: with and without scripts, for the own office only."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from delivery.models import Consignment, Scan, Signature
from delivery.moments import now
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day, told_day
from tests.delivery.post import running_post
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]


@pytest.fixture(name="told_day")
def _told_day(service: Service, tmp_path: Path) -> Day:
    """Three envelopes of Bồ Đề that the carrier knows of."""
    return told_day(service, Intake(service.database, tmp_path))


def scan(browser: Browser, day: Day, code: str, *, name: str = "", at: str = "") -> TestResponse:
    """What the page's script sends."""
    page = browser.get(f"/ban-giao/{day.batch}").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "ma": code, "phieu": name or str(uuid4()), "luc": at}
    return browser.client.post(f"/ban-giao/{day.batch}/quet", data=form, headers={"Accept": "application/json"})


def test_the_dispatch_page_leads_from_the_carrier_to_the_table(day: Day, logged_in: LogIn) -> None:
    clerk, address = logged_in("bode"), f"/dieu-phoi?ngay={day.day}"

    assert f"/dot/{day.batch}/bao" in clerk.get(address).text
    assert f"/ban-giao/{day.batch}" not in clerk.get(address).text
    assert "Đang báo bưu chính 3 phong bì" in clerk.post(f"/dot/{day.batch}/bao", on=address).text
    with running_post(day.service.settings.sandbox_folder) as post:
        settings = day.service.settings.model_copy(update={"ngsp_url": post.url})
        told = Service(settings, day.service.database)
        Day(told, day.intake).work("submit")
        told.hang_up()
    page = clerk.get(address).text
    assert f"/dot/{day.batch}/bao" not in page
    assert f"/ban-giao/{day.batch}" in page


def test_a_script_is_told_what_a_scan_meant_and_how_things_stand(told_day: Day, logged_in: LogIn) -> None:
    clerk, (first, second, third) = logged_in("bode"), told_day.item_codes()

    answer = scan(clerk, told_day, first)
    assert answer.json == {
        "good": True, "again": False, "half": False, "words": f"{first}: đã bàn giao", "expected": 3, "done": 1,
        "missing": [second, third],
    }  # fmt: skip
    again = scan(clerk, told_day, first).json
    assert again
    assert (again["good"], again["again"]) == (False, True)
    strange = scan(clerk, told_day, "<script>alert(1)</script>").json
    assert strange
    assert (strange["good"], strange["done"]) == (False, 1)
    assert "<script>alert" not in clerk.get(f"/ban-giao/{told_day.batch}").text


def test_without_a_script_the_page_comes_back_with_the_words(told_day: Day, logged_in: LogIn) -> None:
    clerk, address = logged_in("bode"), f"/ban-giao/{told_day.batch}"
    code = told_day.item_codes()[0]

    page = clerk.post(f"{address}/quet", on=address, ma=code, phieu=str(uuid4())).text

    assert f"{code}: đã bàn giao" in page
    assert "Quét hoặc gõ mã" in clerk.post(f"{address}/quet", on=address, ma=" ", phieu=str(uuid4())).text
    assert clerk.post(f"{address}/quet", on=address, ma=code, phieu="x").status_code == 400


def test_a_scan_that_waited_for_the_network_counts_from_its_own_moment(told_day: Day, logged_in: LogIn) -> None:
    clerk, moment = logged_in("bode"), now().replace(microsecond=0)
    said = [moment - timedelta(minutes=9), moment + timedelta(hours=1), moment - timedelta(days=2)]
    for code, at in zip(told_day.item_codes(), said, strict=True):
        scan(clerk, told_day, code, at=at.isoformat())

    with told_day.service.database.read() as session:
        scanned = session.scalars(sa.select(Scan.scanned_at).order_by(Scan.id)).all()
    assert scanned[0] == said[0]
    assert all(moment <= each <= now() for each in scanned[1:])


def test_both_sign_and_what_is_missing_is_named(told_day: Day, logged_in: LogIn) -> None:
    clerk, address = logged_in("bode"), f"/ban-giao/{told_day.batch}"
    scan(clerk, told_day, told_day.item_codes()[0])
    names = {"ten-ward": "Trần Thu Hương", "ten-carrier": "Lê Văn Bưu", "phieu": str(uuid4())}

    wrong = clerk.post(f"{address}/ky", on=address, **names, **{"net-ward": "[[[1]]]"}).text
    assert "Không lưu được chữ ký" in wrong
    ended = clerk.post(f"{address}/ky", on=address, **names, **{"net-ward": "[[[1,2],[30,40]]]"}).text

    assert "Còn 2 phong bì ở phường" in ended
    assert 'points="1,2 30,40 "' in ended
    assert "Lê Văn Bưu" in ended
    assert "ký bằng tên ghi" in ended
    # Sent again, because its answer was lost, it is signed once; what is handed over later was not signed for.
    clerk.post(f"{address}/ky", on=address, **names, **{"net-ward": "[[[1,2],[30,40]]]"})
    scan(clerk, told_day, told_day.item_codes()[1])
    assert "Đã ký cho danh sách trước đó" in clerk.get(address).text
    with told_day.service.database.read() as session:
        # Of the pair that could not be kept together, nothing was kept.
        assert session.scalars(sa.select(Signature.counted)).all() == [1, 1]


def test_nobody_hands_over_another_offices_batch_and_an_auditor_none(told_day: Day, logged_in: LogIn) -> None:
    code, page = told_day.item_codes()[0], f"/ban-giao/{told_day.batch}"
    for username, status in (("viethung", 404), ("kiemtoan", 403), ("quantri", 403)):
        there = logged_in(username)
        assert there.get(page).status_code == status
        for act in ("quet", "ky"):
            assert there.post(f"{page}/{act}", on="/", ma=code, phieu=str(uuid4())).status_code == status
        assert there.post(f"/dot/{told_day.batch}/bao", on="/").status_code == status
    with told_day.service.database.read() as session:
        assert set(session.scalars(sa.select(Consignment.handed_over_in))) == {None}
