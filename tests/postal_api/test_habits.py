"""The sandbox post's bad days: what each makes of an order, and that the carriers sort it rightly."""

import contextlib
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from postal_api.carrier import Carrier
from postal_api.errors import NotSent, OutcomeUnknown, PostalError
from postal_api.myvnpost import MyVNPostCarrier, MyVNPostConfig
from postal_api.ngsp import NgspCarrier, NgspConfig
from postal_api.sandbox.config import SandboxConfig
from postal_api.sandbox.post import Post
from postal_api.viettelpost import ViettelPostCarrier, ViettelPostConfig
from tests.postal_api.conftest import RunningPost, StartPost, an_order, eventually

SECONDS = 1.5


def _ngsp(url: str, *, provincial: bool) -> Carrier:
    return NgspCarrier(
        NgspConfig(url=url, key="k", secret="sandbox-only", customer_code="T", provincial=provincial, seconds=SECONDS)
    )


def _myvnpost(url: str) -> Carrier:
    return MyVNPostCarrier(
        MyVNPostConfig(
            url=f"{url}/MYVNP_API", username="u", password="sandbox-only", customer_code="C", seconds=SECONDS
        )
    )


CARRIERS: dict[str, Callable[[str], Carrier]] = {
    "ngsp-provincial": lambda url: _ngsp(url, provincial=True),
    "ngsp": lambda url: _ngsp(url, provincial=False),
    "myvnpost": _myvnpost,
    "viettelpost": lambda url: ViettelPostCarrier(
        ViettelPostConfig(url=url, username="u", password="sandbox-only", seconds=SECONDS)
    ),
}


@pytest.fixture(params=list(CARRIERS))
def carrier(request: pytest.FixtureRequest, post: RunningPost) -> Iterator[Carrier]:
    """Each carrier, signed in while the post was still well."""
    post.counter("habits", habits={})
    made = CARRIERS[request.param](post.url)
    with contextlib.suppress(NotSent):
        made.check()
    yield made
    post.counter("habits", habits={})
    made.close()


serials = iter(range(100_000, 999_999))


@pytest.mark.parametrize("habit", ["lost-replies", "garbage", "huge", "slow-loris", "slow"])
def test_an_answer_that_says_nothing_leaves_the_order_in_doubt_in_time(
    carrier: Carrier, post: RunningPost, habit: str
) -> None:
    before = len(post.ledger())
    post.counter("habits", habits={habit: 1})
    started = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        carrier.submit(an_order(next(serials)))

    assert time.monotonic() - started < SECONDS + 1
    assert len(post.ledger()) == before + 1


@pytest.mark.parametrize("habit", ["throttle", "unavailable", "closed"])
def test_a_post_that_does_not_open_has_accepted_nothing(carrier: Carrier, post: RunningPost, habit: str) -> None:
    before = len(post.ledger())
    post.counter("habits", habits={habit: 1})

    with pytest.raises(NotSent) as busy:
        carrier.submit(an_order(next(serials)))

    assert len(post.ledger()) == before
    assert busy.value.retry_after == (1 if habit == "throttle" else None)


def test_tokens_that_go_stale_after_a_few_uses_are_renewed_unnoticed(carrier: Carrier, post: RunningPost) -> None:
    before = len(post.ledger())
    post.counter("habits", habits={"stale-tokens": 1})

    for _ in range(25):
        carrier.submit(an_order(next(serials)))

    assert len(post.ledger()) == before + 25


def test_a_look_up_that_lags_shows_an_accepted_order_later(post: RunningPost) -> None:
    post.counter("habits", habits={"lagging-lookup": 1})
    carrier, order = _myvnpost(post.url), an_order(next(serials))
    carrier.submit(order)

    assert carrier.look_up(order.reference) is None
    eventually(lambda: carrier.look_up(order.reference) is not None, "the look-up")
    carrier.close()


def test_lists_where_objects_were_are_read_alike(post: RunningPost) -> None:
    carrier = _myvnpost(post.url)
    for share in (0, 1):
        post.counter("habits", habits={"list-or-object": share})
        order = an_order(next(serials))
        receipt = carrier.submit(order)
        found = carrier.look_up(order.reference)
        assert found is not None
        assert found.item_code == receipt.item_code
        assert carrier.cancel(order.reference).cancelled
        carrier.track(None)
    carrier.close()


def test_a_wrong_id_is_another_order_s_and_can_be_seen_in_the_books(post: RunningPost) -> None:
    post.counter("habits", habits={"wrong-ids": 1})
    carrier = _myvnpost(post.url)
    carrier.submit(an_order(next(serials)))

    order = an_order(next(serials))
    said = carrier.submit(order).item_code
    found = carrier.look_up(order.reference)

    assert found is not None
    assert said != found.item_code
    assert said in post.ledger()
    carrier.close()


def test_fifty_megabytes_are_not_read(post: RunningPost) -> None:
    post.counter("habits", habits={"huge": 1})
    carrier = _ngsp(post.url, provincial=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for _ in range(3):
        with pytest.raises(PostalError):
            carrier.submit(an_order(next(serials)))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    carrier.close()


def test_a_carrier_that_takes_repetitions_has_each_order_once_after_a_bad_day(start_post: StartPost) -> None:
    post = start_post("--habit", "lost-replies", "--habit", "throttle", "--habit", "unavailable", "--habit", "garbage")
    carrier = _ngsp(post.url, provincial=True)
    orders = [an_order(next(serials)) for _ in range(30)]
    outcomes: Counter[str] = Counter()

    for order in orders:
        for _ in range(30):
            try:
                carrier.submit(order)
            except PostalError as error:
                outcomes[type(error).__name__] += 1
            else:
                outcomes["accepted"] += 1
                break

    assert outcomes["accepted"] == len(orders)
    assert {"NotSent", "OutcomeUnknown"} <= set(outcomes)
    assert set(post.ledger()) == {order.item_code for order in orders}
    carrier.close()


def test_an_order_in_doubt_is_found_instead_of_sent_again(start_post: StartPost) -> None:
    post = start_post("--habit", "lost-replies", "--habit", "garbage")
    carrier = _myvnpost(post.url)
    orders = [an_order(next(serials)) for _ in range(20)]
    for order in orders:
        with contextlib.suppress(OutcomeUnknown):
            carrier.submit(order)

    for order in orders:
        for _ in range(30):
            with contextlib.suppress(OutcomeUnknown):
                assert carrier.look_up(order.reference) is not None
                break

    assert len(post.ledger()) == len(orders)
    carrier.close()


def test_the_post_says_what_is_documented_and_what_assumed(post: RunningPost) -> None:
    said = httpx.get(f"{post.url}/sandbox").text

    assert "Documented" in said
    assert "Assumed" in said


def test_a_post_that_is_started_again_does_not_turn_the_same_orders_away_for_ever(tmp_path: Path) -> None:
    def turned_away() -> set[int]:
        with Post(SandboxConfig(tmp_path, habits=frozenset({"unavailable"}))) as post:
            return {order for order in range(400) if post.habits.shows("unavailable", f"order {order}")}

    mornings = [turned_away() for _start in range(8)]

    assert all(mornings)
    assert not set.intersection(*mornings)
