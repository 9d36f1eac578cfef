"""Faults 1 to 10, 24, 31: whatever dies, freezes or lies while an envelope is told to the carrier, it has it once."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.database import database_now
from delivery.dispatch.doubt import MISSED
from delivery.jobs.work import MOST_TRIES
from delivery.models import CaseKind, Job, JobState, Submission, SubmitTry
from postal_api.sandbox.habits import RETRY_AFTER_SECONDS
from tests.faults.conftest import SEEDS
from tests.faults.house import ENVELOPES, House
from tests.faults.oracle import assert_sound
from tests.faults.proxy import Fault, Proxy, bad_line, eventually

# The sandbox's own interface knows an order again by its reference; MyVNPost's takes a repetition for a new order and
# can only be asked. Where many seeds are tried, each is tried in both kinds of houses.
PAIRS = [("embedded", "sandbox"), ("embedded", "myvnpost"), ("production", "myvnpost"), ("production", "sandbox")]
CREATES = b"/CreateOrder"
# Whoever is frozen in the middle of a sweep also holds SQLite's lock, which is another story.
SLOW_SWEEP = {"worker_threads": 1, "sweep_seconds": 2.0}


@pytest.fixture(params=PAIRS[: 3 if SEEDS == 1 else 4], ids="-".join)
def told(request: pytest.FixtureRequest, seed: int) -> House:
    """A house of one kind that works with one of the carriers."""
    assert seed >= 0
    kind, carrier = request.param
    house: House = request.getfixturevalue(kind)
    return house.with_settings(carrier=carrier)


@pytest.fixture
def line(told: House) -> Iterator[Proxy]:
    """The line to the carrier, on which orders can meet with harm."""
    asks_first = told.service.settings.carrier == "myvnpost"
    with bad_line(told.post.port, CREATES if asks_first else b"/order/post") as proxy:
        told.with_settings(sandbox_port=proxy.port)
        yield proxy


def sent(house: House) -> int:
    return len(house.post.orders())


@pytest.mark.fault(1)
def test_a_worker_killed_between_intention_and_sending_is_followed_by_one_who_sends_once(told: House) -> None:
    time = told.dice.randint(1, ENVELOPES)
    told.submit_all()
    told.dies(told.worker(failpoint=f"after_intent:{time}"))
    assert sent(told) < ENVELOPES

    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(2)
def test_a_worker_killed_between_sending_and_writing_down_has_sent_and_nobody_sends_again(told: House) -> None:
    time = told.dice.randint(1, ENVELOPES)
    told.submit_all()
    told.dies(told.worker(failpoint=f"after_send:{time}"))
    assert told.is_in_doubt()

    told.time_passes()
    told.work_until_quiet()

    assert told.all_accepted()
    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(3)
def test_an_answer_lost_on_the_line_doubles_nothing(told: House, line: Proxy) -> None:
    line.fault = Fault.LOSE_REPLY
    told.submit_all()
    told.work()
    assert line.hits
    assert told.is_in_doubt()

    line.fault = Fault.NONE
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(3)
def test_an_order_lost_on_the_line_is_sent_in_the_end(told: House, line: Proxy) -> None:
    line.fault = Fault.LOSE_REQUEST
    told.submit_all()
    told.work()
    assert sent(told) == 0

    line.fault = Fault.NONE
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(4)
def test_a_worker_frozen_past_its_lease_wakes_up_and_nothing_is_sent_twice(told: House) -> None:
    """It freezes right before it sends, and sends when everybody has long given it up."""
    time = told.dice.randint(1, ENVELOPES)
    told.with_settings(**SLOW_SWEEP).submit_all()
    worker = told.worker(failpoint=f"after_intent:{time}:freeze")
    told.freezes(worker)

    for _ in range(MOST_TRIES + 1):
        told.hours_pass()
        told.work()
    assert sent(told) == ENVELOPES - 1
    with told.service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.CARRIER_SILENT]

    told.thaw(worker)
    eventually(told.all_accepted, "the frozen worker's order")
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(4)
def test_a_frozen_worker_that_is_killed_makes_way_at_once(told: House) -> None:
    told.with_settings(**SLOW_SWEEP).submit_all()
    worker = told.worker(failpoint="after_intent:1:freeze")
    told.freezes(worker)
    told.hours_pass()
    told.work()
    assert sent(told) == ENVELOPES - 1

    told.kill(worker)
    for _ in range(3):
        told.hours_pass()
        told.work()

    assert sent(told) == ENVELOPES
    assert told.all_accepted()
    assert_sound(told)


@pytest.mark.fault(5)
def test_a_carrier_that_asks_for_patience_is_not_asked_before(told: House) -> None:
    told.post.habits(throttle=1)
    told.submit_all()
    with told.service.database.read() as session:
        began = database_now(session)
    told.work()
    assert sent(told) == 0
    assert not told.is_in_doubt()

    told.post.habits()
    with told.service.database.read() as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == "submit")).all()
        # One was told; the others did not even ask, unless a slow machine has let the time pass for which it was asked.
        patience = timedelta(seconds=RETRY_AFTER_SECONDS)
        assert 1 <= sum(bool(job.last_error) for job in jobs) <= 1 + (database_now(session) - began) // patience
        assert min(job.next_at for job in jobs) >= began + patience
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(6)
def test_a_carrier_that_is_closed_for_a_day_finds_every_envelope_waiting(told: House) -> None:
    told.post.habits(closed=1)
    told.submit_all()
    for _ in range(2 * MOST_TRIES):
        told.time_passes()
        told.work()
    assert sent(told) == 0
    with told.service.database.read() as session:
        assert {case.kind for case in open_cases(session)} == {CaseKind.CARRIER_SILENT}

    told.post.habits()
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    with told.service.database.read() as session:
        assert open_cases(session) == []
    assert_sound(told)


@pytest.mark.fault(7)
def test_an_answer_that_trickles_holds_nobody_beyond_the_deadline(told: House, line: Proxy) -> None:
    line.fault = Fault.TRICKLE
    told.submit_all()
    told.work(most=1)
    assert told.is_in_doubt()

    line.fault = Fault.NONE
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(8)
@pytest.mark.parametrize("habit", ["garbage", "huge"])
def test_an_answer_that_is_none_is_not_taken_for_one_and_stands_in_no_log(
    told: House, habit: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told.post.habits(**{habit: 1})
    told.submit_all()
    told.work()
    # Whoever cannot even sign in has sent nothing; whoever could is in doubt.
    assert not told.all_accepted()

    told.post.habits()
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)
    assert "Bao tri he thong" not in "".join(capfd.readouterr())


@pytest.mark.fault(9)
def test_a_look_up_that_lags_behind_does_not_make_a_second_order(told: House, line: Proxy) -> None:
    """The sandbox post shows an order two seconds late; the house waits three."""
    told.with_settings(carrier_settle_seconds=3)
    told.post.habits(lagging_lookup=1)
    line.fault = Fault.LOSE_REPLY
    told.submit_all()
    told.work()

    line.fault = Fault.NONE
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(10)
def test_an_answer_with_another_envelope_s_number_is_put_right_by_the_look_up(told: House) -> None:
    told.post.habits(wrong_ids=1, lost_replies=0.3)
    told.submit_all()
    told.work()

    told.post.habits()
    for _ in range(3):
        told.time_passes()
        told.work_until_quiet()

    numbers = {str(order["orderNumber"]).partition("#")[0]: order["itemCode"] for order in told.post.orders()}
    assert {c.reference: c.item_code for c in told.consignments()} == numbers
    assert_sound(told)


@pytest.mark.fault(10)
def test_a_number_that_was_told_to_the_wrong_one_comes_back_to_its_owner(told: House, line: Proxy) -> None:
    """The first order's answer is lost; the second is answered with the first one's number, which nobody here knows."""
    line.fault = Fault.LOSE_REPLY
    told.submit_all()
    told.work(most=1)
    line.fault = Fault.NONE
    told.post.habits(wrong_ids=1)
    told.work(most=1)

    told.post.habits()
    for _ in range(2):
        told.time_passes()
        told.work_until_quiet()

    numbers = {str(order["orderNumber"]): order["itemCode"] for order in told.post.orders()}
    assert {c.reference: c.item_code for c in told.consignments()} == numbers
    assert told.all_accepted()
    assert_sound(told)


@pytest.mark.fault(24)
def test_two_dispatchers_press_the_button_at_the_same_moment(told: House) -> None:
    told.before_printing()
    assert told.service.carrier.capabilities.networked
    barrier, wrong = threading.Barrier(2), []

    def press() -> None:
        barrier.wait()
        try:
            told.submit_all()
        except Exception as error:  # noqa: BLE001  the other thread's failure must reach the test
            wrong.append(error)

    _together(press, press)
    assert wrong == []
    _together(told.work, told.work)
    told.work_until_quiet()

    assert sent(told) == ENVELOPES
    assert_sound(told)


@pytest.mark.fault(31)
def test_an_order_that_kills_every_worker_is_put_aside_and_the_others_flow(told: House) -> None:
    """The workers are not stopped: each dies with the job in its hand."""
    told.submit_all()
    poison = told.dice.choice(told.asked)
    with told.service.database.write() as session:
        job = session.scalars(sa.select(Job).where(Job.kind == "submit", Job.key == poison)).one()
        # As MOST_TRIES workers leave it that were never heard of again; test_jobs walks through each of them.
        job.state, job.lease_owner, job.crashes, job.lease_until = JobState.LEASED, "dead", MOST_TRIES - 1, job.next_at
    told.time_passes()
    told.work_until_quiet()

    assert sent(told) == ENVELOPES - 1
    with told.service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.STUCK_JOB]
        assert session.scalars(sa.select(Job.state).where(Job.key == poison, Job.kind == "submit")).one() == "parked"
    assert_sound(told)


@pytest.mark.fault(1)
def test_a_worker_that_dies_at_its_first_job_again_and_again_stops_nobody(told: House) -> None:
    told.submit_all()
    told.dies(told.worker(failpoint="after_claim"))

    told.time_passes()
    told.work_until_quiet()

    assert told.all_accepted()
    assert_sound(told)


@pytest.mark.fault(9)
def test_only_who_was_not_there_for_the_whole_settle_time_is_sent_again(told: House, line: Proxy) -> None:
    told.with_settings(carrier_settle_seconds=600)
    line.fault = Fault.LOSE_REQUEST
    told.submit_all()
    told.work()
    line.fault = Fault.NONE

    for _ in range(4):
        told.time_passes()
        told.work()

    if told.service.settings.carrier == "myvnpost":
        assert sent(told) == 0
        with told.service.database.read() as session:
            assert set(session.scalars(sa.select(SubmitTry.outcome))) == {MISSED}
    else:
        assert sent(told) == ENVELOPES
    assert {c.submission for c in told.consignments()} <= {Submission.IN_DOUBT, Submission.ACCEPTED}
    assert_sound(told)


def _together(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
