"""What the carrier reports reaches our books whatever order, repetition, loss or forgery happens on the way."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from delivery.models import Callback, Consignment, InboxState, TrackingEvent
from delivery.rules.lifecycle import State
from delivery.tracking.closing import close_day
from delivery.tracking.events import refold
from delivery.tracking.following import find_items, public_view
from delivery.wiring import Service
from postal_api.errors import MalformedCallback, NotAuthentic
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import HANDED_OVER_AT, Day, receive
from tests.delivery.post import Post, running_post

SENT = "25/11/2026 09:30:00"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path / "home" / "sandbox", "--speed", "20000") as started:
        yield started


@pytest.fixture
def day(service: Service, intake: Intake, post: Post) -> Day:
    """Eight envelopes in the carrier's hands; clocks of all ages are believed."""
    settings = service.settings.model_copy(update={"ngsp_url": post.url, "clock_skew_seconds": 10**9})
    on_the_way = Day(Service(settings, service.database), intake).prepare(8)
    on_the_way.submit()
    on_the_way.hand_over()
    return on_the_way


@pytest.fixture
def key(day: Day) -> rsa.RSAPrivateKey:
    """A key of the carrier's that we can sign with: its public half lies where keys are looked for."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    folder = day.service.settings.home / "carrier-keys"
    folder.mkdir()
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "carrier.pem").write_bytes(public)
    day.service = Service(day.service.settings.model_copy(update={"callback_keys": folder}), day.service.database)
    return made


def callback(key: rsa.RSAPrivateKey, item_code: str, status: str, *others: str) -> bytes:
    """A callback as the carrier sends it; only the first record is signed."""
    signature = key.sign(f"MYVNP{SENT}{item_code}{status}".encode(), padding.PKCS1v15(), hashes.SHA256())
    records = [{"itemCode": code, "status": status, "updatedDate": SENT} for code in (item_code, *others)]
    return json.dumps({"data": records, "sendDate": SENT, "signature": base64.b64encode(signature).decode()}).encode()


def test_the_feed_alone_brings_every_end_home(day: Day, post: Post) -> None:
    post.collect(day.item_codes(), HANDED_OVER_AT)
    post.play_the_day()

    day.poll()

    ends = {"delivered", "returned"}
    for code, order in post.ledger().items():
        if order["state"] in ends:
            assert day.states()[code].value == order["state"]
    with day.service.database.read() as session:
        balance = close_day(session, DAY)
    assert balance.balanced
    assert balance.handed_over == 8


def test_reading_the_feed_twice_changes_nothing(day: Day, post: Post) -> None:
    post.collect(day.item_codes(), HANDED_OVER_AT)
    post.play_the_day()
    day.poll()
    with day.service.database.write() as session:
        from delivery.models import Feed  # noqa: PLC0415

        before = session.scalar(sa.select(sa.func.count()).select_from(TrackingEvent))
        session.execute(sa.update(Feed).values(cursor=None))

    day.poll()

    with day.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(TrackingEvent)) == before


def test_a_signed_callback_moves_the_envelope_on(day: Day, key: rsa.RSAPrivateKey) -> None:
    code = day.item_codes()[0]

    assert receive(day.service, callback(key, code, "12"), NOW)
    day.apply_callbacks()

    assert day.states()[code] is State.OUT_FOR_DELIVERY


def test_fifty_copies_of_a_callback_are_one_event(day: Day, key: rsa.RSAPrivateKey) -> None:
    raw = callback(key, day.item_codes()[0], "12")

    kept = [receive(day.service, raw, NOW) for _ in range(50)]
    day.apply_callbacks()

    assert sum(kept) == 1
    with day.service.database.read() as session:
        assert len(session.scalars(sa.select(TrackingEvent).where(TrackingEvent.source == "callback")).all()) == 1


def test_delivered_is_believed_from_the_feed_only(day: Day, key: rsa.RSAPrivateKey) -> None:
    code = day.item_codes()[0]

    receive(day.service, callback(key, code, "14"), NOW)
    day.apply_callbacks()

    assert day.states()[code] is State.WITH_CARRIER


def test_what_is_not_signed_in_a_callback_changes_nothing_by_itself(day: Day, key: rsa.RSAPrivateKey) -> None:
    first, second, *_rest = day.item_codes()

    receive(day.service, callback(key, first, "12", second), NOW)
    day.apply_callbacks()

    assert day.states()[second] is State.WITH_CARRIER


def test_a_forged_callback_is_refused_and_nothing_of_it_is_kept(day: Day, key: rsa.RSAPrivateKey) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    first, second, *_rest = day.item_codes()
    genuine = callback(key, first, "12")

    for forged in (callback(stranger, first, "14"), genuine.replace(first.encode(), second.encode())):
        with pytest.raises(NotAuthentic):
            receive(day.service, forged, NOW)
    for broken in (b"", b"{}", b"[]", b'{"data": []}', b"\xff", b"[" * 100_000, b"x" * 100_000):
        with pytest.raises(MalformedCallback):
            receive(day.service, broken, NOW)
    with day.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Callback)) == 0


def test_a_callback_about_an_unknown_envelope_is_parked(day: Day, key: rsa.RSAPrivateKey) -> None:
    receive(day.service, callback(key, "EE473124829VN", "12"), NOW)
    day.apply_callbacks()

    with day.service.database.read() as session:
        assert session.scalars(sa.select(Callback.state)).all() == [InboxState.PARKED]


def test_an_event_from_a_clock_that_runs_ahead_counts_as_of_now(day: Day, key: rsa.RSAPrivateKey) -> None:
    strict = day.service.settings.model_copy(update={"clock_skew_seconds": 600})
    day.service = Service(strict, day.service.database)
    early = datetime.fromisoformat("2026-11-25T09:00:00+07:00") - timedelta(hours=1)

    receive(day.service, callback(key, day.item_codes()[0], "12"), early)
    day.apply_callbacks()

    with day.service.database.read() as session:
        event = session.scalars(sa.select(TrackingEvent).where(TrackingEvent.source == "callback")).one()
    assert event.clamped
    assert event.occurred_at == early


def test_every_stored_state_is_what_its_events_say(day: Day, post: Post) -> None:
    post.collect(day.item_codes(), HANDED_OVER_AT)
    post.play_the_day()
    day.poll()

    with day.service.database.write() as session:
        for consignment in session.scalars(sa.select(Consignment)):
            assert consignment.journey is refold(session, consignment, NOW).state


def test_the_public_sees_where_it_is_and_nothing_of_whose_it_is(day: Day) -> None:
    with day.service.database.read() as session:
        (item,) = find_items(session, day.item_codes()[0])
        view = public_view(session, item.tracking_code.lower())
        assert view is not None
        assert view.state is State.WITH_CARRIER
        told = str(view)
        assert item.first.recipient_name not in told
        assert item.first.address not in told
        assert "khai sinh" not in told.lower()
        assert public_view(session, "0000-0000-0000-0000-0") is None
