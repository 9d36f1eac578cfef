"""What a courier's phone kept without network is taken over once, in any case; what cannot be, a person hears of."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from delivery.cases import close_case, open_cases
from delivery.dispatch.batching import find_batch
from delivery.dispatch.board import Author, change, publish
from delivery.dispatch.changes import Move
from delivery.dispatch.desk import Spot
from delivery.models import Case, CaseKind, Consignment, Courier, DoorAct, Item, Route, Stop
from delivery.rules.doorstep import Outcome, Paper, Reason, Receiver
from delivery.rules.lifecycle import State
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.tracking.from_phones import Answer, KeptAct, KeptBack, Phone, Verdict, take_from_phone
from delivery.wiring import Service
from tests.delivery.conftest import NOW, Intake
from tests.delivery.day import Day
from tests.delivery.own_team import CLERK, Round, clock, failed, own
from tests.delivery.rows import a_row

MARITAL_STATUS = "1.004873"  # to the person named only
HANDED_OVER = clock("07:45")
EVENING = clock("17:00")


@dataclass
class Carried:
    """A round in the bag of a courier whose phone speaks."""

    round: Round
    phone: Phone

    @classmethod
    def of(cls, round_: Round) -> "Carried":
        with round_.day.service.database.read() as session:
            courier_id = session.scalars(sa.select(Route.courier_id).join(Route.stops).distinct()).one()
        return cls(round_, Phone("binh", courier_id))

    @property
    def codes(self) -> list[str]:
        return self.round.day.item_codes()

    def send(self, kept: KeptAct | KeptBack, at: datetime = EVENING, phone: Phone | None = None) -> Answer:
        with self.round.day.service.database.write() as session:
            return take_from_phone(session, phone or self.phone, kept, at)

    def delivered(self, number: int = 0, hours: float = 2, to: Receiver = Receiver.RECIPIENT) -> KeptAct:
        age = timedelta(hours=hours)
        return KeptAct(uuid4(), self.codes[number], Outcome.DELIVERED, age, to, (Paper.IDENTITY_CARD,))

    def in_vain(self, number: int = 0, hours: float = 2) -> KeptAct:
        return KeptAct(uuid4(), self.codes[number], Outcome.FAILED, timedelta(hours=hours), reason=Reason.ABSENT)

    def acts(self) -> list[DoorAct]:
        with self.round.day.service.database.read() as session:
            return list(session.scalars(sa.select(DoorAct).order_by(DoorAct.id)))

    def cases(self) -> list[Case]:
        """Those that a phone made necessary, closed ones as well."""
        with self.round.day.service.database.read() as session:
            return list(session.scalars(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE).order_by(Case.id)))

    def state(self, number: int = 0) -> State:
        return self.round.consignment(number).journey


@pytest.fixture
def carried(service: Service, intake: Intake) -> Carried:
    """Three envelopes in the bag; an adult of the household may take each."""
    return Carried.of(Round.begin(service, intake))


@pytest.fixture
def personal(service: Service, intake: Intake) -> Carried:
    """One envelope that only the person named may have."""
    return Carried.of(Round.begin(service, intake, 1, Mã_thủ_tục=MARITAL_STATUS))


def back(of: KeptAct, hours: float = 1.9) -> KeptBack:
    return KeptBack(uuid4(), of.act_id, timedelta(hours=hours))


def test_what_was_kept_for_two_hours_happened_two_hours_ago_and_counts_once(carried: Carried) -> None:
    said = carried.delivered()

    assert carried.send(said).verdict is Verdict.NOTED
    assert carried.send(said, EVENING + timedelta(minutes=5)).verdict is Verdict.KNOWN

    (act,) = carried.acts()
    assert (act.act_id, act.occurred_at, act.received_at) == (str(said.act_id), clock("15:00"), EVENING)
    assert (act.channel.value, act.said_by, carried.state()) == ("phone", "binh", State.DELIVERED)


@pytest.mark.parametrize(("hours", "happened"), [(-3, EVENING), (0, EVENING), (30, HANDED_OVER), (10**6, HANDED_OVER)])
def test_a_clock_that_was_set_meanwhile_dates_nothing_in_the_future_nor_before_the_hand_over(
    carried: Carried, hours: float, happened: datetime
) -> None:
    carried.send(carried.in_vain(hours=hours))

    assert [act.occurred_at for act in carried.acts()] == [happened]


def test_what_the_procedure_forbids_by_now_is_a_case_with_all_that_was_said(personal: Carried) -> None:
    said = personal.delivered(to=Receiver.HOUSEHOLD)

    answers = [personal.send(said), personal.send(said)]

    assert [answer.verdict for answer in answers] == [Verdict.KEPT, Verdict.KEPT]
    assert personal.acts() == []
    (case,) = personal.cases()
    assert case.facts == {
        "item_code": personal.codes[0], "told": "delivered", "receiver": "household", "papers": ["identity_card"],
        "said_by": "binh", "said_at": clock("15:00").isoformat(), "obstacle": answers[0].words,
    }  # fmt: skip
    assert case.office_id == 1


def test_an_act_that_comes_again_after_its_case_was_closed_is_not_asked_about_again(personal: Carried) -> None:
    said = personal.delivered(to=Receiver.HOUSEHOLD)
    personal.send(said)
    with personal.round.day.service.database.write() as session:
        subject = f"act:{said.act_id}"
        close_case(session, CaseKind.FROM_PHONE, subject, at=EVENING, by="bode", decision="called them")

    assert personal.send(said).verdict is Verdict.KEPT
    assert [case.decision for case in personal.cases()] == ["called them"]


def test_two_that_bring_the_same_refused_act_at_once_ask_once(personal: Carried) -> None:
    said, ready, answers = personal.delivered(to=Receiver.HOUSEHOLD), threading.Barrier(2), list[Verdict]()

    def send() -> None:
        ready.wait()
        answers.append(personal.send(said).verdict)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert answers == [Verdict.KEPT, Verdict.KEPT]
    assert len(personal.cases()) == 1


def test_another_courier_s_envelope_and_one_that_nobody_knows_are_turned_away_alike(carried: Carried) -> None:
    with carried.round.day.service.database.read() as session:
        others = session.scalars(sa.select(Courier.id).where(Courier.id != carried.phone.courier_id)).all()
    unknown = KeptAct(uuid4(), "EE473124829VN", Outcome.FAILED, timedelta(), reason=Reason.ABSENT)

    answers = {carried.send(carried.in_vain(), phone=Phone("minh", other)) for other in others}
    answers.add(carried.send(unknown))

    assert {(answer.verdict, answer.item_id) for answer in answers} == {(Verdict.REFUSED, None)}
    assert len({answer.words for answer in answers}) == 1
    assert (carried.acts(), carried.cases()) == ([], [])


def test_another_courier_takes_nothing_back(carried: Carried) -> None:
    said = carried.in_vain()
    carried.send(said)

    assert carried.send(back(said), phone=Phone("minh", 99)).verdict is Verdict.REFUSED
    assert carried.state() is State.ATTEMPT_FAILED


def test_what_was_this_courier_s_in_the_morning_counts_although_the_routes_were_made_anew(
    service: Service, intake: Intake
) -> None:
    day = Day(own(service), intake)
    day.import_and_place(a_row(1), a_row(2))
    day.plan()
    carried = Carried.of(Round(day))
    with service.database.read() as session:
        batch = find_batch(session, day.batch)
        plan_id, item_id = batch.plan_id or 0, session.scalars(sa.select(Stop.item_id)).first() or 0
        courier = sa.select(Courier).where(Courier.id == carried.phone.courier_id)
        office_id = session.scalars(courier).one().office_id
        other = sa.select(Courier.id).where(Courier.office_id == office_id, Courier.id != carried.phone.courier_id)
        target = session.scalars(other).first() or 0
    made = change(service, day.batch, Author("lan", plan_id), Move(item_id, Spot(target, 1)), NOW)
    with service.database.write() as session:
        publish(session, day.batch, Author("lan", made.id), NOW)
    day.print()
    day.submit()
    day.hand_over()
    moved = next(n for n, sent in enumerate(day.consignments()) if sent.item_id == item_id)

    assert carried.send(carried.delivered(moved)).verdict is Verdict.NOTED
    assert carried.state(moved) is State.DELIVERED


def test_a_label_that_became_void_meanwhile_is_asked_about(carried: Carried) -> None:
    with carried.round.day.service.database.write() as session:
        session.execute(
            sa.update(Consignment).where(Consignment.item_code == carried.codes[0]).values(submission="void")
        )
    code = carried.round.consignment().item_code
    said = KeptAct(uuid4(), code, Outcome.FAILED, timedelta(hours=1), reason=Reason.CLOSED)

    assert carried.send(said).verdict is Verdict.KEPT
    assert [case.facts["in_vain"] for case in carried.cases()] == ["closed"]


def test_a_phone_that_finds_network_in_the_morning_is_heard_and_later_a_person_looks_first(carried: Carried) -> None:
    next_morning, days_later = clock("07:00") + timedelta(days=1), clock("07:00") + timedelta(days=3)

    assert carried.send(carried.in_vain(0, hours=15), next_morning).verdict is Verdict.NOTED
    late = carried.in_vain(1, hours=63)
    assert carried.send(late, days_later).verdict is Verdict.KEPT
    assert carried.send(late, days_later).verdict is Verdict.KEPT
    known = carried.in_vain(2)
    assert [carried.send(known, at).verdict for at in (EVENING, days_later)] == [Verdict.NOTED, Verdict.KNOWN]


def test_a_slip_of_the_finger_is_judged_by_when_it_was_taken_back_and_not_by_when_the_ward_heard(
    carried: Carried,
) -> None:
    said = carried.in_vain(hours=0)
    carried.send(said, clock("10:00"))

    in_time = KeptBack(uuid4(), said.act_id, timedelta(minutes=55))
    assert [carried.send(in_time, clock("11:00")).verdict for _ in range(2)] == [Verdict.NOTED, Verdict.KNOWN]
    assert carried.state() is State.WITH_CARRIER


def test_what_is_taken_back_too_late_is_asked_about_once(carried: Carried) -> None:
    said = carried.in_vain(hours=0)
    carried.send(said, clock("10:00"))

    too_late = KeptBack(uuid4(), said.act_id, timedelta(minutes=45))
    assert [carried.send(too_late, clock("11:00")).verdict for _ in range(2)] == [Verdict.KEPT, Verdict.KEPT]
    assert [case.facts["told"] for case in carried.cases()] == ["taken_back"]
    assert carried.state() is State.ATTEMPT_FAILED


def test_what_is_taken_back_days_later_a_person_looks_at_first(carried: Carried) -> None:
    said = carried.in_vain(hours=0)
    carried.send(said, clock("10:00"))

    days_later = clock("10:05") + timedelta(days=3)
    assert carried.send(KeptBack(uuid4(), said.act_id, timedelta(days=3)), days_later).verdict is Verdict.KEPT
    assert carried.state() is State.ATTEMPT_FAILED


def test_said_and_taken_back_without_network_leaves_both_on_record(carried: Carried) -> None:
    said = carried.in_vain()

    assert carried.send(back(said)).verdict is Verdict.REFUSED
    assert [carried.send(each).verdict for each in (said, back(said))] == [Verdict.NOTED, Verdict.NOTED]

    assert [act.stands for act in carried.acts()] == [False]
    assert carried.state() is State.WITH_CARRIER


def test_what_somebody_else_has_taken_back_already_is_as_the_courier_wants_it(carried: Carried) -> None:
    said = carried.in_vain()
    carried.send(said)
    carried.round.undo(said.act_id, "17:01")

    assert carried.send(back(said)).verdict is Verdict.KNOWN


def test_taking_back_what_could_not_be_noted_settles_its_case(personal: Carried) -> None:
    said = personal.delivered(to=Receiver.HOUSEHOLD)
    mistake = back(said)
    personal.send(said)

    assert [personal.send(mistake).verdict for _ in range(2)] == [Verdict.NOTED, Verdict.KNOWN]
    assert personal.send(said).verdict is Verdict.KEPT
    (case,) = personal.cases()
    assert case.closed_by == "binh"


def test_taking_back_what_the_office_has_decided_about_is_a_question_of_its_own(personal: Carried) -> None:
    said = personal.delivered(to=Receiver.HOUSEHOLD)
    personal.send(said)
    with personal.round.day.service.database.write() as session:
        close_case(session, CaseKind.FROM_PHONE, f"act:{said.act_id}", at=EVENING, by="bode", decision="noted")

    assert personal.send(back(said)).verdict is Verdict.KEPT
    assert [case.closed_at is None for case in personal.cases()] == [False, True]


def test_one_name_for_two_different_acts_counts_for_the_first_only(carried: Carried) -> None:
    said = carried.in_vain(0)
    carried.send(said)
    other = KeptAct(said.act_id, carried.codes[1], Outcome.FAILED, timedelta(), reason=Reason.ABSENT)

    assert carried.send(other).verdict is Verdict.REFUSED
    assert (len(carried.acts()), carried.cases()) == (1, [])


def test_two_phones_with_one_round_lose_nothing_and_a_person_hears_what_does_not_fit(carried: Carried) -> None:
    carried.send(carried.delivered(0, to=Receiver.RECIPIENT))
    carried.send(carried.delivered(0, to=Receiver.HOUSEHOLD))
    carried.round.say(failed("09:00"), by=CLERK, number=1)
    carried.send(carried.delivered(1))

    assert len(carried.acts()) == 4
    with carried.round.day.service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.TWO_RECEIVERS]


@dataclass
class Handset:
    """A phone as it behaves: it keeps each act until that very act is answered, and sends all it keeps in order."""

    waiting: list[KeptAct | KeptBack]
    answers: dict[UUID, Verdict] = field(default_factory=dict)

    def send(self, session: Session, phone: Phone, *, most: int, hears: bool) -> None:
        """One letter; where the answer is lost, the phone knows nothing of what has become of it."""
        answers = [(each, take_from_phone(session, phone, each, EVENING)) for each in self.waiting[:most]]
        if hears:
            self.answers |= {each.act_id: answer.verdict for each, answer in answers}
            self.waiting = [each for each in self.waiting if each.act_id not in self.answers]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carried]:
    """Two envelopes that only the person named may have; each example begins with them and is undone."""
    home: Path = tmp_path_factory.mktemp("bag")
    service = Service.from_settings(Settings(home=home, carrier="own-team", _env_file=None))  # type: ignore[call-arg]
    set_up(service)
    yield Carried.of(Round.begin(service, Intake(service.database, home), 2, Mã_thủ_tục=MARITAL_STATUS))
    service.close()


@st.composite
def days(draw: st.DrawFn, codes: tuple[str, str] = ("first", "second")) -> list[KeptAct | KeptBack]:
    """What one courier says in a day, slips of the finger, forbidden receivers and their corrections included."""
    said: list[KeptAct | KeptBack] = []
    for number in range(draw(st.integers(1, 5))):
        name, age = uuid5(UUID(int=9), str(number)), timedelta(minutes=draw(st.integers(0, 500)))
        receiver = draw(st.sampled_from([None, Receiver.RECIPIENT, Receiver.HOUSEHOLD]))
        code = draw(st.sampled_from(codes))
        if receiver is None:
            said.append(KeptAct(name, code, Outcome.FAILED, age, reason=draw(st.sampled_from(Reason))))
        else:
            said.append(KeptAct(name, code, Outcome.DELIVERED, age, receiver, (Paper.PASSPORT,)))
        if draw(st.booleans()):
            said.append(KeptBack(uuid5(name, "back"), name, age))
    return said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days(), days(), st.randoms(use_true_random=False))
def test_whatever_is_lost_doubled_or_sent_by_two_phones_at_once_ends_with_each_act_exactly_once(
    bag: Carried, one: list[KeptAct | KeptBack], other: list[KeptAct | KeptBack], chance: random.Random
) -> None:
    codes = dict(zip(("first", "second"), bag.codes, strict=True))
    phones = [Handset(_named(said, codes, str(number))) for number, said in enumerate((one, other))]
    everything = [each for phone in phones for each in phone.waiting]
    with bag.round.day.service.database.writing() as session:
        while any(phone.waiting for phone in phones):
            speaker = chance.choice([phone for phone in phones if phone.waiting])
            speaker.send(session, bag.phone, most=chance.randint(1, 4), hears=chance.random() < 0.5)
        again = Handset(list(everything))
        again.send(session, bag.phone, most=len(everything), hears=True)
        _each_counts_once(session, everything, again.answers)
        session.rollback()


def _named(said: list[KeptAct | KeptBack], codes: dict[str, str], phone: str) -> list[KeptAct | KeptBack]:
    """The same of real envelopes, under names that this phone has made."""
    return [
        KeptBack(uuid5(each.act_id, phone), uuid5(each.takes_back, phone), each.age)
        if isinstance(each, KeptBack)
        else KeptAct(
            uuid5(each.act_id, phone),
            codes[each.item_code],
            each.outcome,
            each.age,
            each.receiver,
            each.papers,
            each.reason,
        )
        for each in said
    ]


def _each_counts_once(session: Session, said: list[KeptAct | KeptBack], answers: dict[UUID, Verdict]) -> None:
    acts = {act.act_id: act for act in session.scalars(sa.select(DoorAct))}
    cases = [case.subject for case in session.scalars(sa.select(Case).where(Case.kind == CaseKind.FROM_PHONE))]
    assert len(cases) == len(set(cases))
    taken_back = {str(each.takes_back) for each in said if isinstance(each, KeptBack)}
    for each in said:
        assert answers[each.act_id] in {Verdict.KNOWN, Verdict.KEPT}
        if isinstance(each, KeptAct):
            name = str(each.act_id)
            assert (name in acts) + (f"act:{name}" in cases) == 1
            assert name not in acts or acts[name].stands == (name not in taken_back)
    assert len(acts) + len(cases) == sum(isinstance(each, KeptAct) for each in said)
    for item in session.scalars(sa.select(Item)):
        standing = [act for sent in item.consignments for act in sent.acts if act.stands]
        expected = State.WITH_CARRIER
        if standing:
            is_delivered = any(act.outcome is Outcome.DELIVERED for act in standing)
            expected = State.DELIVERED if is_delivered else State.ATTEMPT_FAILED
        assert item.consignments[-1].journey is expected
