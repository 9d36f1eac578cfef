"""The figures of some weeks: what counts, in which week, and what is late."""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from delivery.models import Consignment, Office, Result
from delivery.models.sealed import KEPT
from delivery.moments import VIETNAM
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.tracking.figure_sheets import figures_csv, figures_xlsx
from delivery.tracking.figures import Ended, Figures, ended_between, figures_by, figures_of, large_enough
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row

MONDAY = date(2026, 11, 30)


@pytest.fixture
def ended(service: Service, intake: Intake, tmp_path: Path) -> Service:
    """Four of Bồ Đề: on time, late after a failed visit, brought back, and still out; all promised for the 30th."""
    with running_post(tmp_path / "home" / "sandbox") as post:
        settings = service.settings.model_copy(update={"ngsp_url": post.url})
        day = Day(Service(settings, service.database), intake)
        day.import_and_place(*(a_row(number, Ngày_hẹn_trả="30/11/2026") for number in range(1, 5)))
        day.plan()
        day.print()
        day.submit()
    day.hand_over()
    on_time, late, back, _out = day.item_codes()
    with service.database.write() as session:
        tell(session, on_time, (Fact.DELIVERED, 30, 23))
        tell(session, late, (Fact.ATTEMPT_FAILED, 30, 9), (Fact.DELIVERED, 31, 8))
        tell(session, back, (Fact.ATTEMPT_FAILED, 30, 9), (Fact.RETURNED, 32, 8))
    return service


def tell(session: sa.orm.Session, item_code: str, *facts: tuple[Fact, int, int]) -> None:
    """Facts of an envelope, each on a day counted from the last of October and at an hour in Việt Nam."""
    sent = session.scalars(sa.select(Consignment).where(Consignment.item_code == item_code)).one()
    for fact, day, hour in facts:
        at = datetime(2026, 10, 31, hour, tzinfo=VIETNAM) + timedelta(days=day)
        record(session, sent, Report(fact, "feed", f"{fact}-{item_code}", at), NOW)


def between(service: Service, first: date, last: date, office: str = "BD") -> list[Ended]:
    with service.database.read() as session:
        offices = session.scalars(sa.select(Office.id).where(Office.code == office)).all()
        return ended_between(session, first, last, offices)


def test_what_ended_is_counted_and_what_is_still_out_is_not(ended: Service) -> None:
    figures = figures_of(between(ended, MONDAY, MONDAY + timedelta(days=6)))

    assert (figures.delivered, figures.returned) == (2, 1)
    assert (figures.on_time, figures.first_visit) == (0.5, 0.5)
    assert figures.days == 7.5  # completed on the 23rd, there on the 30th and on the 1st
    assert figures.postage == 26000


def test_an_envelope_of_several_results_is_one_and_is_late_when_the_first_promise_is_broken(ended: Service) -> None:
    with ended.database.write() as session:
        first = session.scalars(sa.select(Result).where(Result.item_id.is_not(None)).order_by(Result.id)).first()
        assert first is not None
        names = [column.key.removeprefix(KEPT) for column in sa.inspect(Result).column_attrs]
        kept = {name: getattr(first, name) for name in names if name != "id"}
        kept |= {"copy_no": 2, "procedure_name": "Đăng ký khai tử"}
        session.add(Result(**{**kept, "promised_date": first.promised_date - timedelta(days=1)}))

    envelopes = between(ended, MONDAY, MONDAY)

    assert [(each.procedure, each.is_on_time) for each in envelopes] == [("Đăng ký khai tử", False)]


def test_a_day_begins_and_ends_at_midnight_in_viet_nam(ended: Service) -> None:
    assert [each.day for each in between(ended, MONDAY, MONDAY)] == [MONDAY]
    assert [each.is_on_time for each in between(ended, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))] == [
        False
    ]
    assert between(ended, MONDAY - timedelta(days=9), MONDAY - timedelta(days=1)) == []


def test_another_offices_envelopes_are_not_counted_and_nothing_has_no_shares(ended: Service) -> None:
    nothing = figures_of(between(ended, MONDAY, MONDAY + timedelta(days=6), "VH"))

    assert (nothing.ended, nothing.on_time, nothing.first_visit, nothing.days, nothing.postage) == (0, *[None] * 4)


def test_of_more_than_a_year_the_last_one_counts(ended: Service) -> None:
    assert len(between(ended, date(2000, 1, 1), MONDAY + timedelta(days=6))) == 3
    assert between(ended, date(2000, 1, 1), MONDAY + timedelta(days=400)) == []


def test_groups_add_up_and_the_files_say_the_same(ended: Service) -> None:
    envelopes = between(ended, MONDAY, MONDAY + timedelta(days=6))
    by_end = figures_by(envelopes, lambda each: "=1+1" if each.is_delivered else "không phát được")

    assert [figures.ended for figures in by_end.values()] == [2, 1]
    groupings = [("Nhóm", by_end)]
    lines = list(csv.reader(io.StringIO(figures_csv(groupings).decode("utf-8-sig"))))
    assert lines[1] == ["Nhóm", "'=1+1", "2", "0", "0.5", "0.5", "7.5", "26000", "", "0"]
    assert lines[2][4:7] == ["", "", ""]
    sheet = load_workbook(io.BytesIO(figures_xlsx(groupings))).worksheets[0]
    assert [cell.value for cell in sheet[2]] == ["Nhóm", "'=1+1", 2, 0, 0.5, 0.5, 7.5, 26000, None, 0]


def some(ended: int) -> Figures:
    return Figures(ended, 0, on_time=None, first_visit=None, days=None, postage=None, rating=None, rated=0)


def test_one_small_ward_is_not_reckoned_from_the_sum_and_the_others() -> None:
    assert set(large_enough({"small": some(3), "large": some(90), "next": some(12)}, 10)) == {"large"}
    assert set(large_enough({"small": some(3), "other": some(8), "large": some(90)}, 10)) == {"large"}


@given(st.lists(st.integers(1, 30), max_size=8))
def test_what_is_shown_leaves_nobody_among_fewer_and_hides_no_more_than_it_must(sizes: list[int]) -> None:
    groups = {number: some(size) for number, size in enumerate(sizes)}

    shown = large_enough(groups, 10)

    left = sum(sizes) - sum(figures.ended for figures in shown.values())
    assert all(figures.ended >= 10 for figures in shown.values())
    assert left == 0 or left >= 10 or not shown
    hidden_though_large = [size for number, size in enumerate(sizes) if size >= 10 and number not in shown]
    assert len(hidden_though_large) <= 1
    if hidden_though_large:
        assert 0 < left - hidden_though_large[0] < 10
