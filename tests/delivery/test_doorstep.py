"""What the own team says at the door counts once, however often it is said; what does not fit, a person hears of."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import batch_due
from delivery.dispatch.planning import request_plan
from delivery.errors import BadInput, NotFound, NotNow
from delivery.models import CaseKind, Consignment, Custody, DoorAct, Item, TrackingEvent
from delivery.rules.doorstep import Paper, Reason, Receiver
from delivery.rules.lifecycle import State
from delivery.tracking.closing import close_day
from delivery.tracking.doorstep import record_act
from delivery.tracking.events import refold
from delivery.tracking.following import public_steps, public_view
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day
from tests.delivery.own_team import BINH, CLERK, SUPERVISOR, Round, back, clock, delivered, failed
from tests.delivery.typed import typed
from tests.delivery.waiting import waits_for_another

MARITAL_STATUS = "1.004873"  # to the person named only
EXTRACT = "2.000635"  # to whoever brings an authorisation


@pytest.fixture
def round_(service: Service, intake: Intake) -> Round:
    """Three envelopes in Bình's bag; an adult of the household may take each."""
    return Round.begin(service, intake)


def cases(round_: Round) -> list[CaseKind]:
    with round_.day.service.database.read() as session:
        return [case.kind for case in open_cases(session)]


def acts(round_: Round) -> list[DoorAct]:
    with round_.day.service.database.read() as session:
        return list(session.scalars(sa.select(DoorAct).order_by(DoorAct.id)))


def test_delivered_with_proof_of_whom_and_against_which_paper(round_: Round) -> None:
    assert round_.say(delivered("10:05", Receiver.HOUSEHOLD, [Paper.VNEID]), at="10:06")

    assert round_.consignment().journey is State.DELIVERED
    (proof,) = acts(round_)
    assert (proof.receiver, proof.shown, proof.said_by) == (Receiver.HOUSEHOLD, (Paper.VNEID,), "binh")
    assert (proof.occurred_at, proof.received_at) == (clock("10:05"), clock("10:06"))
    with round_.day.service.database.read() as session:
        event = session.scalars(sa.select(TrackingEvent).where(TrackingEvent.source == "phone")).one()
        assert (event.source_id, event.occurred_at) == (proof.act_id, proof.occurred_at)
        assert session.get_one(Item, round_.consignment().item_id).custody is Custody.RECIPIENT


def test_a_double_click_a_form_sent_again_and_a_phone_that_tries_once_more_are_one_act(round_: Round) -> None:
    said = failed()

    assert round_.say(said)
    assert not round_.say(said, at="10:01")
    assert not round_.say(failed("10:02", act_id=said.act_id))

    assert round_.consignment().attempts == 1
    assert len(acts(round_)) == 1


def test_the_same_form_with_another_word_is_not_taken_for_the_first(round_: Round) -> None:
    said = delivered()
    round_.say(said)

    with pytest.raises(BadInput):
        round_.say(failed(act_id=said.act_id))
    with pytest.raises(BadInput):
        round_.say(said, number=1)
    assert round_.consignment().journey is State.DELIVERED


def test_two_phones_at_once_with_the_same_act_are_one_act(round_: Round) -> None:
    said, ready = failed(), threading.Barrier(2)
    answers: list[bool] = []

    def phone() -> None:
        ready.wait()
        answers.append(round_.say(said))

    _together(phone, phone)

    assert sorted(answers) == [False, True]
    assert len(acts(round_)) == 1
    assert round_.consignment().attempts == 1


def test_two_people_at_once_leave_both_reports_and_one_state_that_follows_from_them(round_: Round) -> None:
    ready = threading.Barrier(2)

    def courier() -> None:
        ready.wait()
        round_.say(delivered("10:00"))

    def clerk() -> None:
        ready.wait()
        round_.say(failed("09:00"), by=CLERK)

    _together(courier, clerk)

    assert len(acts(round_)) == 2
    stored = round_.consignment()
    with round_.day.service.database.write() as session:
        assert refold(session, session.get_one(Consignment, stored.id), NOW).state is stored.journey
    assert stored.journey is State.DELIVERED
    assert stored.attempts == 1


def test_one_form_that_speaks_of_two_envelopes_at_once_counts_for_the_first_and_says_so_to_the_second(
    round_: Round,
) -> None:
    said = failed()
    refusals: list[str] = []

    def second() -> None:
        with pytest.raises(BadInput) as refusal:
            round_.say(said, number=1)
        refusals.append(str(refusal.value))

    thread = threading.Thread(target=second)
    with round_.day.service.database.write() as session:
        record_act(session, round_.consignment(0).id, said, BINH, said.occurred_at)
        thread.start()
        waits_for_another(round_.day.service.database)
    thread.join(30)

    assert refusals
    assert "đã ghi cho một phong bì khác" in refusals[0]
    assert [act.consignment_id for act in acts(round_)] == [round_.consignment(0).id]
    assert round_.consignment(0).journey is State.ATTEMPT_FAILED
    assert round_.consignment(1).journey is State.WITH_CARRIER
    assert round_.say(failed(), number=1)


def test_one_form_takes_back_one_act_and_no_second(round_: Round) -> None:
    first, second, form = failed(), failed(), uuid4()
    round_.say(first, number=0)
    round_.say(second, number=1)

    assert round_.undo(first.act_id, "10:05", back_id=form)
    with pytest.raises(BadInput):
        round_.undo(second.act_id, "10:06", back_id=form)

    assert [act.stands for act in acts(round_)] == [False, True]


def _together(*people: Callable[[], None]) -> None:
    threads = [threading.Thread(target=person) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_who_may_not_receive_it_is_not_handed_it(service: Service, intake: Intake) -> None:
    round_ = Round.begin(service, intake, 1, Mã_thủ_tục=MARITAL_STATUS)

    with pytest.raises(BadInput):
        round_.say(delivered(to=Receiver.HOUSEHOLD))

    assert round_.consignment().journey is State.WITH_CARRIER
    assert round_.say(delivered())


def test_who_is_authorised_shows_the_authorisation_too(service: Service, intake: Intake) -> None:
    round_ = Round.begin(service, intake, 1, Mã_thủ_tục=EXTRACT)

    with pytest.raises(BadInput):
        round_.say(delivered(to=Receiver.AUTHORISED))
    assert round_.say(delivered(to=Receiver.AUTHORISED, papers=[Paper.IDENTITY_CARD, Paper.AUTHORISATION]))


@pytest.mark.parametrize("papers", [[], [Paper.AUTHORISATION], [Paper.SIGNATURE]])
def test_without_a_paper_that_proves_who_it_is_nothing_is_handed_over_at_the_door(
    round_: Round, papers: list[Paper]
) -> None:
    with pytest.raises(BadInput):
        round_.say(delivered(papers=papers))
    assert acts(round_) == []


def test_a_signed_sheet_that_names_the_wrong_receiver_is_written_down_and_asked_about(
    service: Service, intake: Intake
) -> None:
    round_ = Round.begin(service, intake, 1, Mã_thủ_tục=MARITAL_STATUS)

    assert round_.say(delivered(to=Receiver.HOUSEHOLD, papers=[Paper.SIGNATURE]), by=CLERK)

    assert round_.consignment().journey is State.DELIVERED
    assert cases(round_) == [CaseKind.WRONG_HANDS]


def test_only_the_counter_takes_an_envelope_back(round_: Round) -> None:
    with pytest.raises(BadInput):
        round_.say(back(), by=BINH)
    assert round_.say(back(), by=CLERK)
    assert round_.consignment().journey is State.RETURNED


def test_another_carrier_s_envelope_is_not_the_team_s_to_report(service: Service, intake: Intake) -> None:
    round_ = Round(Day(service, intake).prepare(1))

    with pytest.raises(NotNow):
        round_.say(delivered())


def test_a_mistake_is_taken_back_by_a_correction_and_both_stay_on_record(round_: Round) -> None:
    said, back_id = delivered("10:00"), uuid4()
    round_.say(said)

    assert round_.undo(said.act_id, "10:04", back_id=back_id)
    assert not round_.undo(said.act_id, "10:05", back_id=back_id)

    assert round_.consignment().journey is State.WITH_CARRIER
    (act,) = acts(round_)
    assert (act.taken_back_by, act.taken_back_at) == ("binh", clock("10:04"))
    with round_.day.service.database.read() as session:
        facts = [event.fact for event in session.scalars(sa.select(TrackingEvent).order_by(TrackingEvent.id))]
        assert facts[-2:] == ["delivered", "taken_back"]
        item = session.get_one(Item, round_.consignment().item_id)
        assert "delivered" not in [event.fact for event in public_steps(item)]
        assert item.custody is Custody.CARRIER


def test_a_mistake_is_taken_back_by_who_made_it_soon_or_by_a_supervisor_later(round_: Round) -> None:
    said = delivered("10:00")
    round_.say(said)

    with pytest.raises(NotNow):
        round_.undo(said.act_id, "10:05", by=CLERK)
    with pytest.raises(NotNow):
        round_.undo(said.act_id, "10:11")
    assert round_.undo(said.act_id, "16:00", by=SUPERVISOR)
    with pytest.raises(NotNow):
        round_.undo(said.act_id, "16:01", by=SUPERVISOR)
    with pytest.raises(NotFound):
        round_.undo(uuid4(), "16:01", by=SUPERVISOR)


def test_reports_that_contradict_each_other_are_both_kept_and_a_person_is_asked(round_: Round) -> None:
    said = delivered("10:00")
    round_.say(said)
    round_.say(back("17:00"), by=CLERK)

    assert round_.consignment().journey is State.DELIVERED
    assert cases(round_) == [CaseKind.CONTRADICTION]

    round_.undo(said.act_id, "17:05", by=SUPERVISOR)

    assert round_.consignment().journey is State.RETURNED
    assert cases(round_) == []


def test_two_proofs_that_name_different_receivers_are_a_question_until_one_is_taken_back(round_: Round) -> None:
    phone, sheet = delivered("10:00"), delivered("10:00", Receiver.HOUSEHOLD, [Paper.SIGNATURE])
    round_.say(phone)
    round_.say(sheet, by=CLERK, at="17:00")
    assert cases(round_) == [CaseKind.TWO_RECEIVERS]

    round_.undo(sheet.act_id, "17:02", by=CLERK)

    assert cases(round_) == []


def test_two_proofs_that_agree_are_one_delivery(round_: Round) -> None:
    round_.say(delivered("10:00"))
    round_.say(delivered("10:00", papers=[Paper.SIGNATURE]), by=CLERK, at="17:00")

    assert cases(round_) == []


def test_a_phone_whose_clock_runs_ahead_is_believed_only_so_far(round_: Round) -> None:
    round_.say(failed("12:00"), at="10:00")

    with round_.day.service.database.read() as session:
        event = session.scalars(sa.select(TrackingEvent).where(TrackingEvent.source == "phone")).one()
    assert event.clamped
    assert event.occurred_at == clock("10:00")


def test_the_public_reads_into_whose_hands_it_went_and_no_name(round_: Round) -> None:
    round_.say(delivered(to=Receiver.HOUSEHOLD))

    with round_.day.service.database.read() as session:
        item = session.get_one(Item, round_.consignment().item_id)
        view = public_view(session, item.tracking_code)
    assert view is not None
    assert view.receiver is Receiver.HOUSEHOLD
    assert "binh" not in str(view)


def test_a_day_is_red_until_each_envelope_of_the_own_team_is_delivered_or_back(round_: Round) -> None:
    round_.say(delivered(), number=0)
    round_.say(failed(), number=1)

    def balance() -> tuple[bool, list[str], int, int, int]:
        with round_.day.service.database.read() as session:
            made = close_day(session, DAY)
        return made.balanced, [d.why for d in made.differences], made.delivered, made.returned, made.still_out

    assert balance() == (False, ["own_team_still_out"] * 2, 1, 0, 2)
    for number in (1, 2):
        round_.say(back(), by=CLERK, number=number)
    assert balance() == (True, [], 1, 2, 0)


@pytest.mark.parametrize(
    ("reasons", "again"),
    [([], True), ([Reason.ABSENT], True), ([Reason.ABSENT, Reason.ABSENT], False), ([Reason.REFUSED], False)],
)
def test_what_came_back_goes_out_with_the_next_day_s_batch_while_a_visit_is_worth_making(
    service: Service, intake: Intake, reasons: list[Reason], again: bool
) -> None:
    round_ = Round.begin(service, intake, 1)
    for hour, reason in enumerate(reasons, start=9):
        round_.say(failed(f"{hour:02d}:00", reason))
    round_.say(back(), by=CLERK)
    tomorrow = DAY + timedelta(days=1)

    with service.database.write() as session:
        items = [item.id for batch in batch_due(session, tomorrow, NOW) for item in batch.items]

    assert items == ([round_.consignment().item_id] if again else [])


def test_somebody_is_asked_about_what_the_team_does_not_try_again(round_: Round) -> None:
    for number, visits in enumerate(([Reason.ABSENT], [Reason.ABSENT, Reason.CLOSED], [Reason.REFUSED])):
        for hour, reason in enumerate(visits, start=9):
            round_.say(failed(f"{hour:02d}:00", reason), number=number)
        round_.say(back(), by=CLERK, number=number)

    with round_.day.service.database.read() as session:
        asked = {case.subject for case in open_cases(session) if case.kind is CaseKind.RETURNED}
    assert asked == {f"item:{round_.consignment(number).item_id}" for number in (1, 2)}


def test_why_it_came_back_may_be_told_when_it_is_back_already(round_: Round) -> None:
    round_.say(back("17:00"), by=CLERK)
    assert cases(round_) == []

    late = failed("10:00", Reason.REFUSED)
    round_.say(late, at="17:30")
    assert cases(round_) == [CaseKind.RETURNED]

    round_.undo(late.act_id, "17:35")
    assert cases(round_) == []


def test_the_second_sending_has_its_own_number_and_the_first_can_no_longer_speak_for_it(round_: Round) -> None:
    first = round_.consignment()
    late = failed("10:00")
    round_.say(late)
    for number in range(3):
        round_.say(back(), by=CLERK, number=number)
    day = round_.day
    with day.service.database.write() as session:
        day.batch = batch_due(session, DAY + timedelta(days=1), NOW)[0].code
        request_plan(session, code=day.batch, day=None, seconds=1, at=NOW)
    day.work("plan")
    day.print()
    second = next(c for c in day.consignments() if c.item_id == first.item_id and c.id != first.id)
    assert second.item_code != first.item_code

    round_.say(delivered("11:00", papers=[Paper.SIGNATURE]), by=CLERK, at="18:00")

    assert cases(round_) == [CaseKind.CONTRADICTION]
    assert {c.journey for c in day.consignments() if c.item_id == first.item_id} == {State.RETURNED, State.PREPARED}
    with pytest.raises(NotNow):
        round_.undo(late.act_id, "18:01", by=SUPERVISOR)


def test_an_act_is_said_and_taken_back_on_the_command_line(service: Service, intake: Intake) -> None:
    round_ = Round.begin(service, intake, 1)
    code, act_id = round_.consignment().item_code, str(uuid4())
    words = ("door", code, "delivered", "--to", "recipient", "--paper", "identity_card", "--id", act_id)

    assert "known already" not in typed(round_.day.service, *words).stdout
    assert "known already" in typed(round_.day.service, *words).stdout
    assert round_.consignment().journey is State.DELIVERED
    assert typed(round_.day.service, "door", code, "undo").returncode == 0
    assert round_.consignment().journey is State.WITH_CARRIER
    wrong = typed(round_.day.service, "door", code, "failed", "--to", "recipient")
    assert (wrong.returncode, "--reason" in wrong.stderr) == (1, True)
    assert typed(round_.day.service, "door", code, "back").returncode == 0
    assert round_.consignment().journey is State.RETURNED
