"""Tables of fees that are entered: each counts from its day on, changes nothing that was charged, and may be unused."""

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import BadFeeTable, BadInput, ChangedMeanwhile, NotNow
from delivery.fees import Compared, Rows, compare, enter, entered, fees_on, newest, read_rows, take_back
from delivery.models import AuditEntry, Consignment, FeeVersion, Submission
from delivery.moments import local
from delivery.postage import fee_file
from delivery.wiring import Service
from postal_api.fees import DEFAULT, FeeTable, Zone
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.delivery.waiting import waits_for_another

TODAY = local(NOW).date()
USUAL = Rows.of(FeeTable.parse(DEFAULT))


def dearer(dong: int) -> Rows:
    return Rows([("district", "200", str(dong)), *USUAL.fees[1:]], USUAL.transfer, USUAL.exempt)


def put(service: Service, rows: Rows, day: date = TODAY, reason: str = "QĐ 12") -> FeeVersion:
    with service.database.write() as session:
        return enter(session, rows, day, reason, sees=newest(session), by="quantri", at=NOW, today=TODAY)


def drop(service: Service, version: FeeVersion) -> None:
    with service.database.write() as session:
        take_back(session, version.id, by="giamsat", at=NOW)


def price(service: Service, day: date = TODAY) -> int:
    with service.database.write() as session:
        return fees_on(session, service.settings.home, day).charge(Zone.DISTRICT, 60).dong


def charged(service: Service) -> dict[int, int | None]:
    with service.database.read() as session:
        return dict(session.execute(sa.select(Consignment.postage, Consignment.fee_version)).all())


def test_a_table_counts_from_its_day_on_and_the_file_until_then(service: Service) -> None:
    fee_file(service.settings.home).write_text(DEFAULT.replace("26000", "26500"), encoding="utf-8")
    put(service, dearer(28_000), TODAY + timedelta(days=7))
    put(service, dearer(27_000))

    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=6), TODAY + timedelta(days=7)]
    assert [price(service, day) for day in days] == [26_500, 27_000, 27_000, 28_000]


def test_what_is_printed_is_charged_by_the_day_of_its_batch_and_what_was_told_stays(
    service: Service, intake: Intake
) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1))
    day.plan()
    tomorrow = put(service, dearer(28_000), DAY)
    day.print()
    assert charged(service) == {28_000: tomorrow.id}

    with service.database.write() as session:
        session.execute(sa.update(Consignment).values(submission=Submission.ACCEPTED))
    put(service, dearer(29_000), DAY)
    day.print("a further copy")
    assert charged(service) == {28_000: tomorrow.id}


def test_a_table_is_taken_back_while_nothing_was_charged_by_it(service: Service, intake: Intake) -> None:
    used, unused = put(service, dearer(27_000)), put(service, dearer(28_000), TODAY + timedelta(days=30))
    Day(service, intake).prepare(2)

    drop(service, unused)
    for version in (used, unused):
        with pytest.raises(NotNow):
            drop(service, version)
    assert price(service, TODAY + timedelta(days=40)) == 27_000
    with service.database.read() as session:
        known = {one.version.id: (one.charged, one.may_go) for one in entered(session)}
        book = session.execute(sa.select(AuditEntry.actor, AuditEntry.action).where(AuditEntry.subject.like("fees:%")))
        assert known == {used.id: (2, False), unused.id: (0, False)}
        assert book.all() == [("quantri", "entered fees"), ("quantri", "entered fees"), ("giamsat", "took fees back")]


def test_whoever_charges_by_a_table_keeps_it_from_being_taken_back(service: Service, intake: Intake) -> None:
    Day(service, intake).prepare(1)
    version = put(service, dearer(27_000))
    told: list[str] = []

    def late() -> None:
        try:
            drop(service, version)
        except NotNow as error:
            told.append(str(error))

    with service.database.writing() as session:
        fees = fees_on(session, service.settings.home, TODAY)
        taking = threading.Thread(target=late)
        taking.start()
        waits_for_another(service.database)
        session.execute(sa.update(Consignment).values(fee_version=fees.edition))
        session.commit()
    taking.join()

    assert len(told) == 1


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        (Rows([("moon", "100", "1")], "0", []), 1),
        (Rows([*USUAL.fees, ("district", "x", "1")], "0", []), 5),
        (Rows([("district", "100", "-5")], "0", []), 1),
        (Rows([("district", "100", "5,5")], "0", []), 1),
        (Rows([("district", "100", "5"), ("district", "50", "4")], "0", []), 2),
        (Rows([("country", "100", "5")], "0", []), 0),
        (Rows([], "0", []), 0),
        (Rows(USUAL.fees, "x", []), 0),
        (Rows(USUAL.fees, "0", [("a", "")]), 0),
        (Rows(USUAL.fees, "0", [("a", "A"), ("a", "B")]), 0),
        (Rows(USUAL.fees, "0", [('"]\n[x', "A")]), 0),
    ],
)
def test_a_table_with_mistakes_is_told_by_row_and_enters_nothing(service: Service, rows: Rows, row: int) -> None:
    with pytest.raises(BadFeeTable) as told:
        put(service, rows)

    assert row in dict(told.value.mistakes)
    with service.database.read() as session:
        assert newest(session) == 0


@pytest.mark.parametrize(
    ("day", "reason"),
    [(TODAY - timedelta(days=1), "QĐ"), (TODAY + timedelta(days=731), "QĐ"), (TODAY, ""), (TODAY, "a\u202eb")],
)
def test_a_table_counts_neither_backwards_nor_without_a_reason(service: Service, day: date, reason: str) -> None:
    with pytest.raises(BadInput):
        put(service, dearer(27_000), day, reason)


def test_two_who_enter_a_table_do_not_overwrite_each_other(service: Service) -> None:
    put(service, dearer(27_000))
    with service.database.write() as session, pytest.raises(ChangedMeanwhile):
        enter(session, dearer(1), TODAY, "QĐ", sees=0, by="giamsat", at=NOW, today=TODAY)

    assert price(service) == 27_000


def test_typical_envelopes_are_compared_and_a_gap_is_seen() -> None:
    assert compare(FeeTable.parse(DEFAULT), read_rows(dearer(27_000)))[2:] == [
        Compared(3, 100, 26_000, 27_000),
        Compared(5, 140, None, 27_000),
    ]


@given(
    st.lists(st.tuples(st.sampled_from(list(Zone)), st.integers(1, 10_000), st.integers(0, 10**8)), max_size=8),
    st.dictionaries(st.text("abc-\"'\\=đ ", min_size=1, max_size=9), st.text("xyz\"'\\đ ", min_size=1, max_size=9)),
)
def test_every_table_that_is_typed_is_read_as_it_was_typed(
    fees: list[tuple[Zone, int, int]], exempt: dict[str, str]
) -> None:
    rows = Rows([(str(zone), str(up_to), str(dong)) for zone, up_to, dong in fees], "8000", list(exempt.items()))
    if not fees:
        return
    assert Rows.of(FeeTable.parse(rows.text)) == rows
