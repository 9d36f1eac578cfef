"""Who works with the archive today: accounts, couriers and their rounds, a machine, a carrier's reports."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import batch_due
from delivery.dispatch.consignments import consign
from delivery.machines.clients import MOST_RATE, Scope, add_client
from delivery.models import Batch, Consignment, Item, Office, Plan, PlanState, Result, Role, Route, Stop, Submission
from delivery.moments import local, now
from delivery.postage import fee_table
from delivery.rules.doorstep import OWN_TEAM
from delivery.rules.lifecycle import Fact, State
from delivery.tracking.events import Heard, Report, record_all
from delivery.wiring import Service
from tests.web.conftest import PASSWORD
from tests.web.test_callbacks import Signer
from web.people import add_staff

# What the post says of an envelope that is on its way; no end of a journey, so that there is always more to say.
ON_THE_WAY = ("10", "12", "13")
MINUTES_A_DOOR = 6
KNOWN_FOR = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who logs in at a ward's desk, or for all of them."""

    username: str
    supervises: bool


def enter_clerks(service: Service, clerks: int, supervisors: int) -> list[Clerk]:
    """Accounts of clerks, one a ward, and of supervisors; the password is that of the tests."""
    with service.database.write() as session:
        offices = session.scalars(sa.select(Office.code).order_by(Office.code).limit(clerks)).all()
        for number, code in enumerate(offices):
            add_staff(session, f"canbo{number}", f"Cán bộ {number}", Role.CLERK, code, PASSWORD)
        for number in range(supervisors):
            add_staff(session, f"giamsat{number}", f"Giám sát {number}", Role.SUPERVISOR, None, PASSWORD)
    named = [Clerk(f"giamsat{number}", supervises=True) for number in range(supervisors)]
    return [*named, *(Clerk(f"canbo{number}", supervises=False) for number in range(len(offices)))]


def send_couriers_out(service: Service, couriers: int) -> list[str]:
    """So many wards' own teams have what was waiting in their bags; the user names of who carries it."""
    fees, at = fee_table(service.settings.home), now()
    with service.database.write() as session:
        offices = session.scalars(sa.select(Office).order_by(Office.code).limit(couriers)).all()
        batches = batch_due(session, local(at).date(), at, [office.id for office in offices])
        for batch in batches:
            _plan(session, batch)
            made = [consign(session, item, OWN_TEAM, fees) for item in batch.items]
            for sent in made:
                sent.submission, sent.accepted_at, sent.handed_over_in = Submission.ACCEPTED, at, batch.id
            told = Report(Fact.HANDED_OVER, "ward", "hand-over", at - timedelta(minutes=5))
            record_all(session, [Heard(sent, told, at) for sent in made])
        for number, batch in enumerate(batches):
            who = batch.office.couriers[0].code
            add_staff(session, f"nguoiphat{number}", who, Role.COURIER, None, PASSWORD, courier_code=who)
    return [f"nguoiphat{number}" for number in range(len(batches))]


def _plan(session: Session, batch: Batch) -> None:
    """One round with all of it, in the order of the numbers: where it leads is not what is measured here."""
    first, minute = 8 * 3600, 60
    plan = Plan(day=batch.day, batches={"ids": [batch.id]}, seconds=0, state=PlanState.DONE, created_at=now())
    ends = first + len(batch.items) * MINUTES_A_DOOR * minute
    route = Route(
        courier=batch.office.couriers[0], code="1", leave=first, back=ends, distance=9_000, driving=ends - first
    )
    for position, item in enumerate(batch.items, start=1):
        at = first + position * MINUTES_A_DOOR * minute
        route.stops.append(Stop(item=item, position=position, arrival=at, start=at, departure=at + 2 * minute))
    plan.routes.append(route)
    session.add(plan)
    session.flush()
    batch.plan_id = plan.id


def enter_machine(service: Service) -> str:
    """The key of a one-stop system that may read."""
    with service.database.write() as session:
        may = [Scope.READ_RESULTS, Scope.READ_BATCHES]
        return add_client(session, "bench", may, None, now(), per_minute=MOST_RATE)[1]


def known_envelopes(service: Service, count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Codes and proving digits of so many citizens' envelopes, out of the last weeks.

    Of older ones a worker erases the telephone in the first night that it sees; then nobody can prove them any more.
    """
    lately = now().date() - KNOWN_FOR
    with service.database.read() as session:
        wanted = sa.select(Item.tracking_code, Result).join(Result, Result.item_id == Item.id)
        found = session.execute(wanted.where(Result.result_date >= lately).order_by(Item.id)).all()
        for code, result in random.Random(seed).sample(found, min(count, len(found))):
            yield {"code": code, "digits": result.phone[-3:]}


def reports(service: Service, signer: Signer, count: int) -> Iterator[str]:
    """So many reports of the carrier, each signed and none like another, about what is on its way."""
    with service.database.read() as session:
        on_the_way = sa.select(Consignment.item_code).where(
            Consignment.journey == State.OUT_FOR_DELIVERY, Consignment.carrier != OWN_TEAM
        )
        codes = session.scalars(on_the_way.order_by(Consignment.id)).all()
    began = now() - timedelta(hours=12)
    for number in range(count):
        sent = began + timedelta(seconds=number)
        status = ON_THE_WAY[number // len(codes) % len(ON_THE_WAY)]
        yield signer.callback(codes[number % len(codes)], status, sent.isoformat()).decode()
