"""Pages about somebody whose data were erased: they say so, and nothing breaks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from delivery.models import Consignment, Custody, Item, Result, TrackingEvent
from delivery.privacy.erasing import Order, erase_due
from delivery.rules.lifecycle import State
from delivery.rules.retention import TABLE
from tests.delivery.conftest import NOW
from tests.delivery.day import Day
from tests.web.conftest import Browser


@pytest.fixture
def erased(day: Day) -> Day:
    """The first of three envelopes was delivered long ago, and all terms are over."""
    with day.service.database.write() as session:
        first = session.scalars(sa.select(Item).order_by(Item.id)).first()
        assert first is not None
        first.custody = Custody.RECIPIENT
        for sent in first.consignments:
            sent.journey, sent.since = State.DELIVERED, NOW
        session.execute(sa.update(TrackingEvent).values(received_at=NOW))
    erase_due(day.service.database, TABLE, Order("test", datetime.now(UTC) + timedelta(days=4000)))
    return day


def test_the_pages_of_somebody_whose_data_were_erased_say_so(erased: Day, logged_in: Callable[[str], Browser]) -> None:
    clerk = logged_in("bode")
    with erased.service.database.read() as session:
        result = session.scalars(sa.select(Result).order_by(Result.id)).first()
        sent = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
    assert result is not None
    assert sent is not None
    assert result.recipient_name == ""
    for address in (
        f"/ket-qua/{result.id}", f"/phong-bi/{result.item_id}", "/ket-qua?ngan=da-phat", "/dieu-phoi?ngay=2026-11-25",
    ):  # fmt: skip
        page = clerk.get(address)
        assert page.status_code == 200, address
        assert "Người Thử Số 1<" not in page.text
        if "ngan" not in address:
            assert "đã xoá theo hạn lưu giữ" in page.text, address
    found = clerk.get(f"/dot/{erased.batch}/route-sheets.pdf")
    assert found.status_code in {200, 302}
    assert clerk.get(f"/tim?ma={sent.item_code}", follow=True).status_code == 200
