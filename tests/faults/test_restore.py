"""The restore drill: yesterday's backup comes back, is reconciled with the carrier, nothing is sent again."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from delivery.backup.afterwards import doubt_everything
from delivery.backup.envelope import Lock, Opener, new_identity
from delivery.backup.making import make_backup
from delivery.backup.restoring import check_backup, restore_backup
from delivery.dispatch.numbers import take_number
from delivery.models import Label, Message, Result
from delivery.rules.codes import qr_payload
from delivery.rules.lifecycle import State
from delivery.rules.messages import MessageState, Occasion
from delivery.tracking.closing import close_day
from tests.conftest import need
from tests.delivery.conftest import DAY
from tests.delivery.day import HANDED_OVER_AT
from tests.faults.house import ENVELOPES, House
from tests.faults.oracle import assert_sound

SECRET, PUBLIC = new_identity()
ENDS = {State.DELIVERED.value, State.RETURNED.value}


def lose_everything(house: House) -> None:
    """The disk is gone; what was kept apart, as the manual says, are the backup and the keys."""
    house.service.close()
    keys = house.home.with_name("keys-kept-apart")
    shutil.copytree(house.service.settings.keys, keys)
    for entry in house.home.iterdir():
        if entry.name == "sandbox":
            continue  # the post is another's house
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.copytree(keys, house.service.settings.keys)
    if not house.service.settings.database_url:
        return
    with psycopg.connect(house.service.settings.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def scan_everything(house: House) -> None:
    """The hand-over table: each label by its QR code, which also tells which print of the label it is."""
    seal = house.service.seal
    with house.service.database.read() as session:
        labels = session.scalars(
            sa.select(Label).where(Label.voided_at.is_(None)).options(joinedload(Label.consignment))
        )
        scans = [qr_payload(label.consignment.reference, label.version, seal) for label in labels]
    assert len(house.day().hand_over(scans).accepted) == ENVELOPES


@pytest.mark.fault(30)
@pytest.mark.parametrize(("kind", "carrier"), [("embedded", "myvnpost"), ("production", "sandbox")])
def test_after_last_night_s_backup_the_carrier_s_feed_tells_the_rest_and_nothing_goes_out_twice(
    kind: str, carrier: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "production":
        need(shutil.which("pg_dump") is not None, "pg_dump, of PostgreSQL's client programs,")
    house: House = request.getfixturevalue(kind)
    house.with_settings(carrier=carrier)
    backup = make_backup(house.service, tmp_path / "yesterday.tnb", Lock(PUBLIC), datetime.now(UTC)).file
    house.submit_all()
    house.work_until_quiet()
    house.day().print("this carrier numbers the envelopes itself")
    scan_everything(house)
    house.post.collect([c.item_code for c in house.consignments()], HANDED_OVER_AT)
    house.post.play_the_day()

    lose_everything(house)
    assert check_backup(backup, Opener(SECRET), house.service.settings).totals.rows["item"] == ENVELOPES
    restore_backup(backup, Opener(SECRET), house.service.settings)
    house.moved()
    with house.service.database.write() as session:
        assert doubt_everything(session, datetime.now(UTC)).orders == ENVELOPES
    house.submit_all()
    house.work_until_quiet()
    house.day().print("this carrier numbers the envelopes itself")
    scan_everything(house)
    house.day().poll()

    posts = house.post.ledger()
    assert len(posts) == ENVELOPES
    # Who knows a repetition is told it again and takes it for the first; who can be asked is asked.
    assert {order["received"] for order in posts.values()} == {2 if carrier == "sandbox" else 1}
    ours = {c.item_code: c.journey.value for c in house.consignments()}
    assert ours.keys() == posts.keys()
    assert all(ours[code] == order["state"] for code, order in posts.items() if order["state"] in ENDS)
    with house.service.database.read() as session:
        balance = close_day(session, DAY)
    assert balance.handed_over == balance.delivered + balance.returned + balance.still_out == ENVELOPES
    assert_sound(house)


def test_what_the_restored_books_take_for_free_or_untold_is_neither(embedded: House, tmp_path: Path) -> None:
    house = embedded
    with house.service.database.write() as session:
        result = session.scalars(sa.select(Result.id).order_by(Result.id)).first()
        moments = dict.fromkeys(("happened_at", "created_at", "due_at", "worth_until"), HANDED_OVER_AT)
        session.add(Message(result_id=result, occasion=Occasion.UNDER_WAY, about="1", **moments))
    backup = make_backup(house.service, tmp_path / "yesterday.tnb", Lock(PUBLIC), datetime.now(UTC)).file
    with house.service.database.write() as session:
        used = {take_number(session) for _ in range(ENVELOPES)}

    lose_everything(house)
    restore_backup(backup, Opener(SECRET), house.service.settings)
    house.moved()
    with house.service.database.write() as session:
        doubts = doubt_everything(session, datetime.now(UTC))
        after = take_number(session)

    assert doubts.numbers >= ENVELOPES
    assert after not in used
    with house.service.database.read() as session:
        assert session.scalars(sa.select(Message.state)).all() == [MessageState.IN_DOUBT]
