"""The ward's inbox: where each result lies, in what order, and how few letters find it."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from unidecode import unidecode

from delivery.cases import open_case
from delivery.intake.correcting import Change, correct_by_hand
from delivery.intake.searching import fill_search_texts, search_text
from delivery.intake.trays import ROWS_ON_A_PAGE, TRAYS, Tray, counts_of, page_of
from delivery.models import CaseKind, Item, Office, Result
from delivery.places.text import fold
from delivery.rules.lifecycle import Fact
from delivery.tracking.events import Report, record
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.rows import a_row

TODAY = date(2026, 11, 30)
# Where envelopes of the stories come to.
DELIVERED = (Fact.OUT_FOR_DELIVERY, Fact.DELIVERED)
RETURNED = (Fact.ATTEMPT_FAILED, Fact.RETURNING, Fact.RETURNED)


@dataclass(frozen=True)
class Said:
    """What a result is looked for by."""

    dossier_code: str = "H26.41.118-261120-0001"
    owner_name: str = "Người Thử"
    recipient_name: str = ""
    phone: str = "+84912345001"
    address: str = "Số 1 phố Thử"


def lies_in(service: Service, tray: Tray, *, words: str = "", number: int = 1, only: tuple[str, ...] = ()) -> list[int]:
    """The numbers of the rows in a tray of the offices, all unless some are named, in the order of the page."""
    with service.database.read() as session:
        wanted = sa.select(Office.id).where(Office.code.in_(only)) if only else sa.select(Office.id)
        ids = session.scalars(wanted).all()
        page = page_of(session, ids, tray, today=TODAY, words=words, number=number)
        return [int(line.result.dossier_code[-4:]) for line in page.lines]


def happens(day: Day, dossier: int, *facts: Fact) -> None:
    """The carrier reports of the envelope of a row."""
    with day.service.database.write() as session:
        result = session.scalars(sa.select(Result).where(Result.dossier_code.endswith(f"-{dossier:04d}"))).one()
        sent = session.get_one(Item, result.item_id).consignments[-1]
        for hour, fact in enumerate(facts):
            at = HANDED_OVER_AT + timedelta(hours=hour + 1)
            record(session, sent, Report(fact, "feed", f"{dossier}-{hour}", at), at)


@pytest.fixture
def day(service: Service, tmp_path: Path) -> Day:
    """Three envelopes under way, delivered and back; then results that came in since."""
    made = Day(service, Intake(service.database, tmp_path))
    made.import_and_place(*(a_row(number, Ngày_hẹn_trả="27/11/2026") for number in (1, 2, 3)))
    made.plan()
    made.print()
    happens(made, 1, Fact.COLLECTED)
    happens(made, 2, Fact.COLLECTED, *DELIVERED)
    happens(made, 3, Fact.COLLECTED, *RETURNED)
    made.import_and_place(
        a_row(11, Ngày_hẹn_trả="02/12/2026"),
        a_row(12, Ngày_hẹn_trả="30/11/2026"),
        a_row(13, Ngày_hẹn_trả="24/11/2026"),
        a_row(14, Trả_tại_nhà="", Ngày_hẹn_trả="24/11/2026"),
        a_row(15, ward="Việt Hưng", Ngày_hẹn_trả="01/12/2026"),
    )
    with service.database.write() as session:
        open_case(session, CaseKind.SECOND_COPY, "result:H26.41.118-261120-0011:1", at=NOW, office_id=1)
    return made


def test_each_result_lies_where_it_says_what_is_to_be_done(day: Day) -> None:
    piles = {tray: lies_in(day.service, tray) for tray in TRAYS}

    assert piles == {
        Tray.WAITING: [13, 12, 15, 11],  # whoever was promised it first comes first
        Tray.TODAY: [12],
        Tray.LATE: [13, 1],  # neither what was delivered, nor what is back, nor what nobody waits for at home
        Tray.HELD: [11],
        Tray.UNDER_WAY: [1],
        Tray.BACK: [3],
        Tray.DELIVERED: [2],
        Tray.COUNTER: [14],
        Tray.ALL: [15, 14, 13, 12, 11, 3, 2, 1],
    }


def test_an_office_has_its_own_trays(day: Day) -> None:
    assert lies_in(day.service, Tray.WAITING, only=("VH",)) == [15]
    with day.service.database.read() as session:
        ids = session.scalars(sa.select(Office.id).where(Office.code == "BD")).all()
        assert counts_of(session, ids, today=TODAY) == {
            Tray.WAITING: 3, Tray.TODAY: 1, Tray.LATE: 2, Tray.HELD: 1,
        }  # fmt: skip


def test_a_question_about_the_address_holds_a_result_back_until_it_is_answered(day: Day) -> None:
    with day.service.database.write() as session:
        result = session.scalars(sa.select(Result).where(Result.dossier_code.endswith("-0012"))).one()
        case = open_case(session, CaseKind.ADDRESS, f"result:{result.id}", at=NOW, office_id=result.office_id)
    assert lies_in(day.service, Tray.HELD) == [12, 11]

    with day.service.database.write() as session:
        session.merge(case).closed_at = NOW
    assert lies_in(day.service, Tray.HELD) == [11]


def test_all_pages_together_hold_each_result_once(service: Service, tmp_path: Path) -> None:
    Intake(service.database, tmp_path).rows(*(a_row(number) for number in range(1, 2 * ROWS_ON_A_PAGE + 4)))

    for tray in (Tray.WAITING, Tray.ALL):
        pages = [lies_in(service, tray, number=number) for number in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [ROWS_ON_A_PAGE, ROWS_ON_A_PAGE, 3, 0]
        assert sorted(number for page in pages for number in page) == list(range(1, 2 * ROWS_ON_A_PAGE + 4))


@pytest.mark.parametrize(
    "typed", ["ngo gia tu", "NGÔ GIA TỰ", "tự ngô", "nguyen thi hong", "0912345007", "261120-0007", "hồng 007"]
)
def test_a_few_letters_in_any_order_find_a_result_with_or_without_accents(
    typed: str, service: Service, tmp_path: Path
) -> None:
    Intake(service.database, tmp_path).rows(
        a_row(7, Người_nhận="Nguyễn Thị Hồng", Địa_chỉ_nhận="Số 7 Ngô Gia Tự, phường Bồ Đề, Hà Nội"), a_row(8)
    )

    assert lies_in(service, Tray.ALL, words=typed) == [7]


@pytest.mark.parametrize("typed", ["%", "_", "100%", "\\", "không có ai"])
def test_no_sign_stands_for_any_other(typed: str, service: Service, tmp_path: Path) -> None:
    Intake(service.database, tmp_path).rows(a_row(1), a_row(2))

    assert lies_in(service, Tray.ALL, words=typed) == []


def test_who_was_corrected_is_found_by_the_new_name_only(service: Service, tmp_path: Path) -> None:
    Intake(service.database, tmp_path).rows(a_row(1, Chủ_hồ_sơ="Trần Văn Nam", Người_nhận="Lê Thị Lụa"))
    with service.database.write() as session:
        result = session.scalars(sa.select(Result)).one()
        correct_by_hand(session, result, Change.typed("Phạm Thị Sen", "", ""), by="bode", at=NOW)

    assert lies_in(service, Tray.ALL, words="sen") == [1]
    assert lies_in(service, Tray.ALL, words="lua") == []
    assert lies_in(service, Tray.ALL, words="nam") == [1]


def test_what_came_in_by_an_older_version_is_found_after_the_next_set_up(service: Service, tmp_path: Path) -> None:
    Intake(service.database, tmp_path).rows(a_row(1), a_row(2))
    with service.database.write() as session:
        session.execute(sa.update(Result).values(search_text="", search_marks=None))
    assert lies_in(service, Tray.ALL, words="nguoi thu") == []

    assert fill_search_texts(service.database) == 2
    assert fill_search_texts(service.database) == 0
    assert lies_in(service, Tray.ALL, words="nguoi thu") == [2, 1]


@given(
    name=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x1EFF, categories=("L", "N", "Zs"))), data=st.data()
)
def test_any_part_of_a_name_is_in_what_is_looked_through_as_typed_and_without_accents(
    name: str, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(name)))
    part = name[begin : data.draw(st.integers(begin, len(name)))]
    text = search_text(Said(recipient_name=name))

    assert all(word in text for word in fold(part).split())
    # Some letters of India are only ever written in two parts, and are spelt otherwise in one.
    assert all(word in text for word in fold(unidecode(normalize("NFC", part))).split())
