"""A day of the ward's own team: envelopes in a courier's bag, and what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from delivery.models import Channel, Consignment
from delivery.moments import VIETNAM
from delivery.rules.doorstep import Outcome, Paper, Reason, Receiver
from delivery.tracking.doorstep import Said, Teller, record_act, take_back
from delivery.wiring import Service
from tests.delivery.conftest import DAY, Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row

BINH, CLERK = Teller("binh", Channel.PHONE), Teller("bode", Channel.COUNTER)
SUPERVISOR = Teller("giamsat", Channel.COUNTER, supervises=True)
CARD = (Paper.IDENTITY_CARD,)


def own(service: Service) -> Service:
    """The same service where the ward's own team carries."""
    return Service(service.settings.model_copy(update={"carrier": "own-team"}), service.database)


def clock(text: str) -> datetime:
    """That time of the day of the round."""
    return datetime.combine(DAY, datetime.strptime(text, "%H:%M").time(), VIETNAM)  # noqa: DTZ007


@dataclass
class Round:
    """Envelopes of one day in the bag of the own team, by their number."""

    day: Day

    @classmethod
    def begin(
        cls, service: Service, intake: Intake, count: int = 3, *, left_on_the_table: int = 0, **changes: str
    ) -> "Round":
        """Import `count` rows with these `changes` and bring them as far as the courier's bag."""
        day = Day(own(service), intake)
        day.import_and_place(*(a_row(number, **changes) for number in range(1, count + 1)))
        day.plan()
        day.print()
        day.submit()
        assert len(day.hand_over(day.item_codes()[left_on_the_table:]).accepted) == count - left_on_the_table
        return cls(day)

    def consignment(self, number: int = 0) -> Consignment:
        return self.day.consignments()[number]

    def say(self, said: Said, by: Teller = BINH, number: int = 0, at: str = "") -> bool:
        with self.day.service.database.write() as session:
            return record_act(session, self.consignment(number).id, said, by, clock(at) if at else said.occurred_at)

    def undo(self, act_id: UUID, at: str, by: Teller = BINH, back_id: UUID | None = None) -> bool:
        with self.day.service.database.write() as session:
            return take_back(session, act_id, back_id or uuid4(), by, clock(at))


def delivered(
    at: str = "10:00", to: Receiver = Receiver.RECIPIENT, papers: Sequence[Paper] = CARD, act_id: UUID | None = None
) -> Said:
    return Said(act_id or uuid4(), Outcome.DELIVERED, clock(at), to, tuple(papers))


def failed(at: str = "10:00", why: Reason = Reason.ABSENT, act_id: UUID | None = None) -> Said:
    return Said(act_id or uuid4(), Outcome.FAILED, clock(at), reason=why)


def back(at: str = "17:00") -> Said:
    return Said(uuid4(), Outcome.BACK, clock(at))
