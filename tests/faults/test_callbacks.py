"""Faults 11 to 17, 21 and 34: whatever happens to the carrier's reports, what it says is known once and in the end."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.database import database_now
from delivery.models import Callback, CaseKind, Consignment, InboxState, TrackingEvent
from delivery.rules.lifecycle import Event, Fact, State, fold
from delivery.tracking.events import Report, record
from postal_api.webhook import dedupe_key
from tests.delivery.day import HANDED_OVER_AT, receive
from tests.faults.house import ENVELOPES, House
from tests.faults.oracle import assert_sound
from tests.faults.proxy import eventually
from tests.web.test_callbacks import WHERE, Signer

OUT, ENDED, BACK = "12", "14", "19"
A_DAY = (
    Fact.HANDED_OVER, Fact.COLLECTED, Fact.AT_OFFICE, Fact.OUT_FOR_DELIVERY, Fact.ATTEMPT_FAILED, Fact.DELIVERED,
)  # fmt: skip


@pytest.fixture
def on_the_way(house: House) -> House:
    """Four envelopes in the carrier's hands."""
    house.submit_all()
    house.work_until_quiet()
    house.day().hand_over()
    return house


@pytest.fixture
def signer(house: House) -> Signer:
    """A key of the carrier's that we can sign with."""
    folder = house.home / "carrier-keys"
    made = Signer(folder)
    house.with_settings(callback_keys=folder)
    return made


@pytest.fixture
def door(house: House, signer: Signer) -> Iterator[Callable[[bytes], int]]:
    """The real door for callbacks, in a web server's process; says the status that it answers with."""
    assert signer
    house.start("serve")
    url = house.service.settings.web_url
    eventually(lambda: _status_of(f"{url}/readyz") == 200, "the web server's start")
    with httpx.Client(base_url=url, timeout=30) as http:

        def knock(raw: bytes) -> int:
            status = http.post(WHERE, content=raw).status_code
            if status == 200:
                house.acknowledged.append(dedupe_key(raw))
            return status

        yield knock


def _status_of(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.HTTPError:
        return 0


def moment(number: int) -> str:
    return (HANDED_OVER_AT + timedelta(minutes=number)).isoformat()


def kept(house: House) -> int:
    with house.service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Callback)) or 0


def states(house: House) -> list[State]:
    return [c.journey for c in house.consignments()]


@pytest.mark.fault(11)
def test_fifty_copies_at_the_same_moment_are_one_event_and_all_are_thanked_for(
    on_the_way: House, signer: Signer, door: Callable[[bytes], int]
) -> None:
    raw = signer.callback(on_the_way.consignments()[0].item_code, OUT)

    with ThreadPoolExecutor(16) as crowd:
        said = list(crowd.map(door, [raw] * 50))
    on_the_way.work_until_quiet()

    assert set(said) == {200}
    assert kept(on_the_way) == 1
    with on_the_way.service.database.read() as session:
        events = session.scalars(sa.select(TrackingEvent).where(TrackingEvent.source == "callback")).all()
    assert len(events) == 1
    assert_sound(on_the_way)


@pytest.mark.fault(12)
def test_a_day_s_facts_say_the_same_in_every_order() -> None:
    day = [
        Event(fact, HANDED_OVER_AT + timedelta(hours=number), "feed", str(number)) for number, fact in enumerate(A_DAY)
    ]
    found = {fold(order) for order in itertools.permutations(day)}
    twice = {fold((*order, *order[:3])) for order in itertools.permutations(day)}

    assert found == twice == {fold(day)}
    assert fold(day).state is State.DELIVERED


@pytest.mark.fault(12)
def test_six_who_report_at_the_same_moment_leave_the_state_that_all_facts_together_say(on_the_way: House) -> None:
    facts = list(enumerate(A_DAY))
    barrier = threading.Barrier(len(facts))

    def report(about: int, number: int, fact: Fact) -> None:
        barrier.wait()
        with on_the_way.service.database.write() as session:
            told = Report(fact, "feed", str(number), HANDED_OVER_AT + timedelta(hours=number))
            record(session, session.get_one(Consignment, about), told, database_now(session))

    with ThreadPoolExecutor(len(facts)) as crowd:
        for consignment in on_the_way.consignments():
            on_the_way.dice.shuffle(facts)
            told = [crowd.submit(report, consignment.id, number, fact) for number, fact in facts]
            assert [each.result() for each in told] == [None] * len(facts)

    assert set(states(on_the_way)) == {State.DELIVERED}
    assert_sound(on_the_way)


@pytest.mark.fault(13)
def test_a_callback_that_overtakes_our_own_note_of_the_number_waits_for_it(house: House, signer: Signer) -> None:
    """MyVNPost numbers the envelopes itself; the worker dies with the number in its hand."""
    house.with_settings(carrier="myvnpost", worker_threads=1).submit_all()
    house.dies(house.worker(failpoint="before_commit"))
    (number,) = house.post.ledger()

    assert receive(house.service, signer.callback(number, OUT), HANDED_OVER_AT)
    house.work()
    with house.service.database.read() as session:
        assert session.scalars(sa.select(Callback.state)).all() == [InboxState.PARKED]
    house.time_passes()
    house.work_until_quiet()

    (about,) = [c for c in house.consignments() if c.item_code == number]
    assert about.journey is State.OUT_FOR_DELIVERY
    assert_sound(house)


@pytest.mark.fault(14)
def test_a_callback_a_month_late_lengthens_the_history_and_moves_nothing(on_the_way: House, signer: Signer) -> None:
    (first, *_others) = on_the_way.consignments()
    with on_the_way.service.database.write() as session:
        consignment = session.get_one(Consignment, first.id)
        ended = Report(Fact.DELIVERED, "feed", "end", HANDED_OVER_AT + timedelta(hours=3))
        record(session, consignment, ended, database_now(session))

    receive(on_the_way.service, signer.callback(first.item_code, OUT, moment(60)), HANDED_OVER_AT + timedelta(days=30))
    on_the_way.work_until_quiet()

    assert on_the_way.consignments()[0].journey is State.DELIVERED
    with on_the_way.service.database.read() as session:
        assert open_cases(session) == []
        assert Fact.OUT_FOR_DELIVERY in set(session.scalars(sa.select(TrackingEvent.fact)))
    assert_sound(on_the_way)


@pytest.mark.fault(34)
def test_what_contradicts_an_end_opens_a_case_and_the_end_stays(on_the_way: House, signer: Signer) -> None:
    (first, *_others) = on_the_way.consignments()
    with on_the_way.service.database.write() as session:
        ended = Report(Fact.DELIVERED, "feed", "end", HANDED_OVER_AT + timedelta(hours=3))
        record(session, session.get_one(Consignment, first.id), ended, database_now(session))

    late = signer.callback(first.item_code, OUT, moment(60 * 24 * 30))
    receive(on_the_way.service, late, HANDED_OVER_AT + timedelta(days=31))
    on_the_way.work_until_quiet()

    assert on_the_way.consignments()[0].journey is State.DELIVERED
    with on_the_way.service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.CONTRADICTION]
    assert_sound(on_the_way)


@pytest.mark.fault(15)
def test_what_the_carrier_did_not_sign_leaves_no_trace(
    on_the_way: House, signer: Signer, door: Callable[[bytes], int]
) -> None:
    code, other = (c.item_code for c in on_the_way.consignments()[:2])
    genuine = signer.callback(code, OUT)
    stranger = Signer(on_the_way.home / "another-tenant")
    forgeries = (
        stranger.callback(code, ENDED),
        genuine.replace(code.encode(), other.encode()),
        genuine.replace(b"2026-11-25T09", b"2026-11-26T09"),
        genuine.replace(b'"signature": "', b'"signature": "A'),
    )

    assert {door(forged) for forged in forgeries} <= {400, 401}
    assert kept(on_the_way) == 0
    assert door(genuine) == 200
    assert kept(on_the_way) == 1
    assert_sound(on_the_way)


@pytest.mark.fault(16)
def test_a_flood_of_forgeries_keeps_no_genuine_callback_out_and_fills_no_disk(
    on_the_way: House, signer: Signer, door: Callable[[bytes], int]
) -> None:
    """A small flood, for what must hold; how much of it the house bears is a figure in benchmarks."""
    stranger = Signer(on_the_way.home / "another-tenant")
    (first, *_others) = on_the_way.consignments()
    forged = [stranger.callback(first.item_code, ENDED, moment(number)) for number in range(180)]
    genuine = [signer.callback(c.item_code, OUT, moment(n)) for n in range(5) for c in on_the_way.consignments()]
    letters = [*forged, *genuine]
    on_the_way.dice.shuffle(letters)

    with ThreadPoolExecutor(16) as crowd:
        page = crowd.submit(_status_of, f"{on_the_way.service.settings.web_url}/tra-cuu")
        said = list(crowd.map(door, letters))

    assert said.count(200) == len(genuine)
    assert said.count(401) == len(forged)
    assert page.result() == 200
    assert kept(on_the_way) == len(genuine)
    on_the_way.work_until_quiet()
    assert_sound(on_the_way)


@pytest.mark.fault(17)
def test_the_carrier_changes_its_key_while_callbacks_come_in(
    on_the_way: House, signer: Signer, door: Callable[[bytes], int]
) -> None:
    code = on_the_way.consignments()[0].item_code
    assert door(signer.callback(code, OUT, moment(0))) == 200
    folder = on_the_way.home / "carrier-keys"
    (folder / "public.pem").rename(folder / "old.pem")
    following = Signer(folder)
    half_copied = (folder / "public.pem").read_bytes()[:200]
    (folder / "half-copied.pem").write_bytes(half_copied)

    assert door(signer.callback(code, OUT, moment(1))) == 200
    assert door(following.callback(code, OUT, moment(2))) == 200
    on_the_way.work_until_quiet()
    (folder / "old.pem").unlink()

    assert door(signer.callback(code, OUT, moment(3))) == 401
    assert door(following.callback(code, OUT, moment(4))) == 200
    on_the_way.work_until_quiet()
    assert_sound(on_the_way)


@pytest.mark.fault(21)
def test_when_no_callback_ever_comes_the_feed_tells_all(on_the_way: House) -> None:
    on_the_way.post.habits(no_callbacks=1)
    on_the_way.post.collect([c.item_code for c in on_the_way.consignments()], HANDED_OVER_AT)
    on_the_way.post.play_the_day()

    on_the_way.day().poll()

    posts = on_the_way.post.ledger()
    ends = {"delivered", "returned"}
    assert len(posts) == ENVELOPES
    assert all(
        c.journey.value == posts[c.item_code]["state"]
        for c in on_the_way.consignments()
        if posts[c.item_code]["state"] in ends
    )
    assert kept(on_the_way) == 0
    assert_sound(on_the_way)


@pytest.mark.fault(32)
def test_a_code_that_no_table_explains_is_kept_and_asked_about(on_the_way: House, signer: Signer) -> None:
    code = on_the_way.consignments()[0].item_code
    before = states(on_the_way)

    receive(on_the_way.service, signer.callback(code, "777"), datetime.fromisoformat(moment(1)))
    on_the_way.work_until_quiet()

    assert states(on_the_way) == before
    with on_the_way.service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.UNKNOWN_CODE]
    assert_sound(on_the_way)
