"""A made-up day up to the printed labels: what a bench needs before anything is told to a carrier."""

from datetime import date, datetime

import sqlalchemy as sa

from delivery.database import Database
from delivery.dispatch.batching import batch_due, find_batch
from delivery.dispatch.handover import hand_over
from delivery.dispatch.printing import Asker, print_batch
from delivery.dispatch.submission import request_submission
from delivery.geocoding import geocode
from delivery.intake.importing import import_results
from delivery.intake.table import open_table
from delivery.models import Batch
from delivery.moments import now
from delivery.postage import fee_table
from delivery.sample_day import write_sample_day
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.faults.house import House, plan_by_hand

# Of a sample day's results about a quarter is not for delivery, bad on purpose, or waits for a person's eye.
RESULTS_AN_ITEM = 1.3


def printed_day(settings: Settings, day: date, items: int) -> tuple[Service, list[str]]:
    """About so many envelopes, imported, placed, batched, planned by hand and printed; and the batches' codes."""
    settings.home.mkdir(parents=True, exist_ok=True)
    service = Service(settings, Database.connect(settings.database))
    set_up(service)
    export = settings.home / "results.csv"
    write_sample_day(export, day, count=round(items * RESULTS_AN_ITEM), seed=1)
    import_results(service.database, open_table(export), source="bench", at=now())
    geocode(service.database, now())
    with service.database.write() as session:
        codes = [batch.code for batch in batch_due(session, day, now())]
        for code in codes:
            plan_by_hand(session, find_batch(session, code))
    for code in codes:
        print_batch(service, code, now(), asker=Asker("bench"))
    return service, codes


def ask_for_all(house: House, codes: list[str]) -> None:
    """Press the button for each batch; the house remembers of which envelopes it was asked."""
    fees = fee_table(house.home)
    for code in codes:
        with house.service.database.write() as session:
            batch = find_batch(session, code)
            house.asked += request_submission(session, batch, house.service.settings.carrier, fees)


def hand_all_over(house: House, at: datetime) -> None:
    """Scan every envelope of every batch at the hand-over table."""
    with house.service.database.write() as session:
        for batch in session.scalars(sa.select(Batch)).all():
            scans = [consignment.item_code for item in batch.items for consignment in item.consignments]
            hand_over(session, batch, scans, seal=house.service.seal, at=at)
