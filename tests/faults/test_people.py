"""Fault 29, as far as it exists: who loses a role or an office while logged in loses it at the next click."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from delivery.models import Consignment, Office, Role, Staff
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web import conftest as pages
from tests.web.conftest import Browser

# The same ward, day and browser as in the tests of the pages.
furnished, printed, service, day = pages.furnished, pages.printed, pages.service, pages.day
browser, logged_in = pages.browser, pages.logged_in


@pytest.fixture
def envelope(day: Day) -> str:
    """The address of a page with a citizen's name on it."""
    with day.service.database.read() as session:
        item = session.scalars(sa.select(Consignment.item_id)).first()
    return f"/phong-bi/{item}"


def change(service: Service, **changes: object) -> None:
    with service.database.write() as session:
        session.execute(sa.update(Staff).where(Staff.username == "bode").values(**changes))


@pytest.mark.fault(29)
def test_who_is_struck_off_while_logged_in_sees_nothing_from_the_next_click_on(
    service: Service, envelope: str, logged_in: Callable[[str], Browser]
) -> None:
    clerk = logged_in("bode")
    assert clerk.get(envelope).status_code == 200

    change(service, active=False)

    assert clerk.get(envelope).status_code == 302
    assert "Người Thử" not in clerk.get(envelope, follow=True).text


@pytest.mark.fault(29)
def test_who_moves_to_another_ward_while_logged_in_leaves_the_old_one_s_people_behind(
    service: Service, envelope: str, logged_in: Callable[[str], Browser]
) -> None:
    clerk = logged_in("bode")
    assert clerk.get(envelope).status_code == 200
    with service.database.read() as session:
        elsewhere = session.scalars(sa.select(Office.id).where(Office.code == "VH")).one()

    change(service, office_id=elsewhere)

    answer = clerk.get(envelope)
    assert answer.status_code == 404
    assert "Người Thử" not in answer.text


@pytest.mark.fault(29)
def test_who_becomes_an_administrator_while_logged_in_has_no_business_with_citizens(
    service: Service, envelope: str, logged_in: Callable[[str], Browser]
) -> None:
    clerk = logged_in("bode")
    assert clerk.get(envelope).status_code == 200

    change(service, role=Role.ADMINISTRATOR, office_id=None)

    assert clerk.get(envelope).status_code == 403
