"""At the hand-over table every scan is judged, every difference has a name, and twice is once."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import batch_due
from delivery.dispatch.handover import Finding
from delivery.dispatch.printing import Look, papers_of
from delivery.geocoding import geocode
from delivery.models import Batch, CaseKind, Custody, Item, Label
from delivery.rules.codes import qr_payload
from delivery.rules.lifecycle import State
from delivery.tracking.closing import close_day
from delivery.wiring import Service
from labels.proof import manifest_proof
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.post import Post, running_post
from tests.delivery.rows import a_row
from tests.labels.reading import codes, words


@pytest.fixture
def day(service: Service, intake: Intake, tmp_path: Path) -> Day:
    """Three envelopes on the table, known to the carrier."""
    with running_post(tmp_path / "home" / "sandbox") as post:
        settings = service.settings.model_copy(update={"ngsp_url": post.url})
        ready = Day(Service(settings, service.database), intake).prepare(3)
        ready.submit()
    return ready


def qr_of(day: Day, item_code: str, version: int = 1) -> str:
    (consignment,) = [c for c in day.consignments() if c.item_code == item_code]
    return qr_payload(consignment.reference, version, day.service.seal)


def custody(day: Day) -> list[Custody]:
    with day.service.database.read() as session:
        return list(session.scalars(sa.select(Item.custody).order_by(Item.id)))


def test_all_scanned_is_all_handed_over(day: Day) -> None:
    outcome = day.hand_over()

    assert outcome.complete
    assert set(day.states().values()) == {State.WITH_CARRIER}
    assert set(custody(day)) == {Custody.CARRIER}


def test_the_manifest_s_one_code_registers_all(day: Day) -> None:
    with day.service.database.read() as session:
        code = session.scalars(sa.select(Batch)).one().manifests[0].code

    assert len(day.hand_over([code.lower()]).accepted) == 3


def test_the_manifest_s_proof_registers_all_and_that_of_another_list_nothing(day: Day) -> None:
    with day.service.database.read() as session:
        manifest = session.scalars(sa.select(Batch)).one().manifests[0]
        code, digest = manifest.code, manifest.digest

    assert day.hand_over([manifest_proof(code, "0" * 64)]).accepted == []
    assert len(day.hand_over([manifest_proof(code, digest)]).accepted) == 3


def test_labels_fit_on_sheets_of_which_some_are_used_up(day: Day) -> None:
    papers = papers_of(day.service, day.batch, Look("2", skip=1, private=True))

    assert [len(page) for page in codes(papers["labels.pdf"])] == [2, 4]
    assert "Người" not in "".join(words(papers["labels.pdf"])).replace("Người gửi", "").replace("Người nhận", "")


def test_the_qr_is_as_good_as_the_item_code(day: Day) -> None:
    first, *others = day.item_codes()

    assert day.hand_over([qr_of(day, first), *others]).complete


def test_what_was_not_scanned_is_named_and_stays_with_the_ward(day: Day) -> None:
    *scanned, forgotten = day.item_codes()

    outcome = day.hand_over(scanned)

    assert outcome.missing == [forgotten]
    assert custody(day).count(Custody.WARD) == 1
    with day.service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.HAND_OVER]
        balance = close_day(session, DAY)
    assert (balance.handed_over, balance.still_out, balance.at_ward, balance.balanced) == (2, 2, 1, True)


def test_scanning_the_rest_later_completes_it_and_closes_the_question(day: Day) -> None:
    *scanned, forgotten = day.item_codes()
    day.hand_over(scanned)

    assert day.hand_over([forgotten]).complete
    with day.service.database.read() as session:
        assert not open_cases(session)


def test_scanning_twice_hands_over_once(day: Day) -> None:
    day.hand_over([*day.item_codes(), *day.item_codes()])
    again = day.hand_over()

    assert (len(again.accepted), len(again.already)) == (0, 3)
    with day.service.database.read() as session:
        assert close_day(session, DAY).handed_over == 3


@pytest.mark.parametrize("code", ["EE473124829VN", "xin chào", "T1.ABC.1.00000000", "=1+1", "CH100000999VN"])
def test_what_is_no_code_of_ours_is_refused_by_name(day: Day, code: str) -> None:
    outcome = day.hand_over([*day.item_codes(), code])

    assert len(outcome.accepted) == 3
    assert outcome.refused == [(code, Finding.UNKNOWN)]


def test_an_envelope_of_another_office_is_refused_by_name(day: Day) -> None:
    first_batch = day.batch
    day.import_and_place(a_row(50, "Long Biên"))
    with day.service.database.write() as session:
        day.batch = next(b.code for b in batch_due(session, DAY, NOW) if b.code.startswith("LB"))
        from delivery.dispatch.planning import request_plan  # noqa: PLC0415

        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)
    day.work("plan")
    day.print()
    stray = day.item_codes()[-1]
    day.batch = first_batch

    assert day.hand_over([stray]).refused == [(stray, Finding.OTHER_BATCH)]


def test_an_envelope_that_the_carrier_has_not_heard_of_is_not_handed_over(service: Service, intake: Intake) -> None:
    day = Day(service, intake).prepare(2)

    assert {finding for _code, finding in day.hand_over().refused} == {Finding.NOT_SUBMITTED}
    assert set(custody(day)) == {Custody.WARD}


def test_a_label_from_before_a_corrected_address_is_refused(day: Day) -> None:
    old = day.item_codes()[0]
    old_qr = qr_of(day, old)
    day.intake.rows(a_row(1, Địa_chỉ_nhận="Số 99 phố Ái Mộ, phường Bồ Đề, Hà Nội"))

    refused = dict(day.hand_over([old, old_qr]).refused)

    assert refused == {old: Finding.OLD_LABEL}
    geocode(day.service.database, NOW)
    day.print("the address has changed")
    with day.service.database.read() as session:
        versions = session.scalars(sa.select(Label.version).where(Label.voided_at.is_(None)).order_by(Label.id)).all()
    assert 2 in versions
    assert day.hand_over([old]).refused == [(old, Finding.NEEDS_QR)]
    assert day.hand_over([old_qr]).refused == [(old, Finding.OLD_LABEL)]
    assert day.hand_over([qr_of(day, old, version=2)]).accepted == [old]


def test_before_the_carrier_was_told_a_corrected_address_gets_a_new_number(service: Service, intake: Intake) -> None:
    day = Day(service, intake).prepare(1)
    before = day.item_codes()
    intake.rows(a_row(1, Địa_chỉ_nhận="Số 99 phố Ái Mộ, phường Bồ Đề, Hà Nội"))
    geocode(service.database, NOW)

    day.print()

    assert day.item_codes() != before
    assert day.hand_over(before).refused == [(before[0], Finding.OLD_LABEL)]


def test_an_envelope_with_a_new_number_that_stays_at_the_ward_is_in_the_next_day_s_batch(
    service: Service, intake: Intake
) -> None:
    day = Day(service, intake).prepare(1)
    intake.rows(a_row(1, Địa_chỉ_nhận="Số 99 phố Ái Mộ, phường Bồ Đề, Hà Nội"))
    geocode(service.database, NOW)
    day.print()

    with service.database.write() as session:
        (batch,) = batch_due(session, DAY.replace(day=26), NOW)
        left = [item.live.item_code for item in batch.items if item.live is not None]
    assert left == day.item_codes()


def test_an_envelope_left_at_the_ward_is_in_the_next_day_s_batch(day: Day) -> None:
    *scanned, forgotten = day.item_codes()
    day.hand_over(scanned)

    with day.service.database.write() as session:
        (batch,) = batch_due(session, DAY.replace(day=26), NOW)
        left = [item.live.item_code for item in batch.items if item.live is not None]
    assert left == [forgotten]


__all__ = ["Post"]
