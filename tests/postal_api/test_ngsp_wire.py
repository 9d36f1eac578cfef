"""VNPost's wire format: the exact bytes of an order, and answers as the gateway gives them."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_api.carrier import Party
from postal_api.errors import OrderRefused, OutcomeUnknown
from postal_api.events import EventKind
from postal_api.moments import read_moment, write_moment
from postal_api.ngsp.wire import START_OF_FEED, order_body, read_cancellation, read_feed, read_grant, read_receipt
from postal_api.statuses import MYVNPOST, NGSP, Origin, Status, by_code
from tests.postal_api.conftest import an_order

GOLDEN = (
    '{"CustomerCode":"TANNHA","OrderNumber":"REF00000000000000012345678","CODAmount":26000,"SenderProvince":10,'
    '"SenderDistrict":0,"SenderAddress":"Số 1 phố Mẫu, Bồ Đề","SenderName":"Trung tâm Phục vụ HCC","SenderEmail":null,'
    '"SenderTel":"02438271234","SenderDesc":"Tài liệu hành chính","Description":"Tài liệu hành chính. 08:00-11:30",'
    '"ReceiverName":"Trần Thị Thử","ReceiverAddress":"Ngõ 2 phố Thử","ReceiverTel":"0900000001","ReceiverProvince":10,'
    '"ReceiverDistrict":0,"ReceiverEmail":null,"ItemCode":"EE123456785VN","FlagConfig":2}'
)
ACCEPTED = b'{"Status":"100","Message":"OK"}'
ID = "6743f0a1b2c3d4e5f6000001"


def test_an_order_is_these_bytes() -> None:
    order = an_order(12345678, cod=26_000, instruction="08:00-11:30")

    assert order_body(order, "TANNHA") == GOLDEN.encode()


def test_an_order_brought_to_the_office_says_so_and_text_is_composed() -> None:
    decomposed = Party(name="Tra\u0302\u0300n", phone="0900000001", address="Ngo\u0303 2", province_code=10)
    wire = json.loads(order_body(an_order(1, pickup=False, receiver=decomposed), "TANNHA"))

    assert wire["FlagConfig"] == 1
    assert (wire["ReceiverName"], wire["ReceiverAddress"]) == ("Trần", "Ngõ 2")


@pytest.mark.parametrize(("status", "duplicate"), [('"100"', False), ("100", False), ('"101"', True), ("101", True)])
def test_accepted_and_already_known_are_both_a_receipt(status: str, duplicate: bool) -> None:
    receipt = read_receipt(f'{{"Status":{status},"Message":null}}'.encode(), an_order(1))

    assert (receipt.item_code, receipt.duplicate) == ("EE000000014VN", duplicate)


def test_a_refusal_tells_the_reason_but_not_the_person() -> None:
    body = '{"Status":"102","Message":"Trần Thị Thử, 0900000001, Ngõ 2 phố Thử: sai địa chỉ"}'.encode()

    with pytest.raises(OrderRefused) as refused:
        read_receipt(body, an_order(1))

    assert str(refused.value) == "102: …, …, …: sai địa chỉ"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"Status":null}', b'{"Status":"500","Message":"x"}', b"\xff", b"[" * 9999]
)
def test_an_answer_that_says_neither_yes_nor_no_leaves_the_outcome_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        read_receipt(body, an_order(1))


KEYS = ["Status", "Message", "access_token", "_embedded", "rh:doc", "_id", "$oid", "EventTime", "$date", "StatusCode"]
WIRES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
)


@given(st.binary(max_size=200) | WIRES.map(lambda wire: json.dumps(wire).encode()))
def test_no_answer_at_all_breaks_the_readers(body: bytes) -> None:
    for read in (
        lambda: read_receipt(body, an_order(1)),
        lambda: read_cancellation(body),
        lambda: read_grant(body),
        lambda: read_feed(body, START_OF_FEED, 50),
    ):
        try:
            read()
        except (OrderRefused, OutcomeUnknown):
            continue


def a_feed(*rows: object) -> bytes:
    return json.dumps({"_returned": len(rows), "_embedded": {"rh:doc": rows}}).encode()


def a_row(number: int, **changes: object) -> dict[str, object]:
    usual = {
        "_id": {"$oid": f"6743f0a1b2c3d4e5f6{number:06x}"},
        "CustomerCode": "TANNHA",
        "OrderNumber": "REF1",
        "EventTime": "24/11/2026 08:05:00",
        "POSID": "125400",
        "ItemCode": "EE000000014VN",
        "StatusCode": 4,
        "StatusMessage": "Đã phát thành công",
        "Notes": None,
    }
    return {**usual, **changes}


def test_a_row_of_the_feed_is_an_event() -> None:
    (event,) = read_feed(a_feed(a_row(1)), START_OF_FEED, 50).events

    assert (event.item_code, event.reference, event.kind, event.code) == (
        "EE000000014VN",
        "REF1",
        EventKind.DELIVERED,
        "4",
    )
    assert event.occurred_at == datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
    assert (event.event_id, event.place, event.reason) == (ID, "125400", None)


@pytest.mark.parametrize(
    "written",
    [
        "24/11/2026 08:05:00", "24/11/2026 08:05", "2026-11-24T08:05:00", "2026-11-24 08:05:00", "2026-11-24T01:05:00Z",
        "2026-11-24T08:05:00.000+07:00", {"$date": 1795482300000},
    ],
)  # fmt: skip
def test_the_moment_of_an_event_is_read_in_every_form_that_was_seen(written: object) -> None:
    (event,) = read_feed(a_feed(a_row(1, EventTime=written)), START_OF_FEED, 50).events

    assert event.occurred_at == datetime(2026, 11, 24, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("written", [None, "", "hôm qua", {"$date": 10**30}, "01/01/0001 00:00:00"])
def test_an_undated_row_is_dated_by_its_id_rather_than_lost(written: object) -> None:
    (event,) = read_feed(a_feed(a_row(1, EventTime=written)), START_OF_FEED, 50).events

    assert event.occurred_at == datetime.fromtimestamp(0x6743F0A1, UTC)


@pytest.mark.parametrize("code", [999, "ABC", None, "", 4.5])
def test_a_code_that_no_table_knows_is_unknown_and_not_dropped(code: object) -> None:
    (event,) = read_feed(a_feed(a_row(1, StatusCode=code)), START_OF_FEED, 50).events

    assert event.kind is EventKind.UNKNOWN


def test_the_cursor_is_the_last_row_and_a_full_page_promises_more() -> None:
    page = read_feed(a_feed(a_row(1), a_row(2)), START_OF_FEED, 2)

    assert page.cursor == "6743f0a1b2c3d4e5f6000002"
    assert page.more
    assert not read_feed(a_feed(a_row(1)), START_OF_FEED, 2).more


def test_a_feed_that_repeats_itself_does_not_hold_its_reader_for_ever() -> None:
    page = read_feed(a_feed(a_row(1), a_row(2)), "6743f0a1b2c3d4e5f6000002", 2)

    assert not page.more
    assert page.cursor == "6743f0a1b2c3d4e5f6000002"


def test_an_empty_feed_leaves_the_cursor_where_it_was() -> None:
    assert read_feed(b'{"_returned":0,"_embedded":{"rh:doc":[]}}', ID, 50).cursor == ID
    assert read_feed(b'{"_returned":0,"_embedded":[]}', ID, 50).events == ()


@given(st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30)), st.integers(-12, 12))  # noqa: DTZ001
def test_a_moment_is_read_as_it_was_written_to_the_second(naive: datetime, offset: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(hours=offset)))

    assert read_moment(write_moment(moment)) == moment


def test_a_code_stands_in_a_table_once_and_says_where_its_meaning_comes_from() -> None:
    with pytest.raises(ValueError, match="twice"):
        by_code(*[Status("1", "Đã tạo", EventKind.REGISTERED, Origin.DOCUMENTED)] * 2)

    assert [code for code, status in NGSP.items() if status.origin is Origin.DOCUMENTED] == ["4"]
    assert MYVNPOST.keys() == {str(code) for code in [*range(25), 28, 29]}
