"""One story, told to every carrier: what its capabilities promise is what happens, over real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from postal_api.carrier import Carrier, CaseState
from postal_api.errors import MalformedCallback, NoSuchOrder, NotAuthentic, NotOffered, PostalError, Unauthorised
from postal_api.events import EventKind, TrackingEvent
from postal_api.myvnpost import MyVNPostCarrier, MyVNPostConfig
from postal_api.ngsp import NgspCarrier, NgspConfig
from postal_api.own_team import OwnTeam
from postal_api.viettelpost import ViettelPostCarrier, ViettelPostConfig
from tests.postal_api.conftest import LetterBox, RunningPost, StartPost, an_order, eventually

MORNING = datetime(2026, 11, 24, 0, 45, tzinfo=UTC)
ENDS = {EventKind.DELIVERED, EventKind.RETURNED}
SECRET = "sandbox-only"

Make = Callable[[RunningPost], Carrier]


def ngsp(post: RunningPost, *, provincial: bool = True, secret: str = SECRET) -> Carrier:
    config = NgspConfig(
        url=post.url,
        key="tannha",
        secret=secret,
        customer_code="TANNHA",
        provincial=provincial,
        price_path="/apiVNPostNGSP/p1.0/order/price",
        callback_keys=((post.data / "public.pem").read_bytes(),),
    )
    return NgspCarrier(config)


def myvnpost(post: RunningPost, secret: str = SECRET) -> Carrier:
    config = MyVNPostConfig(
        url=f"{post.url}/MYVNP_API",
        username="tannha",
        password=secret,
        customer_code="C000000001",
        callback_keys=((post.data / "public.pem").read_bytes(),),
        page_size=2,
    )
    return MyVNPostCarrier(config, now=lambda: MORNING)


def viettelpost(post: RunningPost, secret: str = SECRET) -> Carrier:
    return ViettelPostCarrier(
        ViettelPostConfig(url=post.url, username="tannha", password=secret, callback_secret=SECRET)
    )


CARRIERS: dict[str, Make] = {
    "ngsp-provincial": ngsp,
    "ngsp": lambda post: ngsp(post, provincial=False),
    "myvnpost": myvnpost,
    "viettelpost": viettelpost,
    "own-team": lambda _post: OwnTeam(),
}


@dataclass
class Story:
    """A carrier, the post behind it, and where its callbacks arrive."""

    carrier: Carrier
    post: RunningPost
    box: LetterBox

    def events(self) -> list[TrackingEvent]:
        """All that the carrier's feed tells, read to its end."""
        told: list[TrackingEvent] = []
        cursor, more = None, True
        while more:
            page = self.carrier.track(cursor)
            told, cursor, more = [*told, *page.events], page.cursor, page.more
        return told

    def reported(self) -> list[TrackingEvent]:
        """All that the callbacks tell."""
        return [self.carrier.read_callback(letter, MORNING).signed for letter in list(self.box.letters)]


@pytest.fixture(params=list(CARRIERS))
def story(request: pytest.FixtureRequest, start_post: StartPost, letter_box: LetterBox) -> Iterator[Story]:
    post = start_post(
        "--speed", "50000", "--through-nights",
        "--callback", letter_box.url, "--viettelpost-callback", letter_box.url,
    )  # fmt: skip
    carrier = CARRIERS[request.param](post)
    yield Story(carrier, post, letter_box)
    carrier.close()


def offered(call: Callable[[], object]) -> bool:
    """Whether a carrier has an interface; what may go wrong in it is no matter here."""
    try:
        call()
    except NotOffered:
        return False
    except PostalError:
        return True
    return True


def test_an_order_travels_to_its_end_as_the_carrier_has_promised(story: Story) -> None:
    carrier, can = story.carrier, story.carrier.capabilities
    order = an_order(4711)

    assert carrier.check()
    receipt = carrier.submit(order)

    assert not receipt.duplicate
    assert can.numbers_items or receipt.item_code == order.item_code
    if can.deduplicates and can.networked:
        assert carrier.submit(order).duplicate
        assert len(story.post.ledger()) == 1
    if can.queryable:
        found = carrier.look_up(order.reference)
        assert found is not None
        assert (found.item_code, found.kind) == (receipt.item_code, EventKind.REGISTERED)
        assert carrier.look_up("REFNOBODY") is None
    if not can.networked:
        assert story.events() == []
        return
    (item_code,) = story.post.ledger()
    assert receipt.item_code in {item_code, ""}
    story.post.counter("collect", itemCodes=[item_code], at=MORNING.isoformat())
    eventually(lambda: story.post.ledger()[item_code]["state"] in ENDS, "the journey's end")
    eventually(story.post.day_is_over, "the last callback")

    told = [story.events()] if can.tracks else []
    told += [story.reported()] if can.calls_back else []
    assert told
    for events in told:
        assert {event.item_code for event in events} == {item_code}
        assert {event.kind for event in events} & ENDS
        assert EventKind.UNKNOWN not in {event.kind for event in events}
        assert len({event.event_id for event in events}) == len(events)
    if can.tracks:
        assert {event.reference for event in story.events()} == {order.reference}
    assert not carrier.cancel(order.reference, item_code).cancelled


def test_an_order_that_is_taken_back_is_cancelled_in_the_post_s_books(story: Story) -> None:
    order = an_order(12)
    receipt = story.carrier.submit(order)

    outcome = story.carrier.cancel(order.reference, receipt.item_code)

    assert outcome.cancelled
    assert {entry["state"] for entry in story.post.ledger().values()} <= {EventKind.CANCELLED}


def test_what_a_carrier_does_not_offer_it_says_beforehand(story: Story) -> None:
    carrier, can, order = story.carrier, story.carrier.capabilities, an_order(5)
    receipt = carrier.submit(order)

    assert offered(lambda: carrier.look_up(order.reference)) == can.queryable
    assert offered(lambda: carrier.correct(order)) == can.corrects
    assert offered(lambda: carrier.label(receipt.item_code)) == can.labels
    assert offered(lambda: carrier.track(None)) == can.tracks
    assert offered(lambda: carrier.read_callback(b"{}", MORNING)) == can.calls_back
    assert offered(lambda: carrier.quote(order)) == can.quotes
    assert offered(lambda: carrier.communes_of(10)) == can.lists_communes
    if can.quotes:
        assert 10_000 < carrier.quote(order).dong < 100_000
    if can.labels:
        assert carrier.label(receipt.item_code).startswith(b"%PDF")


def test_a_correction_is_a_case_that_people_decide(story: Story) -> None:
    if not story.carrier.capabilities.corrects:
        pytest.skip("this carrier's orders cannot be corrected")
    order = an_order(6)
    story.carrier.submit(order)

    asked = story.carrier.correct(replace(order, instruction="Gọi trước khi đến"))
    first = story.carrier.follow_case(asked)
    second = story.carrier.follow_case(first)

    assert [asked.state, first.state, second.state] == [CaseState.PENDING, CaseState.PENDING, CaseState.ACCEPTED]
    with pytest.raises(NoSuchOrder):
        story.carrier.correct(an_order(7))


def test_forged_callbacks_are_not_read(story: Story) -> None:
    if not story.carrier.capabilities.calls_back:
        pytest.skip("this carrier does not call back")
    forged = (
        b'{"DATA":{"ORDER_NUMBER":"1","ORDER_STATUS":501,"ORDER_STATUSDATE":"24/11/2026 08:00:00"},"TOKEN":"guess",'
        b'"data":[{"itemCode":"EE123456785VN","status":14}],"sendDate":"24/11/2026 08:00:00","signature":"aaaa"}'
    )

    with pytest.raises(NotAuthentic):
        story.carrier.read_callback(forged, MORNING)
    for broken in (b"", b"[]", b"{}", b"\xff", b"[" * 9_999, b" " * 70_000):
        with pytest.raises((MalformedCallback, NotAuthentic)):
            story.carrier.read_callback(broken, MORNING)


@pytest.mark.parametrize("make", [ngsp, myvnpost, viettelpost])
def test_wrong_credentials_are_told_apart_from_a_closed_post(post: RunningPost, make: Callable[..., Carrier]) -> None:
    carrier = make(post, secret="wrong")

    with pytest.raises(Unauthorised):
        carrier.check()
    with pytest.raises(Unauthorised):
        carrier.submit(an_order(99))
    carrier.close()
