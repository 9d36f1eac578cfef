"""Facts in any order, transactions that overlap, receivers with any habits: who folds ends at what is true."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.models import Consignment, Item, Notice, NoticeChange, NoticeSending, TrackingEvent
from delivery.moments import now
from delivery.rules.lifecycle import Fact
from delivery.rules.notices import Told as Said
from delivery.rules.standing import Subject
from delivery.standing import standings_of
from delivery.tracking.events import Report, record, refold
from tests.messages.test_any_order import lives
from tests.notices.conftest import Told, a_service, an_endpoint
from tests.notices.receiver import Receiver, running_receiver

SUBJECT = Subject("H26.41.118-261120-0001", 1)
HABITS = ("204", "204", "500", "404", "lost", "patience", "next door", "forgets")


@dataclass
class Wait:
    """One envelope with a post, and the one-stop system that hears of it."""

    told: Told
    receiver: Receiver

    def begin(self) -> None:
        """Nothing has happened yet but the hand-over, and nothing has been said."""
        with self.told.service.database.write() as session:
            for table in (NoticeSending, Notice, NoticeChange):
                session.execute(sa.delete(table))
            session.execute(sa.delete(TrackingEvent).where(TrackingEvent.source == "feed"))
            session.scalars(sa.select(Item)).one().recalled_at = None
            refold(session, session.scalars(sa.select(Consignment)).one(), now())
        self.receiver.habits.clear()
        self.receiver.books.results.clear()

    def send(self, habit: str) -> None:
        """A worker's turn at a receiver with that habit; one that forgets says that it took in what it did not."""
        kept = dict(self.receiver.results)
        if habit not in {"204", "forgets"}:
            self.receiver.habits.append(habit)
        self.told.notices()
        self.receiver.habits.clear()
        if habit == "forgets":
            self.receiver.results.clear()
            self.receiver.results.update(kept)


@pytest.fixture(scope="module")
def wait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wait]:
    folder: Path = tmp_path_factory.mktemp("wait")
    with running_receiver() as receiver:
        service = a_service(folder / "home")
        an_endpoint(service, receiver)
        told = Told.waits(service, folder)
        told.with_the_post()
        yield Wait(told, receiver)
        service.close()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    lives(), st.lists(st.sampled_from(HABITS), min_size=15, max_size=15),
    st.lists(st.booleans(), min_size=15, max_size=15), st.randoms(use_true_random=False),
)  # fmt: skip
def test_who_folds_by_name_and_number_ends_at_what_is_true(
    wait: Wait, facts: list[tuple[Fact, int, str, str]], habits: list[str], recalls: list[bool], chance: random.Random
) -> None:
    wait.begin()
    heard = [*facts, *chance.sample(facts, k=len(facts) // 2)]
    chance.shuffle(heard)
    at = now()
    for (fact, ago, name, takes_back), habit, recalled in zip(heard, habits, recalls, strict=False):
        with wait.told.service.database.write() as session:
            report = Report(fact, "feed", name, at - timedelta(minutes=ago), takes_back=takes_back)
            record(session, session.scalars(sa.select(Consignment)).one(), report, at)
            session.scalars(sa.select(Item)).one().recalled_at = at if recalled else None
        wait.send(habit)
    wait.told.notices(2)

    with wait.told.service.database.read() as session:
        true = Said.of(standings_of(session, [SUBJECT])[SUBJECT]).as_data()
        notices = session.scalars(sa.select(Notice).where(Notice.dossier_code.is_not(None)).order_by(Notice.id)).all()
    assert [one.sequence for one in notices] == list(range(1, len(notices) + 1))
    last = wait.receiver.results.get(SUBJECT)
    if last is not None and last["sequence"] == len(notices):
        assert {name: last[name] for name in true} == true
    # A receiver that forgot what it had acknowledged is told again when somebody asks for it, and then knows as well.
    wait.told.replay_all()
    wait.receiver.books.seen.clear()
    wait.told.notices()
    last = wait.receiver.results[SUBJECT]
    assert {name: last[name] for name in true} == true
    assert wait.receiver.forged == 0


def test_what_a_slow_transaction_noted_too_early_is_not_the_last_word(wait: Wait) -> None:
    """Somebody read before another committed, and committed after it: the books, read at last, are right."""
    wait.begin()
    wait.told.notices()
    with wait.told.service.database.write() as session:
        before = Said.of(standings_of(session, [SUBJECT])[SUBJECT]).as_data()
    wait.told.hears(Fact.DELIVERED, timedelta(minutes=5), name="den")
    with wait.told.service.database.write() as session:
        late = {"dossier_code": SUBJECT.dossier_code, "copy_no": 1, "told": before, "noted_at": now()}
        session.execute(sa.insert(NoticeChange), [late])
    wait.told.notices()

    assert wait.receiver.results[SUBJECT]["stage"] == "delivered"
