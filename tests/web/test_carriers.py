"""The page of the carriers: an office changes, secrets are never shown, a line is tried, all of it written down."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, CarrierChoice
from delivery.moments import local, now
from delivery.wiring import Service
from tests.web.conftest import Browser

LogIn = Callable[[str], Browser]
PAGE = "/don-vi-phat"


def form(**changes: str) -> dict[str, str]:
    today = local(now()).date().isoformat()
    return {"don_vi": "BD", "hang": "own-team", "tu_ngay": today, "ly_do": "tự phát", "thay": "0", **changes}


def choices(service: Service) -> list[CarrierChoice]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(CarrierChoice)))


@pytest.mark.parametrize("username", ["giamsat", "quantri"])
def test_an_office_changes_its_carrier_and_back(service: Service, logged_in: LogIn, username: str) -> None:
    browser = logged_in(username)

    page = browser.post(PAGE, on=PAGE, **form()).text
    assert "Bồ Đề giao cho người của phường tự phát" in page
    (made,) = choices(service)
    assert (made.made_by, made.reason) == (username, "tự phát")
    assert "Đã rút lại" in browser.post(f"{PAGE}/rut", on=PAGE, lan=str(made.id)).text
    assert choices(service)[0].withdrawn_by == username
    assert "đã được rút lại rồi" in browser.post(f"{PAGE}/rut", on=PAGE, lan=str(made.id)).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"don_vi": "XX"}, "Hãy chọn bộ phận"), ({"hang": "x"}, "thiếu cài đặt"), ({"ly_do": ""}, "lý do"),
     ({"tu_ngay": "mai"}, "Hãy chọn ngày"), ({"thay": "5"}, "người khác đã sửa")],
)  # fmt: skip
def test_what_cannot_be_meant_comes_back(
    service: Service, logged_in: LogIn, changes: dict[str, str], said: str
) -> None:
    answer = logged_in("giamsat").post(PAGE, on=PAGE, **form(**changes))

    assert (answer.status_code, choices(service)) == (422, [])
    assert said in answer.text


@pytest.mark.parametrize("username", ["bode", "kiemtoan"])
def test_a_clerk_and_an_auditor_look_and_change_nothing(service: Service, logged_in: LogIn, username: str) -> None:
    browser = logged_in(username)

    assert "bưu chính thử nghiệm" in browser.get(PAGE).text
    for address in (PAGE, f"{PAGE}/rut", f"{PAGE}/thu"):
        assert browser.post(address, on="/tra-cuu", **form()).status_code == 403
    assert choices(service) == []


def test_a_line_that_does_not_answer_is_said_to_and_written_down(service: Service, logged_in: LogIn) -> None:
    service.settings.__dict__["sandbox_port"] = 9

    page = logged_in("quantri").post(f"{PAGE}/thu", on=PAGE, hang="ngsp").text

    assert "không trả lời" in page
    assert "sandbox-only" not in page
    with service.database.read() as session:
        (entry,) = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "tried carrier"))
    assert (entry.actor, entry.subject, entry.facts) == ("quantri", "carrier:ngsp", {"answers": False})
