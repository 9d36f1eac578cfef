"""What persons ask about their data: answered in the days of the law, and done as far as the law lets it be done."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from delivery.cases import find_open
from delivery.errors import BadInput, NotNow
from delivery.intake.correcting import Change
from delivery.models import (
    CalendarException,
    Case,
    CaseKind,
    ConfirmedDoor,
    DataRequest,
    Decision,
    DoorAct,
    Erasure,
    Item,
    RequestKind,
    Result,
)
from delivery.moments import VIETNAM, at_local, local
from delivery.privacy.asking import (
    ANSWER_DAYS,
    Answer,
    Asked,
    acknowledge,
    decide,
    next_act,
    receive,
    remind,
    subject_of,
    take_back,
)
from delivery.rules.calendar import WorkingCalendar
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.own_team import Round
from tests.delivery.rows import a_row
from tests.privacy.conftest import BOTH

WHY = "Đã làm theo Luật 91/2025/QH15."


def ask(session: Session, kind: RequestKind, number: int = 1, by: str = "citizen", at: datetime = NOW) -> DataRequest:
    result = session.get_one(Result, number)
    return receive(session, result, Asked(kind, "Xin xử lý", "vneid", by), at)


def granted(decision: Decision = Decision.GRANTED, change: Change | None = None) -> Answer:
    return Answer(decision, WHY, "giamsat", change)


@pytest.mark.parametrize(
    ("kind", "answer_by"),
    [
        (RequestKind.VIEW, date(2026, 12, 8)), (RequestKind.COPY, date(2026, 12, 8)),
        (RequestKind.CORRECT, date(2026, 12, 8)), (RequestKind.RESTRICT, date(2026, 12, 15)),
        (RequestKind.ERASE, date(2026, 12, 22)),
    ],
)  # fmt: skip
def test_each_has_the_days_of_the_decree(service: Service, intake: Intake, kind: RequestKind, answer_by: date) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        made = ask(session, kind)
        assert (made.acknowledge_by, made.answer_by) == (date(2026, 11, 26), answer_by)


def test_a_day_on_which_the_ward_rests_does_not_count(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        session.add(CalendarException(day=date(2026, 11, 25), works=False, note="", noted_by="", noted_at=None))
        session.flush()
        assert ask(session, RequestKind.VIEW).acknowledge_by == date(2026, 11, 27)


@given(day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), kind=st.sampled_from(list(RequestKind)))
def test_an_answer_is_never_due_before_the_acknowledgement_and_always_on_a_working_day(
    day: date, kind: RequestKind
) -> None:
    calendar = WorkingCalendar()
    first, last = calendar.add(day, 2), calendar.add(day, ANSWER_DAYS[kind])
    assert day < first < last
    assert calendar.works_on(first)
    assert calendar.works_on(last)


def test_a_case_warns_before_each_deadline_and_comes_back_when_somebody_closes_it(
    service: Service, intake: Intake
) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        made = ask(session, RequestKind.ERASE)
        case = find_open(session, CaseKind.DATA_REQUEST, subject_of(made))
        assert case is not None
        assert local(case.due_at) == datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
        assert next_act(made) == ("báo đã nhận", date(2026, 11, 26))

        acknowledge(session, made, "bode", NOW)
        acknowledge(session, made, "viethung", NOW)
        assert (made.owner, made.acknowledged_by) == ("bode", "bode")
        assert local(case.due_at).date() == date(2026, 12, 21)

        case.closed_at, case.closed_by = NOW, "bode"
        session.flush()
        remind(session, NOW)
        again = find_open(session, CaseKind.DATA_REQUEST, subject_of(made))
        assert again is not None
        assert again.due_at == at_local(date(2026, 12, 21), local(again.due_at).time())
        decide(session, made, granted(Decision.REFUSED), NOW)
        assert find_open(session, CaseKind.DATA_REQUEST, subject_of(made)) is None
        assert next_act(made) == ("không còn gì", None)


def test_the_same_is_asked_once_until_it_is_answered(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        first = ask(session, RequestKind.COPY)
        with pytest.raises(NotNow, match="đang chờ"):
            ask(session, RequestKind.COPY)
        take_back(session, first, "citizen", NOW)
        second = ask(session, RequestKind.COPY)
        assert second.id != first.id
        with pytest.raises(NotNow, match="đã được trả lời"):
            decide(session, first, granted(), NOW)
        assert session.scalar(sa.select(sa.func.count()).select_from(Case).where(Case.closed_at.is_(None))) == 1


def test_a_refusal_says_why(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        made = ask(session, RequestKind.ERASE)
        with pytest.raises(BadInput, match="vì sao"):
            decide(session, made, Answer(Decision.REFUSED, " không ", "giamsat"), NOW)
        decide(session, made, Answer(Decision.REFUSED, "Hồ sơ còn đang trên đường phát.", "giamsat"), NOW)
        assert (made.decision, made.decided_by) == (Decision.REFUSED, "giamsat")


def test_a_correction_goes_the_way_of_all_corrections(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        made = ask(session, RequestKind.CORRECT)
        with pytest.raises(BadInput, match="cần sửa"):
            decide(session, made, granted(), NOW)
        decide(session, made, granted(change=Change.typed("Người Thử Đúng Tên", "", "")), NOW)
    with service.database.read() as session:
        result = session.get_one(Result, 1)
        assert (result.recipient_name, result.version) == ("Người Thử Đúng Tên", 2)
        assert result.versions[0].content["recipient_name"] == "Người Thử Số 1"


def test_what_shall_be_used_no_further_stays_at_the_counter(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        decide(session, ask(session, RequestKind.RESTRICT), granted(), NOW)
    with service.database.read() as session:
        assert not session.get_one(Result, 1).wants_delivery


def test_what_lies_in_an_envelope_at_the_ward_is_recalled_at_their_wish(round_: Round) -> None:
    service = round_.day.service
    with service.database.write() as session:
        sent = round_.consignment(0)
        result = session.scalars(sa.select(Result).where(Result.item_id == sent.item_id)).one()
        decide(session, ask(session, RequestKind.RESTRICT, result.id), granted(), NOW)
        assert sent.handed_over_in is None
        assert session.get_one(Item, sent.item_id).recalled_at is not None


@pytest.fixture
def round_(service: Service, intake: Intake) -> Round:
    """Two envelopes, of which one has been left on the table."""
    return Round.begin(service, intake, 2, left_on_the_table=1)


@BOTH
def test_a_person_is_forgotten_at_once_as_far_as_the_law_lets_them_be(ended: Round) -> None:
    service = ended.day.service
    with service.database.write() as session:
        door = ConfirmedDoor(address_key="x", result_id=1, lat=21.0, lon=105.8, confirmed_by="a", confirmed_at=NOW)
        session.add(door)
        made = ask(session, RequestKind.ERASE)
        decide(session, made, granted(), NOW.replace(month=12))
        assert made.decision is Decision.PARTLY
    with service.database.read() as session:
        result = session.get_one(Result, 1)
        assert (result.phone, result.email, result.lat, result.address_key) == ("", "", None, None)
        # What the law obliges to keep.
        assert (result.recipient_name, result.address) == ("Người Thử Số 1", "Số 1 phố Thử, phường Bồ Đề, Hà Nội")
        assert session.scalars(sa.select(DoorAct.papers).order_by(DoorAct.id)).first() == ["vneid"]
        assert session.scalars(sa.select(ConfirmedDoor)).all() == []
        assert session.get_one(Result, 2).phone != ""
        assert {record.by for record in session.scalars(sa.select(Erasure))} == {"giamsat"}


def test_nothing_is_erased_of_what_is_under_way_or_in_a_case(ended: Round) -> None:
    with ended.day.service.database.write() as session:
        made = ask(session, RequestKind.ERASE, 3)
        with pytest.raises(NotNow, match="chưa xong"):
            decide(session, made, granted(), NOW.replace(month=12))
        assert session.get_one(Result, 3).phone != ""


def test_whoever_wrote_it_down_does_not_erase_it(ended: Round) -> None:
    with ended.day.service.database.write() as session:
        made = ask(session, RequestKind.ERASE, by="giamsat")
        with pytest.raises(NotNow, match="khác người ghi"):
            decide(session, made, granted(), NOW.replace(month=12))
        assert session.get_one(Result, 1).phone != ""
