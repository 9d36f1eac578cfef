"""At the packing table: each result into its own envelope and no other, and a seal only where nothing is missing."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.cases import find_open
from delivery.dispatch.batching import find_batch
from delivery.dispatch.contents import Contents, contents_of_one
from delivery.dispatch.envelopes import take_out
from delivery.dispatch.handover import Finding
from delivery.dispatch.packing import Act, Answer, pack, report_broken, seal, undo_last
from delivery.dispatch.printing import Asker, papers_of, print_one
from delivery.dispatch.recalling import recall
from delivery.dispatch.table import Scanned, table_of, take_scan
from delivery.errors import BadInput, ChangedMeanwhile, NotNow
from delivery.intake.choosing import Way, choose_way
from delivery.intake.correcting import Change, correct_by_hand
from delivery.models import CaseKind, Item, ItemSeal, Office, PackedResult, Result
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row
from tests.delivery.test_together import lans, result_of
from tests.labels.reading import words


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Lan's envelope with two results, two of others with one each; planned, printed, and the carrier knows of them."""
    with running_post(service.settings.sandbox_folder) as post:
        told = Service(service.settings.model_copy(update={"ngsp_url": post.url}), service.database)
        made = Day(told, intake)
        made.import_and_place(lans(1), lans(2), a_row(3), a_row(4))
        made.plan()
        made.print()
        made.submit()
        told.hang_up()
    return made


def act() -> Act:
    return Act(str(uuid4()), "bode", NOW)


def put(day: Day, number: int, into: int | None = None, done: Act | None = None) -> Answer:
    """Scan the result of that number; `into` is the number of one whose envelope lies on the table."""
    with day.service.database.write() as session:
        on_table = session.get_one(Item, result_of(session, into).item_id) if into is not None else None
        return pack(session, result_of(session, number), on_table, done or act())


def close(day: Day, number: int, seal_number: str, done: Act | None = None) -> str:
    with day.service.database.write() as session:
        return seal(session, item_of(session, number), seal_number, done or act()).number


def item_of(session: sa.orm.Session, number: int) -> Item:
    return session.get_one(Item, result_of(session, number).item_id)


def inside(day: Day, number: int) -> Contents:
    with day.service.database.read() as session:
        return contents_of_one(session, item_of(session, number))


def undo(day: Day, number: int, act_id: str) -> PackedResult | ItemSeal | None:
    with day.service.database.write() as session:
        return undo_last(session, item_of(session, number), act_id, by="bode", at=NOW)


def code_of(day: Day, number: int) -> str:
    with day.service.database.read() as session:
        live = item_of(session, number).live
        assert live is not None
        return live.item_code


def want_packing(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(Office).values(packing_required=True))


def scan(day: Day, code: str) -> Scanned:
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        return take_scan(
            session, batch, code, str(uuid4()), seal=day.service.seal, at=HANDED_OVER_AT, by="bode"
        )  # fmt: skip


def test_an_envelope_is_sealed_when_all_of_it_is_inside_and_not_before(day: Day) -> None:
    assert put(day, 1) is Answer.IN
    with pytest.raises(NotNow, match="0002"):
        close(day, 1, "NP 001")
    assert put(day, 2, into=1) is Answer.IN
    assert put(day, 2, into=1) is Answer.ALREADY
    assert close(day, 1, "np 001") == "NP001"
    assert put(day, 1) is Answer.SEALED
    with pytest.raises(NotNow, match="NP001"):
        close(day, 1, "NP002")


def test_nothing_of_another_is_let_into_an_envelope_that_lies_open(day: Day) -> None:
    put(day, 1)

    assert put(day, 3, into=1) is Answer.OTHER_ENVELOPE
    assert not inside(day, 3).is_begun
    put(day, 2, into=1)
    # All is inside, but it is not sealed: the next result could still slip in.
    assert put(day, 3, into=1) is Answer.OTHER_ENVELOPE
    close(day, 1, "NP001")
    assert put(day, 3, into=1) is Answer.IN


def test_a_seal_is_on_one_envelope_only_and_can_be_put_right(day: Day) -> None:
    put(day, 3)
    put(day, 4)
    wrong, once = act(), act()
    close(day, 3, "NP001", wrong)

    with pytest.raises(BadInput, match="NP001"):
        close(day, 4, " np001 ")
    undo(day, 3, wrong.act_id)
    assert undo(day, 3, wrong.act_id) is None
    assert [close(day, 4, "NP001", once) for _try in range(2)] == ["NP001"] * 2
    for bad in ("", "1", "có dấu", "x" * 21, "a b;c"):
        with pytest.raises(BadInput):
            close(day, 3, bad)


def test_undoing_takes_back_the_last_step_that_was_seen_and_no_other(day: Day) -> None:
    first, second = act(), act()
    put(day, 1, done=first)
    put(day, 2, done=second)

    with pytest.raises(ChangedMeanwhile):
        undo(day, 1, first.act_id)
    assert undo(day, 1, second.act_id) is not None
    assert undo(day, 1, first.act_id) is not None
    assert not inside(day, 1).is_begun
    scan(day, code_of(day, 3))
    with pytest.raises(NotNow):
        undo(day, 3, first.act_id)


def test_what_cannot_be_packed_says_why(day: Day) -> None:
    with day.service.database.write() as session:
        recall(session, item_of(session, 3), by="bode", reason="", at=NOW)
    scan(day, code_of(day, 4))
    day.import_and_place(a_row(5), a_row(6))
    with day.service.database.write() as session:
        choose_way(session, [result_of(session, 6)], Way.COUNTER, by="bode", at=NOW)

    assert [put(day, number) for number in (3, 4, 5, 6)] == [
        Answer.RECALLED, Answer.GONE, Answer.WAITING, Answer.WITHDRAWN
    ]  # fmt: skip


def test_what_is_corrected_is_looked_at_anew(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(lans(1), lans(2))
    day.plan()
    day.print()
    put(day, 1)
    put(day, 2)
    close(day, 1, "NP001")
    with day.service.database.write() as session:
        person = {"recipient_name": "Ngô Thị Lan Anh"}
        for number in (1, 2):
            correct_by_hand(session, result_of(session, number), Change(**person), by="bode", at=NOW)

    with day.service.database.read() as session:
        item = item_of(session, 1)
        assert not contents_of_one(session, item).is_whole(item)


def test_what_is_taken_out_breaks_the_seal(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(lans(1), lans(2))
    day.plan()
    day.print()
    put(day, 1)
    put(day, 2)
    close(day, 1, "NP001")
    with day.service.database.write() as session:
        take_out(session, item_of(session, 1), result_of(session, 2), NOW)

    left = inside(day, 1)
    assert left.seal is None
    assert len(left.ticks) == 1
    # The label names what is gone, so it is void; and the number of a broken seal is never used again.
    with pytest.raises(NotNow, match="nhãn"):
        close(day, 1, "NP002")
    print_one(day.service, _id_of(day, 1), NOW, asker=Asker("bode", ""))
    with pytest.raises(BadInput, match="NP001"):
        close(day, 1, "NP001")
    close(day, 1, "NP002")


def _id_of(day: Day, number: int) -> int:
    with day.service.database.read() as session:
        return item_of(session, number).id


def test_a_label_is_printed_alone_and_once_more_only_with_a_reason(service: Service, intake: Intake) -> None:
    day = Day(service, intake)
    day.import_and_place(a_row(1), a_row(2))
    day.plan()
    paper = print_one(service, _id_of(day, 1), NOW, asker=Asker("bode", ""))

    assert len(words(paper)) == 1
    day.print()
    with pytest.raises(NotNow):
        print_one(service, _id_of(day, 1), NOW, asker=Asker("bode", ""))
    assert "Bản in 3" in words(print_one(service, _id_of(day, 1), NOW, asker=Asker("bode", "rách")))[0]


def test_where_the_office_wants_it_nothing_leaves_that_is_not_packed(day: Day) -> None:
    want_packing(day)
    put(day, 3)

    assert scan(day, code_of(day, 3)).finding is Finding.NOT_PACKED
    assert len(_half(day)) == 3
    close(day, 3, "NP007")
    assert scan(day, code_of(day, 3)) == Scanned(code_of(day, 3), Finding.OK, 1, "NP007")
    assert "NP NP007" in " ".join(words(papers_of(day.service, day.batch, wanted={"manifest.pdf"})["manifest.pdf"]))


def test_elsewhere_what_is_half_packed_is_warned_of_and_what_nobody_packs_by_scan_is_not(day: Day) -> None:
    put(day, 1)

    assert _half(day) == [code_of(day, 1)]
    assert scan(day, code_of(day, 1)).half_packed
    assert scan(day, code_of(day, 3)) == Scanned(code_of(day, 3), Finding.OK, 1)


def _half(day: Day) -> Sequence[str]:
    with day.service.database.read() as session:
        return [sent.item_code for sent in table_of(session, find_batch(session, day.batch)).half_packed]


def test_a_broken_seal_is_a_case_until_it_is_sealed_anew(day: Day) -> None:
    want_packing(day)
    put(day, 3)
    close(day, 3, "NP001")
    with day.service.database.write() as session:
        report_broken(session, item_of(session, 3), NOW)
    subject = f"item:{_id_of(day, 3)}"

    assert scan(day, code_of(day, 3)).finding is Finding.NOT_PACKED
    with day.service.database.read() as session:
        case = find_open(session, CaseKind.SEAL, subject)
        assert case is not None
        assert case.facts["seal"] == "NP001"
    close(day, 3, "NP002")
    with day.service.database.read() as session:
        assert find_open(session, CaseKind.SEAL, subject) is None
    with day.service.database.write() as session, pytest.raises(NotNow):
        report_broken(session, item_of(session, 4), NOW)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["scan", "seal", "undo"]), st.integers(1, 4), st.sampled_from(["S-1", "S-2"])),
        max_size=14,
    )
)
def test_whatever_is_done_in_whatever_order_a_seal_is_on_whole_envelopes_only(
    day: Day, steps: list[tuple[str, int, str]]
) -> None:
    for number in (1, 3, 4):
        while (last := inside(day, number).last_step) is not None:
            undo(day, number, last.act_id)
    on_table: int | None = None
    for what, number, seal_number in steps:
        try:
            if what == "scan" and put(day, number, into=on_table) is Answer.IN:
                on_table = number
            elif what == "seal":
                close(day, number, seal_number)
            elif what == "undo" and (last := inside(day, number).last_step) is not None:
                undo(day, number, last.act_id)
        except (BadInput, NotNow):
            pass
    with day.service.database.read() as session:
        items = session.scalars(sa.select(Item)).all()
        stands = session.scalars(sa.select(PackedResult).where(PackedResult.taken_back_at.is_(None))).all()
        homes = {result.id: result.item_id for result in session.scalars(sa.select(Result))}
        sealed = [contents_of_one(session, item) for item in items]
        assert all(one.seal is None or one.is_whole(item) for one, item in zip(sealed, items, strict=True))
        assert all(homes[tick.result_id] == tick.item_id for tick in stands)
        numbers = [one.seal.number for one in sealed if one.seal is not None]
        assert len(numbers) == len(set(numbers))
