"""At the hand-over table: scan after scan, sent again where nobody knows whether it arrived; then both sides sign."""

from datetime import timedelta
from unicodedata import normalize
from uuid import uuid4

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import find_batch
from delivery.dispatch.handover import Finding
from delivery.dispatch.printing import papers_of
from delivery.dispatch.signatures import Signing, sign
from delivery.dispatch.table import Scanned, Table, finish, table_of, take_scan
from delivery.errors import BadInput
from delivery.models import CaseKind, Scan, Side, Signature, TrackingEvent
from delivery.rules.lifecycle import Fact, State
from delivery.rules.strokes import Strokes
from delivery.tracking.closing import close_day
from delivery.wiring import Service
from tests.delivery.conftest import DAY, Intake
from tests.delivery.day import HANDED_OVER_AT, Day, told_day
from tests.delivery.test_hand_over import qr_of
from tests.labels.reading import words


@pytest.fixture
def day(service: Service, intake: Intake) -> Day:
    """Three envelopes that the carrier has accepted, on the table."""
    return told_day(service, intake)


def scan(day: Day, code: str, name: str = "") -> Scanned:
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        return take_scan(
            session, batch, code, name or str(uuid4()), seal=day.service.seal, at=HANDED_OVER_AT, by="bode"
        )  # fmt: skip


def signing(minutes: int = 0) -> Signing:
    return Signing(str(uuid4()), HANDED_OVER_AT + timedelta(minutes=minutes), "bode")


def manifest_text(day: Day) -> str:
    paper = papers_of(day.service, day.batch, wanted={"manifest.pdf"})["manifest.pdf"]
    return normalize("NFC", " ".join(words(paper)).replace("\r\n", " "))


def end(day: Day) -> Table:
    with day.service.database.write() as session:
        return finish(session, find_batch(session, day.batch), HANDED_OVER_AT)


def look(day: Day) -> Table:
    with day.service.database.read() as session:
        return table_of(session, find_batch(session, day.batch))


def test_envelope_after_envelope_becomes_the_carriers(day: Day) -> None:
    first, second, third = day.item_codes()

    assert scan(day, first) == Scanned(first, Finding.OK, 1)
    assert scan(day, qr_of(day, second)).finding is Finding.OK
    stands = look(day)
    assert (stands.expected, stands.done, [sent.item_code for sent in stands.missing]) == (3, 2, [third])
    assert scan(day, first).finding is Finding.ALREADY
    assert scan(day, "EE999999999VN").finding is Finding.UNKNOWN
    assert look(day).refused == [("EE999999999VN", Finding.UNKNOWN)]


def test_a_scan_that_is_sent_again_means_what_it_meant(day: Day) -> None:
    code, name, strange = day.item_codes()[0], str(uuid4()), str(uuid4())

    assert [scan(day, qr_of(day, code), name) for _try in range(3)] == [Scanned(code, Finding.OK, 1)] * 3
    assert [scan(day, "?", strange).finding for _try in range(2)] == [Finding.UNKNOWN] * 2
    with day.service.database.read() as session:
        handed = sa.select(sa.func.count()).where(TrackingEvent.fact == Fact.HANDED_OVER)
        assert session.scalar(handed) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 2


def test_the_manifest_is_one_scan_for_all(day: Day) -> None:
    with day.service.database.read() as session:
        manifest = find_batch(session, day.batch).manifests[0].code
    name = str(uuid4())

    assert scan(day, manifest, name).accepted == 3
    assert scan(day, manifest, name).finding is Finding.OK
    assert scan(day, manifest).finding is Finding.ALREADY
    assert set(day.states().values()) == {State.WITH_CARRIER}


def test_nobody_is_asked_while_they_still_scan_and_what_is_missing_at_the_end_is_a_case(day: Day) -> None:
    first, *others = day.item_codes()
    scan(day, first)
    with day.service.database.read() as session:
        assert open_cases(session) == []

    assert len(end(day).missing) == 2
    with day.service.database.read() as session:
        [case] = open_cases(session)
        assert (case.kind, case.facts["missing"]) == (CaseKind.HAND_OVER, others)
    for code in others:
        scan(day, code)
    scan(day, "no code")
    assert end(day).missing == []
    with day.service.database.read() as session:
        assert open_cases(session) == []
        assert close_day(session, DAY).balanced


def test_both_sides_sign_for_as_many_as_were_handed_over(day: Day) -> None:
    scan(day, day.item_codes()[0])
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        sign(session, batch, Side.WARD, " Trần  Thu Hương", [[[0, 0], [1000, 300]]], signing())
        sign(session, batch, Side.CARRIER, "Lê Văn Bưu", [], signing())
    scan(day, day.item_codes()[1])
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        sign(session, batch, Side.CARRIER, "Lê Văn Bưu", [], signing(5))

    signed = look(day).signatures
    assert {side: (each.signature.name, each.signature.counted, each.holds) for side, each in signed.items()} == {
        Side.WARD: ("Trần Thu Hương", 1, False), Side.CARRIER: ("Lê Văn Bưu", 2, True)
    }  # fmt: skip


def test_what_is_signed_and_sent_twice_is_signed_once(day: Day) -> None:
    scan(day, day.item_codes()[0])
    once = signing()
    for _try in range(2):
        with day.service.database.write() as session:
            sign(session, find_batch(session, day.batch), Side.CARRIER, "Lê Văn Bưu", [], once)
        # What is handed over between the sending and the second sending was not signed for.
        scan(day, day.item_codes()[1])

    with day.service.database.read() as session:
        assert session.scalars(sa.select(Signature.counted)).all() == [1]
    assert not look(day).signatures[Side.CARRIER].holds


def test_the_manifest_shows_who_has_signed_in_lines_and_says_when_it_was_for_an_earlier_list(day: Day) -> None:
    scan(day, day.item_codes()[0])
    with day.service.database.write() as session:
        batch = find_batch(session, day.batch)
        sign(session, batch, Side.WARD, "Trần Thu Hương", [[[0, 0], [900, 250]], [[500, 9]]], signing())
        sign(session, batch, Side.CARRIER, "Lê Văn Bưu", [], signing())
    assert "ĐÃ KÝ CHO DANH SÁCH TRƯỚC ĐÓ" not in manifest_text(day)
    scan(day, day.item_codes()[1])
    text = manifest_text(day)

    assert "Trần Thu Hương, 07:45 25/11/2026" in text
    assert "Ký bằng tên ghi trên màn hình" in text
    assert text.count("ĐÃ KÝ CHO DANH SÁCH TRƯỚC ĐÓ (1 phong bì)") == 4  # both sides, both copies
    with day.service.database.read() as session:
        proof = session.scalars(sa.select(Signature.digest)).first()
    assert proof is not None
    assert proof[:16].upper() in text


@pytest.mark.parametrize(
    ("name", "strokes"),
    [("  ", [[[1, 1]]]), ("x" * 101, []), ("A", [[[1, 1, 1]]]), ("A", [[[-1, 0]]]), ("A", [[[0, 1001]]]),
     ("A", [[[0, 0]]] * 201), ("A", [[[0, 0]] * 4001])],
)  # fmt: skip
def test_what_nobody_could_have_signed_is_not_kept(day: Day, name: str, strokes: Strokes) -> None:
    with day.service.database.write() as session, pytest.raises(BadInput):
        sign(session, find_batch(session, day.batch), Side.WARD, name, strokes, signing())

    assert look(day).signatures == {}
