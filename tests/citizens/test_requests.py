"""What a recipient decides about the way of a result, and what stays for the counter and the law to decide."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.citizens.requests import Wish, bring_home, consent_of, hindrance, keep_at_counter, to_pay
from delivery.dispatch.batching import batch_due
from delivery.errors import BadInput, NotNow
from delivery.models import Consent, Item, Result, ResultVersion
from delivery.rules.policy import Payer
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row

HOME = Wish.typed("Số  12 ngõ 68 phố Ngọc Thụy,\nphường Bồ Đề", "13:30-17:00")
Deed = Callable[[Session, Result], object]


@pytest.fixture
def counter(service: Service, intake: Intake) -> Service:
    """A result that lies at the counter of Bồ Đề, to be fetched."""
    Day(service, intake).import_and_place(a_row(1, Trả_tại_nhà="", Địa_chỉ_nhận="Số 1 phố Thử, phường Bồ Đề, Hà Nội"))
    return service


def do(service: Service, deed: Deed) -> None:
    with service.database.write() as session:
        deed(session, session.scalars(sa.select(Result)).one())


def result_of(service: Service) -> Result:
    with service.database.read() as session:
        return session.scalars(sa.select(Result)).one()


def test_it_is_brought_where_and_when_its_recipient_wishes_and_their_consent_is_kept(counter: Service) -> None:
    do(counter, lambda session, result: bring_home(session, result, HOME, NOW))
    do(counter, lambda session, result: bring_home(session, result, HOME, NOW))
    result = result_of(counter)
    assert result.wants_delivery
    assert result.address == "Số 12 ngõ 68 phố Ngọc Thụy, phường Bồ Đề"
    assert result.slots == "13:30-17:00"
    # A place that came with another address does not hold for this one: workers look it up.
    assert (result.given_lat, result.placed_at) == (None, None)
    with counter.database.read() as session:
        assert len(session.scalars(sa.select(Consent)).all()) == 1
        assert len(session.scalars(sa.select(ResultVersion)).all()) == 1


def test_they_think_again_and_both_stays_known(counter: Service) -> None:
    do(counter, lambda session, result: bring_home(session, result, HOME, NOW))
    do(counter, lambda session, result: keep_at_counter(session, result, NOW))
    assert not result_of(counter).wants_delivery
    do(counter, lambda session, result: bring_home(session, result, HOME, NOW))
    with counter.database.read() as session:
        ended = [consent.ended_at is not None for consent in session.scalars(sa.select(Consent).order_by(Consent.id))]
        assert ended == [True, False]
        assert consent_of(session, session.scalars(sa.select(Result)).one()) is not None


def test_once_it_lies_in_an_envelope_nothing_is_decided_here(service: Service, intake: Intake) -> None:
    Day(service, intake).import_and_place(a_row(1))
    with service.database.write() as session:
        batch_due(session, DAY, NOW)
    for deed in (keep_at_counter, lambda session, result, at: bring_home(session, result, HOME, at)):
        with pytest.raises(NotNow, match="phong bì"):
            do(service, lambda session, result, deed=deed: deed(session, result, NOW))  # type: ignore[misc]
    with service.database.read() as session:
        assert session.scalars(sa.select(Item)).one().recalled_at is None


def test_what_the_law_keeps_from_the_post_stays_at_the_counter(service: Service, intake: Intake) -> None:
    Day(service, intake).import_and_place(
        a_row(1, Mã_thủ_tục="1.000894", Tên_thủ_tục="Đăng ký kết hôn", Trả_tại_nhà="")
    )
    with pytest.raises(NotNow, match="quy định"):
        do(service, lambda session, result: bring_home(session, result, HOME, NOW))
    assert not result_of(service).wants_delivery
    with service.database.read() as session:
        assert hindrance(session, session.scalars(sa.select(Result)).one())


def test_who_pays_is_told_what_before_they_agree(counter: Service) -> None:
    fees, result = FeeTable.parse(DEFAULT), result_of(counter)
    assert to_pay(result, fees) == 0
    result.payer = Payer.CITIZEN_COD
    assert to_pay(result, fees) > 0


@pytest.mark.parametrize(
    ("address", "slots"), [("", ""), (" \n ", ""), ("x" * 301, ""), ("Số 1", "03:00-04:00"), ("Số 1", "'")]
)
def test_what_cannot_be_meant_is_said_so(address: str, slots: str) -> None:
    with pytest.raises(BadInput):
        Wish.typed(address, slots)
