"""What lies in an envelope, on its page: taken out and put in by a click, each undone by the other."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.models import AuditEntry, Item, Result, Role
from delivery.moments import now
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.delivery.test_together import lans
from tests.web.conftest import PASSWORD, Browser
from web.people import add_staff

LogIn = Callable[[str], Browser]


@pytest.fixture
def intake(service: Service, tmp_path: Path) -> Intake:
    return Intake(service.database, tmp_path)


@pytest.fixture
def page(service: Service, intake: Intake) -> str:
    """The page of an envelope of Bồ Đề with two results for Lan, and a third one that waits for her."""
    day = Day(service, intake)
    day.import_and_place(lans(1), lans(2), a_row(3))
    day.plan()
    day.import_and_place(lans(4), lans(5, Người_nhận="Ngô Thị Liên"))
    with service.database.write() as session:
        add_staff(session, "lien", "Liên", Role.CLERK, "VH", PASSWORD)
        return f"/phong-bi/{session.scalars(sa.select(Item).order_by(Item.id)).first().id}"  # type: ignore[union-attr]


def inside(service: Service) -> list[str]:
    with service.database.read() as session:
        item = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert item
        return [result.dossier_code[-1] for result in item.results]


def number_of(service: Service, dossier: int) -> int:
    with service.database.read() as session:
        code = f"H26.41.118-261120-{dossier:04d}"
        return session.scalars(sa.select(Result.id).where(Result.dossier_code == code)).one()


def test_one_is_put_in_and_taken_out_again(service: Service, logged_in: LogIn, page: str) -> None:
    clerk, third = logged_in("bode"), number_of(service, 4)
    shown = clerk.get(page).text
    assert f'action="{page}/{third}/cho-vao"' in shown
    assert f"{page}/{number_of(service, 5)}/cho-vao" not in shown

    assert "Đã cho vào" in clerk.post(f"{page}/{third}/cho-vao", on=page).text
    assert inside(service) == ["1", "2", "4"]
    assert "Đã lấy ra" in clerk.post(f"{page}/{third}/lay-ra", on=page).text
    assert inside(service) == ["1", "2"]
    with service.database.read() as session:
        book = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        deeds = [(entry.actor, entry.action) for entry in book if entry.action not in {"saw", "log-in"}]
    assert deeds == [("bode", "put a result in"), ("bode", "took a result out")]


def test_what_may_not_be_there_is_told_so_and_changes_nothing(service: Service, logged_in: LogIn, page: str) -> None:
    clerk = logged_in("bode")
    assert "Không cho kết quả này vào" in clerk.post(f"{page}/{number_of(service, 5)}/cho-vao", on=page).text
    assert "không còn nằm trong" in clerk.post(f"{page}/{number_of(service, 3)}/lay-ra", on=page).text
    assert clerk.post(f"{page}/999999/lay-ra", on=page).status_code == 404
    assert inside(service) == ["1", "2"]


def test_another_office_opens_nothing(service: Service, logged_in: LogIn, page: str) -> None:
    stranger, second = logged_in("lien"), number_of(service, 2)
    assert stranger.post(f"{page}/{second}/lay-ra", on="/dieu-phoi").status_code == 404
    assert inside(service) == ["1", "2"]


def test_the_page_names_where_each_goes_once_they_part(
    service: Service, logged_in: LogIn, page: str, intake: Intake
) -> None:
    intake.rows(lans(2, Địa_chỉ_nhận="Số 20 phố Thử, phường Bồ Đề, Hà Nội"))
    clerk, second = logged_in("bode"), number_of(service, 2)
    shown = clerk.get(page).text
    assert "không còn cùng giao cho một người" in shown
    assert "Số 20 phố Thử" in shown
    assert "không còn cùng" in clerk.post(f"{page}/cho-di", on=page).text

    clerk.post(f"{page}/{second}/lay-ra", on=page)
    shown = clerk.post(f"{page}/cho-di", on=page).text
    assert "không còn cùng giao cho một người" not in shown
    with service.database.read() as session:
        item = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert item
        assert item.recalled_at is None
        assert item.created_at < now()
