"""At the packing table: each result into its own envelope and no other, and a seal only where nothing is missing."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
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
from delivery.models import CaseKind, Consignment, Item, ItemSeal, Office, PackedResult, Result, Submission
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row
from tests.delivery.test_together import lans, result_of
from tests.labels.reading import words


@pytest.fixture(scope="module")
def packed_home(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, str]:
    """A home in which Lan's envelope holds two results, two of others one each: printed, and the carrier knows of them.

    Made once, and copied for each test.
    """
    folder = tmp_path_factory.mktemp("packing")
    settings = Settings(home=folder / "home", carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
    service = Service.from_settings(settings)
    shutil.copy(sqlite_template, settings.home / "tannha.db")
    set_up(service)
    made = prepared(service, Intake(service.database, folder))
    service.close()
    return settings.home, made.batch


@pytest.fixture
def day(packed_home: tuple[Path, str], tmp_path: Path) -> Iterator[Day]:
    home, batch = packed_home
    shutil.copytree(home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home", carrier="sandbox", _env_file=None)  # type: ignore[call-arg]
    service = Service.from_settings(settings)
    yield Day(service, Intake(service.database, tmp_path), batch=batch)
    service.close()


def prepared(service: Service, intake: Intake) -> Day:
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


def test_a_seal_is_on_one_envelope_only_and_can_be_put_right(service: Service, intake: Intake) -> None:
    day = prepared(service, intake)
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


def test_what_is_corrected_or_taken_out_is_looked_at_anew(day: Day) -> None:
    with day.service.database.write() as session:
        session.execute(sa.update(Consignment).values(submission=Submission.REFUSED, accepted_at=None))
    put(day, 1)
    put(day, 2)
    close(day, 1, "NP001")
    with day.service.database.write() as session:
        # It is corrected for all that lies in the envelope.
        correct_by_hand(session, result_of(session, 1), Change(phone="0912999999"), by="bode", at=NOW)
    with day.service.database.read() as session:
        assert not contents_of_one(session, item_of(session, 1)).is_whole(item_of(session, 1))

    with day.service.database.write() as session:
        take_out(session, item_of(session, 1), result_of(session, 2), NOW)
    left = inside(day, 1)
    # The seal is broken, the label names what is gone, and the number of a broken seal is never used again.
    assert (left.seal, len(left.ticks)) == (None, 1)
    day.print("đã sửa")
    assert put(day, 1) is Answer.IN
    with pytest.raises(BadInput, match="NP001"):
        close(day, 1, "NP001")
    close(day, 1, "NP002")


def _id_of(day: Day, number: int) -> int:
    with day.service.database.read() as session:
        return item_of(session, number).id


def test_a_label_is_printed_alone_and_once_more_only_with_a_reason(day: Day) -> None:
    with pytest.raises(NotNow):
        print_one(day.service, _id_of(day, 3), NOW, asker=Asker("bode", ""))
    again = print_one(day.service, _id_of(day, 3), NOW, asker=Asker("bode", "rách"))
    assert "Bản in 2" in " ".join(words(again))

    # What has no label yet needs no reason, and the rest of the batch follows with its list.
    with day.service.database.write() as session:
        label = item_of(session, 4).consignments[-1].labels[-1]
        label.voided_at = NOW
    first = words(print_one(day.service, _id_of(day, 4), NOW, asker=Asker("bode", "")))
    assert len(first) == 1
    assert "Nhãn 2 · Bản in 1" in first[0]


def test_where_the_office_wants_it_nothing_leaves_that_is_not_packed(day: Day) -> None:
    want_packing(day)
    put(day, 3)

    assert scan(day, code_of(day, 3)).finding is Finding.NOT_PACKED
    assert len(_half(day)) == 3
    close(day, 3, "NP007")
    assert scan(day, code_of(day, 3)) == Scanned(code_of(day, 3), Finding.OK, 1, "NP007")
    assert "NP007" in " ".join(words(papers_of(day.service, day.batch, wanted={"manifest.pdf"})["manifest.pdf"]))


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


@tried(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
