"""Whatever bytes come back, a carrier's answer is read, refused, or left in doubt; nothing else ever happens."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_api import reading
from postal_api.errors import PostalError
from postal_api.events import EventKind
from postal_api.myvnpost import listing
from postal_api.myvnpost import wire as myvnpost
from postal_api.ngsp import wire as ngsp
from postal_api.statuses import MYVNPOST, NGSP, VIETTELPOST
from postal_api.viettelpost import wire as viettelpost
from tests.postal_api.conftest import an_order

ORDER = an_order(1)
MORNING = datetime(2026, 11, 24, 0, 45, tzinfo=UTC)
CHANGE = listing.Change("EE123456785VN", "REF", "14", MORNING)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "Status", "Message", "content", "price", "_embedded", "rh:doc", "_id", "$oid", "StatusCode", "EventTime",
            "$date", "type", "Type", "results", "itemCode", "saleOrderCode", "status", "data", "statusHistory",
            "createdDate", "createHour", "statusCode", "totalFee", "serviceCode", "caseId", "error", "message", "DATA",
            "TOKEN", "ORDER_NUMBER", "ORDER_STATUS", "ORDER_STATUSDATE", "MONEY_TOTAL", "token", "updatedDate",
            "provinceCode", "communeCode", "access_token", "expires_in", "token_type",
        ])
        | st.text(max_size=5),
        inner,
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip
BODIES = st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode())
READERS: list[Any] = [
    lambda body: ngsp.read_receipt(body, ORDER),
    ngsp.read_cancellation,
    ngsp.read_price,
    ngsp.read_grant,
    lambda body: ngsp.read_feed(body, ngsp.START_OF_FEED, 50),
    lambda body: myvnpost.read_receipt(body, ORDER),
    lambda body: myvnpost.read_found(body, "REF"),
    lambda body: myvnpost.read_price(body, "CTN009"),
    lambda body: myvnpost.read_case(body, "1"),
    lambda body: myvnpost.read_places(body, "commune"),
    lambda body: myvnpost.refusal(400, body, ORDER),
    myvnpost.read_cancellation,
    myvnpost.read_labels,
    myvnpost.read_token_answer,
    listing.read_list,
    lambda body: listing.read_history(body, CHANGE),
    lambda body: viettelpost.read_receipt(body, ORDER),
    lambda body: viettelpost.read_price(body, ORDER, "VCN"),
    lambda body: viettelpost.read_callback(body, ("secret",)),
    viettelpost.read_cancellation,
    viettelpost.read_sign_in,
    viettelpost.is_stale,
]


@given(BODIES)
def test_no_body_breaks_a_reader(body: bytes) -> None:
    for read in READERS:
        with suppress(PostalError):
            read(body)


@given(st.text(max_size=6))
def test_an_unknown_code_is_an_event_that_is_shown(code: str) -> None:
    plain = reading.text(code)
    body = json.dumps({"data": {"statusHistory": [{"statusCode": code, "createdDate": "24/11/2026"}]}}).encode()

    (event,) = listing.read_history(body, CHANGE)

    assert event.code == plain
    assert (event.kind is EventKind.UNKNOWN) or plain in MYVNPOST


@given(st.integers(min_value=0, max_value=9_999))
def test_every_number_of_viettel_post_is_an_event(code: int) -> None:
    data = {"ORDER_NUMBER": "1310", "ORDER_STATUS": code, "ORDER_STATUSDATE": "24/11/2026 08:00:00"}
    callback = viettelpost.read_callback(json.dumps({"DATA": data, "TOKEN": "s"}).encode(), ("s",))

    assert callback.signed.code == str(code)
    assert (callback.signed.kind is EventKind.UNKNOWN) or str(code) in VIETTELPOST


def test_a_list_and_an_object_are_the_same_answer() -> None:
    record = {"itemCode": "EE123456785VN", "saleOrderCode": "REF", "status": 14}

    for answer in (record, [record], {"results": [record]}, [{"results": [record]}], {"results": record}):
        found = myvnpost.read_found(json.dumps(answer).encode(), "REF")
        assert found is not None
        assert found.kind is EventKind.DELIVERED


def test_only_strangers_orders_leave_a_look_up_in_doubt() -> None:
    stranger = [{"results": [{"itemCode": "EE123456785VN", "saleOrderCode": "OTHER", "status": 1}]}]

    with pytest.raises(PostalError):
        myvnpost.read_found(json.dumps(stranger).encode(), "REF")
    assert myvnpost.read_found(b'[{"results": []}]', "REF") is None


@pytest.mark.parametrize("table", [NGSP, MYVNPOST, VIETTELPOST])
def test_every_carrier_has_codes_for_both_ends(table: Any) -> None:
    assert {EventKind.DELIVERED, EventKind.RETURNED} <= {status.kind for status in table.values()}


def test_a_refusal_repeats_no_person() -> None:
    body = json.dumps({"message": f"{ORDER.receiver.name} {ORDER.receiver.phone} {ORDER.receiver.address}"}).encode()

    assert myvnpost.refusal(400, body, ORDER).said == "… … …"
