"""A storm closes the offices: every promise that is still open moves, and comes back when it was a mistake."""

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import BadInput, NotNow
from delivery.intake.correcting import Change, correct_by_hand
from delivery.models import CalendarException, Closure, Consignment, Item, Office, Result
from delivery.rules.calendar import Calendars, WorkingCalendar
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.tracking.following import public_view
from delivery.wiring import Service
from delivery.workdays import Effect, Kind, Wanted, calendar_of, look_ahead, set_days, take_back
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.rows import a_row
from tests.delivery.waiting import waits_for_another

TODAY = date(2026, 11, 24)
WED, THU, FRI, MON = date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)
STORM = Wanted(Kind.CLOSED, WED, WED, "bão số 9")


def set_(service: Service, wanted: Wanted) -> Effect:
    with service.database.write() as session:
        return set_days(session, wanted, "giamsat", NOW, TODAY)


def back(service: Service, day: date, kind: Kind = Kind.CLOSED) -> int:
    with service.database.write() as session:
        return take_back(session, day, kind, NOW)


def promises(service: Service) -> dict[str, tuple[date, date | None]]:
    """By the last figure of the dossier: until when it is promised, and first was, where that is another day."""
    with service.database.read() as session:
        return {
            one.dossier_code[-1]: (one.promised_date, one.first_promised) for one in session.scalars(sa.select(Result))
        }


def test_a_closure_moves_what_was_computed_and_what_the_one_stop_system_said(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, Ngày_hẹn_trả="27/11/2026"), a_row(3, Ngày_hẹn_trả="24/11/2026"))

    effect = set_(service, STORM)

    assert (effect.days, effect.promises) == ([WED], 2)
    assert promises(service) == {"1": (FRI, THU), "2": (MON, FRI), "3": (date(2026, 11, 24), None)}


def test_looking_ahead_says_the_same_and_changes_nothing(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2))
    with service.database.write() as session:
        seen = look_ahead(session, STORM, TODAY)

    assert seen.promises == 2
    assert promises(service) == {"1": (THU, None), "2": (THU, None)}
    assert set_(service, STORM) == seen


def test_what_is_at_home_or_goes_over_the_counter_is_left(service: Service, intake: Intake) -> None:
    day = told_day(service, intake, 2)
    intake.rows(a_row(3, Trả_tại_nhà=""))
    day.hand_over()
    with service.database.write() as session:
        first = session.scalars(sa.select(Consignment).order_by(Consignment.id)).first()
        assert first
        record(session, first, Report(Fact.DELIVERED, "feed", "1", day.handed_over_at), NOW)
        at_home = first.item.first.dossier_code[-1]

    set_(service, STORM)

    with service.database.read() as session:
        moved = session.scalars(sa.select(Result).where(Result.first_promised.is_not(None))).all()
    assert [one.dossier_code[-1] for one in moved] == [{"1": "2", "2": "1"}[at_home]]


def test_a_closure_that_was_a_mistake_is_taken_back_and_every_promise_with_it(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, Ngày_hẹn_trả="27/11/2026"))
    before = promises(service)
    set_(service, STORM)

    assert back(service, WED) == 2
    assert promises(service) == before
    with pytest.raises(NotNow):
        back(service, WED)


def test_a_second_storm_is_counted_from_the_first_promise_and_each_is_taken_back_alone(
    service: Service, intake: Intake
) -> None:
    intake.rows(a_row(1))
    set_(service, STORM)
    set_(service, Wanted(Kind.CLOSED, FRI, FRI, "mất điện"))
    assert promises(service)["1"] == (MON, THU)

    back(service, WED)
    assert promises(service) == {"1": (THU, None)}
    back(service, FRI)
    assert promises(service) == {"1": (THU, None)}


def test_several_days_at_once_leave_the_weekend_alone(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))

    effect = set_(service, Wanted(Kind.CLOSED, THU, MON, "lụt"))

    assert effect.days == [THU, FRI, MON]
    assert promises(service) == {"1": (date(2026, 12, 1), THU)}


def test_the_same_file_after_the_storm_changes_nothing(service: Service, intake: Intake) -> None:
    rows = [a_row(1), a_row(2, Ngày_hẹn_trả="27/11/2026")]
    intake.rows(*rows)
    set_(service, STORM)
    moved = promises(service)

    assert intake.rows(*rows).unchanged == 2
    assert promises(service) == moved


def test_what_comes_in_after_the_closure_was_set_is_promised_with_it(service: Service, intake: Intake) -> None:
    set_(service, STORM)

    intake.rows(a_row(1), a_row(2, Ngày_hẹn_trả="25/11/2026"))
    assert promises(service) == {"1": (FRI, THU), "2": (THU, WED)}
    back(service, WED)
    assert promises(service) == {"1": (THU, None), "2": (WED, None)}


def test_a_correction_keeps_the_moved_promise_and_a_new_promise_moves_as_well(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, Ngày_hẹn_trả="26/11/2026"))
    set_(service, STORM)
    with service.database.write() as session:
        first = session.scalars(sa.select(Result).order_by(Result.id)).first()
        assert first
        correct_by_hand(session, first, Change.typed("", "0987654321", ""), by="bode", at=NOW)
    assert promises(service)["1"] == (FRI, THU)

    assert intake.rows(a_row(2, Ngày_hẹn_trả="27/11/2026")).corrected == 1
    assert promises(service)["2"] == (MON, FRI)
    with service.database.read() as session:
        second = session.scalars(sa.select(Result).order_by(Result.id.desc())).first()
        assert second
        assert second.versions[0].content["promised_date"] == "2026-11-26"


def test_a_promise_of_ours_holds_when_the_calendar_of_later_weeks_is_swapped(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    set_(service, Wanted(Kind.RESTS, WED, WED, "hoán đổi"))

    assert promises(service) == {"1": (THU, None)}
    assert intake.rows(a_row(1)).unchanged == 1
    intake.rows(a_row(2))
    assert promises(service)["2"] == (FRI, None)


def test_a_swapped_saturday_and_the_monday_for_it(service: Service) -> None:
    saturday = date(2026, 11, 28)
    set_(service, Wanted(Kind.WORKS, saturday, saturday, "làm bù"))
    set_(service, Wanted(Kind.RESTS, MON, MON))
    with service.database.read() as session:
        calendar = calendar_of(session)
    assert calendar.works_on(saturday)
    assert not calendar.works_on(MON)

    # Set to the opposite again, they are what the public calendar says.
    set_(service, Wanted(Kind.RESTS, saturday, saturday))
    back(service, MON, Kind.RESTS)
    with service.database.read() as session:
        assert session.scalars(sa.select(CalendarException)).all() == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(Kind.CLOSED, FRI, THU, "bão"), "trước ngày đầu"),
        (Wanted(Kind.CLOSED, date(2026, 10, 1), date(2026, 10, 1), "bão"), "Chỉ đặt được"),
        (Wanted(Kind.CLOSED, date(2029, 1, 1), date(2029, 1, 1), "bão"), "Chỉ đặt được"),
        (Wanted(Kind.CLOSED, WED, date(2026, 12, 31), "bão"), "31 ngày"),
        (Wanted(Kind.CLOSED, WED, WED), "lý do"),
        (Wanted(Kind.CLOSED, WED, WED, "b" * 121), "120"),
        (Wanted(Kind.CLOSED, date(2026, 11, 28), date(2026, 11, 29), "bão"), "vốn đã"),
        (Wanted(Kind.WORKS, WED, FRI), "vốn đã"),
        (Wanted(Kind.RESTS, date(2026, 11, 28), date(2026, 11, 28)), "vốn đã"),
    ],
)
def test_what_cannot_be_meant_is_told_and_sets_nothing(service: Service, wanted: Wanted, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        set_(service, wanted)
    with service.database.read() as session:
        assert session.scalars(sa.select(Closure)).all() == []


def test_two_supervisors_close_the_same_day_at_once(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    told: list[str] = []
    start = threading.Barrier(2)

    def close() -> None:
        start.wait()
        try:
            set_(service, STORM)
        except BadInput as error:
            told.append(str(error))

    both = [threading.Thread(target=close) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert len(told) == 1
    assert promises(service) == {"1": (FRI, THU)}


def test_a_file_that_comes_in_while_the_storm_is_noted_is_promised_with_it(service: Service, intake: Intake) -> None:
    with service.database.writing() as session:
        set_days(session, STORM, "giamsat", NOW, TODAY)
        coming = threading.Thread(target=intake.rows, args=(a_row(1),))
        coming.start()
        waits_for_another(service.database)
        session.commit()
    coming.join()

    assert promises(service) == {"1": (FRI, THU)}


def test_the_public_page_says_until_when_and_why(service: Service, intake: Intake) -> None:
    Day(service, intake).prepare(1)
    set_(service, STORM)

    with service.database.read() as session:
        view = public_view(session, session.scalars(sa.select(Item.tracking_code)).one())
    assert view
    assert (view.promised, view.moved_from) == (FRI, THU)
    assert [(one.day, one.reason) for one in view.closed] == [(WED, "bão số 9")]


def office_of(service: Service, code: str = "BD") -> int:
    with service.database.read() as session:
        return session.scalars(sa.select(Office.id).where(Office.code == code)).one()


def at(service: Service, *codes: str, day: date = WED) -> Wanted:
    return Wanted(Kind.CLOSED, day, day, "hội làng", [office_of(service, code) for code in codes])


def test_a_ward_that_closes_moves_its_own_promises_and_nobody_elses(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, "Việt Hưng"), a_row(3, "Phúc Lợi"))
    only = at(service, "BD", "PL")
    with service.database.write() as session:
        seen = look_ahead(session, only, TODAY)

    assert set_(service, only) == seen == Effect([WED], 2, [])
    assert promises(service) == {"1": (FRI, THU), "2": (THU, None), "3": (FRI, THU)}
    intake.rows(a_row(4), a_row(5, "Việt Hưng"))
    assert promises(service) | {"1": (FRI, THU)} == promises(service)
    assert (promises(service)["4"], promises(service)["5"]) == ((FRI, THU), (THU, None))


def test_what_single_wards_closed_for_is_taken_back_ward_by_ward(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, "Việt Hưng"))
    before = promises(service)
    set_(service, at(service, "BD", "VH"))

    with service.database.write() as session:
        assert take_back(session, WED, Kind.CLOSED, NOW, office_of(service, "VH")) == 1
    assert promises(service) == {"1": (FRI, THU), "2": before["2"]}
    with pytest.raises(NotNow):
        back(service, WED)
    with service.database.write() as session:
        assert take_back(session, WED, Kind.CLOSED, NOW, office_of(service)) == 1
    assert promises(service) == before


def test_a_day_that_one_ward_and_then_all_were_closed_is_lost_once(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, "Việt Hưng"))
    set_(service, at(service, "BD"))
    set_(service, STORM)

    assert promises(service) == {"1": (FRI, THU), "2": (FRI, THU)}
    with pytest.raises(BadInput, match="vốn đã"):
        set_(service, at(service, "BD", "VH"))
    assert back(service, WED) == 1
    assert promises(service) == {"1": (FRI, THU), "2": (THU, None)}


def test_a_result_that_is_corrected_keeps_the_days_of_its_own_ward(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1), a_row(2, "Việt Hưng"))
    set_(service, at(service, "BD"))

    intake.rows(a_row(1, Ngày_hẹn_trả="27/11/2026"), a_row(2, "Việt Hưng", Ngày_hẹn_trả="27/11/2026"))

    assert promises(service) == {"1": (MON, FRI), "2": (FRI, None)}


def test_only_a_closure_can_be_for_single_wards(service: Service) -> None:
    with pytest.raises(BadInput, match="từng phường"):
        set_(service, Wanted(Kind.RESTS, WED, WED, offices=[office_of(service)]))


def test_only_the_batches_of_the_closed_ward_are_named(service: Service, intake: Intake) -> None:
    Day(service, intake).prepare(1)
    with service.database.read() as session:
        seen = [look_ahead(session, at(service, code), TODAY).batches for code in ("BD", "VH")]

    assert [len(batches) for batches in seen] == [1, 0]


def test_citizens_of_the_closed_ward_alone_read_why(service: Service, intake: Intake) -> None:
    Day(service, intake).prepare(1)
    set_(service, at(service, "VH"))
    set_(service, at(service, "BD"))

    with service.database.read() as session:
        view = public_view(session, session.scalars(sa.select(Item.tracking_code)).one())
    assert view
    assert [(one.day, one.reason, one.ward) for one in view.closed] == [(WED, "hội làng", "Bồ Đề")]


@given(
    st.dictionaries(st.integers(1, 3), st.frozensets(st.integers(0, 20)), max_size=3),
    st.frozensets(st.integers(0, 20)),
    st.integers(1, 10),
    st.integers(1, 3),
)  # fmt: skip
def test_no_office_is_moved_by_what_others_close_for(
    own: dict[int, frozenset[int]], common: frozenset[int], promised: int, office: int
) -> None:
    def days(numbers: frozenset[int]) -> frozenset[date]:
        return frozenset(MON + timedelta(days=number) for number in numbers)

    calendars = Calendars(WorkingCalendar(closures=days(common)), {one: days(closed) for one, closed in own.items()})
    said = MON + timedelta(days=promised)

    alone = WorkingCalendar(closures=days(common | own.get(office, frozenset())))
    assert calendars.of(office).moved(said, MON) == alone.moved(said, MON)
    others = [one for one in (1, 2, 3) if one != office]
    assert calendars.closing([said], others).of(office).moved(said, MON) == calendars.of(office).moved(said, MON)
    assert calendars.closing([said]).of(office).moved(said, MON) >= calendars.of(office).moved(said, MON)
