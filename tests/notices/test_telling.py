"""What becomes true of a result, its one-stop system hears: each thing once, numbered, and nothing about people."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import batch_due
from delivery.dispatch.envelopes import take_out
from delivery.dispatch.recalling import recall, send_again
from delivery.dispatch.returns import Fetched, hand_out, undo_hand_out
from delivery.intake.choosing import Way, choose_way
from delivery.intake.correcting import Change, correct_by_hand
from delivery.intake.entering import take_back
from delivery.models import Item, NoticeChange, Result
from delivery.moments import now
from delivery.rules.doorstep import Paper
from delivery.rules.doorstep import Receiver as Hands
from delivery.rules.lifecycle import Fact
from tests.delivery.conftest import DAY, NOW
from tests.delivery.rows import a_row
from tests.messages.conftest import PHONE
from tests.notices.conftest import Telling, Told, an_endpoint
from tests.notices.receiver import Receiver, said

SUBJECT = ("H26.41.118-261120-0001", 1)


def test_a_delivery_is_told_step_by_step_to_its_proof_and_nothing_of_people_is_in_it(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.waits(service, tmp_path)
    told.with_the_post()
    told.hears(Fact.OUT_FOR_DELIVERY, timedelta(minutes=30))
    told.hears(Fact.DELIVERED, timedelta(minutes=5))
    told.notices()

    assert receiver.types[0] == "result.taken_over"
    assert [kind for kind in receiver.types if kind != "result.updated"][1:] == [
        "result.under_way", "result.out_for_delivery", "result.delivered",
    ]  # fmt: skip
    assert [one["data"]["sequence"] for one in receiver.came] == list(range(1, len(receiver.came) + 1))
    last = receiver.results[SUBJECT]
    assert (last["stage"], last["proof"], last["received_by"]) == ("delivered", "carrier", None)
    assert last["item_code"] == told.day.item_codes()[0]
    with service.database.read() as session:
        result = session.scalars(sa.select(Result)).one()
    private = (result.owner_name, result.recipient_name, PHONE, result.email, result.address, result.procedure_name)
    assert not [text for text in private for notice in receiver.came if text and text in said(notice)]
    assert set(last) == {
        "dossier_code", "copy_no", "sequence", "office", "stage", "since", "tracking_code", "carrier", "item_code",
        "attempts", "recalled", "received_by", "proof", "version",
    }  # fmt: skip


def test_where_nobody_listens_nothing_is_noted(telling: Telling, tmp_path: Path) -> None:
    told = Told.comes_in(telling(), tmp_path)

    with told.service.database.read() as session:
        assert session.scalars(sa.select(NoticeChange)).all() == []


def test_a_recall_and_its_end_are_told(telling: Telling, receiver: Receiver, tmp_path: Path) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.waits(service, tmp_path, handed_over=False)
    told.notices()
    with service.database.write() as session:
        recall(session, session.scalars(sa.select(Item)).one(), by="bode", reason="nhầm người", at=now())
    told.notices()
    assert receiver.results[SUBJECT]["recalled"] is True
    assert receiver.came[-1]["type"] == "result.recalled"
    told.day.work("amend")

    with service.database.write() as session:
        send_again(session, session.scalars(sa.select(Item)).one(), by="bode", at=now())
    told.notices()
    assert receiver.came[-1]["type"] == "result.released"
    assert receiver.results[SUBJECT]["recalled"] is False


def test_what_is_fetched_at_the_counter_is_told_with_the_relation_and_no_name(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.waits(service, tmp_path)
    told.with_the_post()
    told.hears(Fact.RETURNED, timedelta(minutes=5))
    with service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        hand_out(session, item, Fetched(Hands.RECIPIENT, (Paper.IDENTITY_CARD,)), by="bode", at=now())
    told.notices()
    fetched = receiver.results[SUBJECT]
    assert (fetched["stage"], fetched["proof"], fetched["received_by"]) == ("collected", "counter", "recipient")

    with service.database.write() as session:
        undo_hand_out(session, session.scalars(sa.select(Item)).one(), now())
    told.notices()
    assert receiver.results[SUBJECT]["stage"] == "returned"


def test_a_correction_is_told_by_its_version_alone(telling: Telling, receiver: Receiver, tmp_path: Path) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path)
    told.notices()
    with service.database.write() as session:
        change = Change.typed("Nguyễn Thị Khác", "", "")
        correct_by_hand(session, session.scalars(sa.select(Result)).one(), change, by="bode", at=now())
    told.notices()

    corrected = next(one for one in receiver.came if one["data"]["version"] == 2)
    assert corrected["type"] == "result.corrected"
    assert "Khác" not in said(corrected)


def test_what_stays_at_the_counter_is_no_news_until_somebody_wants_it_home(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path, count=0)
    told.day.intake.rows(a_row(2, Trả_tại_nhà=""))
    told.notices()
    assert receiver.came == []

    for way, kind in ((Way.HOME, "result.taken_over"), (Way.COUNTER, "result.withdrawn")):
        with service.database.write() as session:
            result = session.scalars(sa.select(Result).order_by(Result.id.desc()).limit(1)).one()
            choose_way(session, [result], way, by="bode", at=now())
        told.notices()
        assert receiver.came[-1]["type"] == kind


def test_an_entry_taken_back_is_withdrawn_and_its_number_goes_on(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path)
    told.notices()
    with service.database.write() as session:
        result = session.scalars(sa.select(Result).order_by(Result.id.desc()).limit(1)).one()
        result.import_id = None
        take_back(session, result, "bode", now())
    told.notices()

    assert receiver.results[SUBJECT]["stage"] == "withdrawn"
    assert receiver.results[SUBJECT]["sequence"] == 2


def test_a_fact_that_is_undone_tells_nothing(telling: Telling, receiver: Receiver, tmp_path: Path) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path)
    told.notices()
    before = len(receiver.came)

    class Slip(Exception):
        pass

    def slip() -> None:
        with service.database.write() as session:
            session.scalars(sa.select(Result)).one().version = 7
            session.flush()
            raise Slip

    with pytest.raises(Slip):
        slip()
    told.notices()

    assert len(receiver.came) == before


def test_an_office_s_endpoint_hears_of_its_own_results_and_of_what_it_asked_for(
    telling: Telling, tmp_path: Path, receiver: Receiver
) -> None:
    service = telling()
    an_endpoint(service, receiver, office="VH")
    told = Told.comes_in(service, tmp_path)
    told.notices()
    assert receiver.came == []

    receiver.secrets.clear()
    an_endpoint(service, receiver, office="BD", types=("result.withdrawn",))
    told.more(2)
    with service.database.write() as session:
        choose_way(session, session.scalars(sa.select(Result)).all(), Way.COUNTER, by="bode", at=now())
    told.notices()
    assert receiver.types == ["result.withdrawn", "result.withdrawn"]


def test_what_is_taken_out_of_an_envelope_is_told_of_on_its_own(
    telling: Telling, receiver: Receiver, tmp_path: Path
) -> None:
    service = telling()
    an_endpoint(service, receiver)
    told = Told.comes_in(service, tmp_path, count=0)
    told.day.import_and_place(a_row(1), a_row(1, Mã_hồ_sơ="H26.41.118-261120-0002"))
    with service.database.write() as session:
        batch_due(session, DAY, NOW)
    told.notices()
    together = receiver.results[SUBJECT]["tracking_code"]
    assert together is not None
    with service.database.write() as session:
        item = session.scalars(sa.select(Item)).one()
        take_out(session, item, item.results[1], now())
    told.notices()

    assert receiver.results["H26.41.118-261120-0002", 1]["tracking_code"] is None
    assert receiver.results[SUBJECT]["tracking_code"] == together
