"""What citizens wish, told by the system in which they asked: by the rules of their own page, once, never too late."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from delivery.citizens.requests import CONSENT_BASIS, CONSENT_NAME
from delivery.machines.clients import Scope
from delivery.models import AuditEntry, Consent, MachineAnswer, Result
from delivery.moments import now
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.api.conftest import Machine, MakeMachine, where

HOME = "Số 12 phố Ngọc Thụy, phường Bồ Đề, Hà Nội"
# Who may be handed it: the household, the person alone, nobody but at the counter.
BIRTH, STATUS, MARRIAGE = "1.001193", "1.004873", "1.000894"


def there(number: int = 1) -> str:
    return f"{where(number)}/delivery-request"


def agreed(at: datetime | None = None, **changes: str) -> dict[str, str]:
    given = {"words": CONSENT_NAME, "legal_basis": CONSENT_BASIS, "given_at": (at or now()).isoformat()}
    return {**given, **changes}


def wish(machine: Machine, headers: dict[str, str] | None = None, number: int = 1, **changes: Any) -> TestResponse:
    told = {"address": HOME, "slots": "08:00-11:30", "consent": agreed(), **changes}
    return machine.ask("PUT", there(number), headers, json=told)


def kind(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].rpartition("#")[2]


def result_of(service: Service) -> Result:
    with service.database.read() as session:
        return session.scalars(sa.select(Result)).one()


@pytest.fixture
def counter(one_stop: Machine) -> Machine:
    """The one-stop system, with a result that lies at the counter."""
    one_stop.put(1, wants_delivery=False)
    return one_stop


def test_a_citizen_has_it_brought_home_and_thinks_again(service: Service, counter: Machine) -> None:
    given = now() - timedelta(days=3)

    said = [wish(counter, consent=agreed(given)).get_json() for _ in range(2)]

    assert said == [{"outcome": "changed"}, {"outcome": "unchanged"}]
    result = result_of(service)
    assert (result.wants_delivery, result.address, result.slots) == (True, HOME, "08:00-11:30")
    # The point that came with the other address does not hold for this one.
    assert result.given_lat is None
    shown = counter.get(there()).get_json()
    assert shown["consent"] == {
        "words": CONSENT_NAME, "legal_basis": CONSENT_BASIS,
        "given_at": given.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    assert (shown["wants_delivery"], shown["hindrance"], shown["pays_at_door"]) == (True, None, 0)
    assert "Luật" in shown["consent_asked"]["text"]["vi"]

    taken_back = [counter.ask("DELETE", there()).get_json()["outcome"] for _ in range(2)]

    assert taken_back == ["withdrawn", "unchanged"]
    assert counter.get(where(1)).get_json()["state"] == "counter"
    assert counter.get(there()).get_json()["consent"] is None
    with service.database.read() as session:
        book = session.execute(sa.select(AuditEntry.action, AuditEntry.facts).order_by(AuditEntry.id)).all()
        assert session.scalars(sa.select(Consent)).one().ended_at is not None
    assert [action for action, _facts in book] == ["chose tai-nha", "saw", "chose tai-quay", "saw"]
    assert book[0][1] == {"consent": CONSENT_NAME, "basis": CONSENT_BASIS, "agreed_at": given.isoformat()}


def test_an_agreement_that_was_taken_back_is_revived_by_no_late_message(service: Service, counter: Machine) -> None:
    before = agreed(now() - timedelta(minutes=1))
    wish(counter, consent=before)
    counter.ask("DELETE", there())

    assert kind(wish(counter, consent=before)) == (409, "agreement-ended")
    assert not result_of(service).wants_delivery
    assert wish(counter, consent=agreed(now())).get_json() == {"outcome": "changed"}


def test_another_recipient_is_named_where_the_procedure_lets_somebody_else_receive_it(one_stop: Machine) -> None:
    one_stop.put(1, procedure_code=BIRTH, wants_delivery=False)
    one_stop.put(2, procedure_code=STATUS, wants_delivery=False)
    other: dict[str, Any] = {"recipient_name": "Người Thử Nhận Thay", "phone": "0912 345 999", "payer": "citizen_cod"}

    assert [one_stop.get(there(number)).get_json()["may_name_another"] for number in (1, 2)] == [True, False]
    assert wish(one_stop, number=1, **other).status_code == 200
    refused = wish(one_stop, number=2, **other)

    shown = one_stop.get(there(1)).get_json()
    assert (shown["recipient_name"], shown["phone"], shown["payer"]) == (
        "Người Thử Nhận Thay", "+84912345999", "citizen_cod",
    )  # fmt: skip
    assert shown["pays_at_door"] > 0
    assert kind(refused) == (422, "refused")
    assert "chỉ giao cho người có tên" in refused.get_json()["detail"]
    assert not one_stop.get(there(2)).get_json()["wants_delivery"]
    # Their own name in other letters is nobody else.
    assert wish(one_stop, number=2, recipient_name="NGƯỜI THỬ SỐ 2").status_code == 200


def test_what_the_law_keeps_at_the_counter_is_not_brought_home(one_stop: Machine) -> None:
    one_stop.put(1, procedure_code=MARRIAGE, wants_delivery=False)

    assert one_stop.get(there()).get_json()["hindrance"] == "not-postable"
    assert kind(wish(one_stop)) == (409, "not-postable")


def test_once_it_lies_in_an_envelope_and_after_the_hand_over_nothing_is_decided_here(
    day: Day, one_stop: Machine
) -> None:
    sealed = [wish(one_stop), one_stop.ask("DELETE", there())]
    day.submit()
    day.hand_over()
    handed_over = [wish(one_stop), one_stop.ask("DELETE", there())]

    assert [kind(answer) for answer in sealed + handed_over] == [(409, "in-envelope")] * 4
    assert one_stop.get(there()).get_json()["hindrance"] == "in-envelope"
    with day.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 0


def test_a_wish_is_told_once_however_often_it_is_sent_and_no_answer_that_is_kept_names_a_person(
    service: Service, counter: Machine
) -> None:
    key, consent = {"Idempotency-Key": "wish-1"}, agreed()

    first, again = (wish(counter, key, consent=consent) for _ in range(2))
    other = wish(counter, key, address="Số 1 phố Thử, phường Bồ Đề, Hà Nội", consent=consent)

    assert (first.data, again.headers["Idempotency-Replayed"]) == (again.data, "true")
    assert kind(other) == (422, "key-used-otherwise")
    with service.database.read() as session:
        assert [one.body for one in session.scalars(sa.select(MachineAnswer))] == [b'{"outcome":"changed"}']


def test_who_has_not_seen_what_was_wished_meanwhile_changes_nothing(service: Service, counter: Machine) -> None:
    seen = {"If-Match": counter.get(there()).headers["ETag"]}
    wish(counter)

    assert wish(counter, seen, address="Số 1 phố Thử").status_code == 412
    assert counter.ask("DELETE", there(), seen).status_code == 412
    assert result_of(service).address == HOME
    # In whatever language it was read.
    seen = {"If-Match": counter.get(there(), {"Accept-Language": "en"}).headers["ETag"]}
    assert counter.ask("DELETE", there(), seen).get_json() == {"outcome": "withdrawn"}


@pytest.mark.parametrize(
    "changes",
    [
        {"address": " \n "}, {"address": ""}, {"slots": "03:00-04:00"}, {"phone": "12"}, {"payer": "nobody"},
        {"consent": agreed(words="delivery-0")}, {"consent": agreed(legal_basis="")}, {"consent": None},
        {"consent": agreed(given_at="2026-02-31T10:00:00Z")}, {"consent": agreed(given_at="2026-02-03T10:00:00")},
        {"consent": agreed(now() + timedelta(days=1))},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(service: Service, counter: Machine, changes: dict[str, Any]) -> None:
    answer = wish(counter, **changes)

    assert kind(answer) == (422, "refused")
    assert answer.get_json()["reasons"]
    assert not result_of(service).wants_delivery


@pytest.mark.usefixtures("counter")
def test_a_machine_of_another_ward_or_without_the_scope_neither_reads_nor_decides(
    neighbour: Machine, make_machine: MakeMachine
) -> None:
    reader = make_machine("doc", "BD", scopes=(Scope.READ_RESULTS, Scope.WRITE_RESULTS, Scope.READ_REQUESTS))

    stranger = [neighbour.get(there()), wish(neighbour), neighbour.ask("DELETE", there())]
    absent = [neighbour.get(there(9)), wish(neighbour, number=9), neighbour.ask("DELETE", there(9))]

    assert [answer.status_code for answer in stranger] == [answer.status_code for answer in absent] == [404] * 3
    assert reader.get(there()).status_code == 200
    assert [wish(reader).status_code, reader.ask("DELETE", there()).status_code] == [403, 403]


def test_who_pays_is_said_with_the_result_as_well(service: Service, one_stop: Machine) -> None:
    assert one_stop.put(1, payer="citizen_cod").status_code == 201
    assert result_of(service).payer == "citizen_cod"
