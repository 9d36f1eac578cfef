"""Results of one person at one door share an envelope; what a correction sends elsewhere never goes along."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.dispatch.batching import batch_due
from delivery.dispatch.envelopes import may_join, put_in, take_out
from delivery.dispatch.recalling import recall, send_again
from delivery.dispatch.returns import Fetched, hand_out
from delivery.errors import BadInput, NotNow
from delivery.geocoding import geocode
from delivery.intake.correcting import Change, correct_by_hand, put_back
from delivery.models import Case, CaseKind, Consignment, Item, Result
from delivery.rules.doorstep import Paper, Receiver
from delivery.rules.together import MOST_TOGETHER
from delivery.tracking.following import public_view
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.rows import a_row
from tests.delivery.waiting import waits_for_another
from tests.labels.reading import words

LAN = {"Người_nhận": "Ngô Thị Lan", "Số_điện_thoại": "0912345678", "Địa_chỉ_nhận": "Số 5 phố Thử, phường Bồ Đề, Hà Nội",
       "Vĩ_độ": "21.0455", "Kinh_độ": "105.8760"}  # fmt: skip


def lans(number: int, **changes: str) -> dict[str, str]:
    """A result for Lan at her door."""
    return a_row(number, **{**LAN, **changes})


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    return Day(service, intake)


def envelopes(service: Service) -> list[list[str]]:
    """The last digits of the dossiers in each envelope."""
    with service.database.read() as session:
        items = session.scalars(sa.select(Item).order_by(Item.id)).all()
        return [[result.dossier_code[-2:] for result in item.results] for item in items]


def gathered(service: Service, on: date = DAY) -> list[list[str]]:
    with service.database.write() as session:
        batch_due(session, on, NOW)
    return envelopes(service)


def result_of(session: sa.orm.Session, number: int) -> Result:
    return session.scalars(sa.select(Result).where(Result.dossier_code == f"H26.41.118-261120-{number:04d}")).one()


def test_what_goes_to_one_person_at_one_door_shares_an_envelope(day: Day) -> None:
    day.import_and_place(lans(1), a_row(2), lans(3), lans(4, Khung_giờ="13:30-17:00"), lans(5, Số_điện_thoại=""))

    assert gathered(day.service) == [["01", "03"], ["02"], ["04"], ["05"]]
    # Gathering again changes nothing, and what comes later gets an envelope of its own.
    day.import_and_place(lans(6))
    assert gathered(day.service) == [["01", "03"], ["02"], ["04"], ["05"], ["06"]]


def test_an_envelope_holds_so_many_at_most(day: Day) -> None:
    day.import_and_place(*(lans(number) for number in range(1, 6)))
    assert [len(inside) for inside in gathered(day.service)] == [MOST_TOGETHER, 5 - MOST_TOGETHER]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(["0912000001", "0912000002", ""]), st.sampled_from([1, 2])),
        min_size=1, max_size=9,
    )
)  # fmt: skip
def test_nobody_gets_what_is_anothers_and_every_result_is_in_one_envelope(
    service: Service, intake: Intake, people: Sequence[tuple[str, str, int]]
) -> None:
    with service.database.write() as session:
        session.execute(sa.delete(Result))
        session.execute(sa.delete(Item))
    day = Day(service, intake)
    day.import_and_place(
        *(
            lans(number, Người_nhận=f"Người {name}", Số_điện_thoại=phone, Địa_chỉ_nhận=f"Số {house} phố Thử, Bồ Đề",
                 Vĩ_độ=f"21.04{house}5")
            for number, (name, phone, house) in enumerate(people, 1)
        )
    )  # fmt: skip
    gathered(service)
    with service.database.read() as session:
        items = session.scalars(sa.select(Item)).all()
        inside = [result.id for item in items for result in item.results]
        assert sorted(inside) == sorted(session.scalars(sa.select(Result.id)))
        for item in items:
            assert len({(r.recipient_name, r.phone, r.address) for r in item.results}) == 1
            assert len(item.results) == 1 or item.first.phone
            assert len(item.results) <= MOST_TOGETHER


def test_its_papers_name_every_dossier_and_the_strictest_rule_and_it_weighs_more(day: Day) -> None:
    # A birth certificate may be taken by the family, a confirmation of marital status by nobody else.
    day.import_and_place(
        lans(1, Ghi_chú="Gọi trước", Ngày_hẹn_trả="27/11/2026"),
        lans(2, Mã_thủ_tục="1.004873", Tên_thủ_tục="Cấp giấy xác nhận tình trạng hôn nhân", Ngày_hẹn_trả="26/11/2026"),
    )
    day.plan()
    day.print()

    slip = "\n".join(words(day.papers["slips.pdf"]))
    assert "H26.41.118-261120-0001" in slip
    assert "H26.41.118-261120-0002" in slip
    assert "26/11/2026" in slip
    assert "80" in slip
    outside = "\n".join(words(day.papers["labels.pdf"]))
    assert "H26.41" not in outside
    with day.service.database.read() as session:
        item = session.scalars(sa.select(Item)).one()
        view = public_view(session, item.tracking_code)
    assert view is not None
    assert view.promised == date(2026, 11, 26)


def test_a_correction_of_all_that_is_inside_keeps_it_together_and_is_put_back_together(day: Day) -> None:
    day.import_and_place(lans(1), lans(2))
    gathered(day.service)
    with day.service.database.write() as session:
        correct_by_hand(session, result_of(session, 2), Change.typed("", "", "Số 9 phố Thử, Bồ Đề"), by="bode", at=NOW)
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        assert {result.address for result in item.results} == {"Số 9 phố Thử, Bồ Đề"}
        assert item.recalled_at is None
        put_back(session, item.first, by="bode", at=NOW)
    with day.service.database.read() as session:
        item = session.scalars(sa.select(Item)).one()
        assert {result.address for result in item.results} == {LAN["Địa_chỉ_nhận"]}
        assert item.belongs_together


def test_what_a_file_sends_elsewhere_holds_the_envelope_back_until_somebody_has_opened_it(day: Day) -> None:
    day.import_and_place(lans(1), lans(2))
    day.plan()
    day.print()
    (code,) = day.item_codes()

    day.intake.rows(lans(2, Địa_chỉ_nhận="Số 20 phố Thử, phường Bồ Đề, Hà Nội"))
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        assert item.recalled_at is not None
        assert session.scalar(sa.select(Case.id).where(Case.kind == CaseKind.CHANGED_AFTER_DISPATCH)) is not None
        with pytest.raises(NotNow, match="không còn cùng"):
            send_again(session, item, by="bode", at=NOW)
        # Nor may whoever comes for the one be handed the other.
        with pytest.raises(NotNow, match="không còn cùng"):
            hand_out(session, item, Fetched(Receiver.RECIPIENT, (Paper.VNEID,)), by="bode", at=NOW)
    # A scanner can no longer take it for good, whatever the paper says.
    assert day.hand_over([code]).accepted == []

    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        take_out(session, item, result_of(session, 2), NOW)
        send_again(session, item, by="bode", at=NOW)
    geocode(day.service.database, NOW)
    assert gathered(day.service) == [["01"], ["02"]]


def test_what_is_no_longer_wanted_at_home_is_taken_out_and_stays_at_the_counter(day: Day) -> None:
    day.import_and_place(lans(1), lans(2))
    gathered(day.service)
    day.intake.rows(lans(1, Trả_tại_nhà=""))
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        assert item.recalled_at is not None
        take_out(session, item, result_of(session, 1), NOW)
        send_again(session, item, by="bode", at=NOW)
    assert gathered(day.service) == [["02"]]


def test_a_result_that_came_late_is_put_in_and_its_old_label_is_void(day: Day) -> None:
    day.import_and_place(lans(1))
    day.plan()
    day.print()
    day.import_and_place(lans(2), a_row(3), lans(4, Số_điện_thoại="0987654321"))
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        assert [one.dossier_code[-1] for one in may_join(session, item, DAY)] == ["2"]
        put_in(session, item, result_of(session, 2), DAY, NOW)
        assert all(label.voided_at for sent in item.consignments for label in sent.labels)
        with pytest.raises(NotNow):
            put_in(session, item, result_of(session, 3), DAY, NOW)
    day.print(reason="ghép thêm")
    assert "H26.41.118-261120-0002" in "\n".join(words(day.papers["slips.pdf"]))
    day_envelopes = gathered(day.service)
    assert ["01", "02"] in day_envelopes


def test_what_the_carrier_has_heard_of_is_not_opened(service: Service, intake: Intake) -> None:
    intake.rows(lans(2))
    day = told_day(service, intake, 1)
    with service.database.write() as session:
        item = session.scalars(sa.select(Item).where(Item.id == session.scalar(sa.select(Consignment.item_id)))).one()
        with pytest.raises(NotNow, match="không mở ra được"):
            take_out(session, item, item.first, NOW)
        assert may_join(session, item, DAY) == []
    assert day.item_codes()


def test_the_last_result_stays_in_its_envelope(day: Day) -> None:
    day.import_and_place(lans(1))
    gathered(day.service)
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        with pytest.raises(NotNow, match="chỉ có kết quả này"):
            take_out(session, item, item.first, NOW)


def test_what_is_held_back_lets_nothing_in(day: Day) -> None:
    day.import_and_place(lans(1))
    gathered(day.service)
    day.import_and_place(lans(2))
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        recall(session, item, by="bode", reason="xem lại", at=NOW)
        assert may_join(session, item, DAY) == []


def test_who_puts_in_while_another_gathers_comes_too_late(day: Day) -> None:
    day.import_and_place(lans(1))
    gathered(day.service)
    day.import_and_place(lans(2))
    with day.service.database.read() as session:
        first = session.scalars(sa.select(Item.id)).one()

    def put() -> str:
        try:
            with day.service.database.write() as session:
                put_in(session, session.get_one(Item, first), result_of(session, 2), DAY, NOW)
        except NotNow:
            return "too late"
        return "put in"

    with ThreadPoolExecutor(1) as another:
        with day.service.database.write() as session:
            batch_due(session, DAY, NOW)
            said = another.submit(put)
            waits_for_another(day.service.database)
        assert said.result() == "too late"
    assert envelopes(day.service) == [["01"], ["02"]]


def test_nothing_is_corrected_in_what_was_fetched(day: Day) -> None:
    day.import_and_place(lans(1), lans(2))
    gathered(day.service)
    with day.service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        item.collected_at = NOW
    with day.service.database.write() as session, pytest.raises(BadInput, match="nhận tại quầy"):
        correct_by_hand(session, result_of(session, 1), Change.typed("Người Khác", "", ""), by="bode", at=NOW)
