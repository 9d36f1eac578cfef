"""Results that another machine brings: by the rules of every row, each by itself, and once however often it is sent."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from delivery.models import Amendment, AuditEntry, Case, CaseKind, Item, Result, ResultVersion
from delivery.wiring import Service
from tests.delivery.day import Day
from tests.web.api.conftest import CODE, Machine, a_result, where


def results(service: Service) -> list[Result]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Result).order_by(Result.dossier_code, Result.copy_no)))


def test_good_rows_come_in_and_bad_ones_come_back_with_their_reasons_in_the_reader_s_language(
    service: Service, one_stop: Machine
) -> None:
    rows: tuple[dict[str, Any], ...] = (
        a_result(1), a_result(2, phone="123"), a_result(3, result_date="2026-02-31"), a_result(4, extra=1), {},
            a_result(5, wants_delivery="x"), a_result(6))  # fmt: skip

    vietnamese = one_stop.bring(*rows).get_json()
    english = one_stop.bring(*rows, headers={"Accept-Language": "en"}).get_json()

    assert [row["outcome"] for row in vietnamese["rows"]] == ["new", *["refused"] * 5, "new"]
    assert (vietnamese["read"], vietnamese["new"], vietnamese["refused"]) == (7, 2, 5)
    assert [result.dossier_code for result in results(service)] == [CODE.format(1), CODE.format(6)]
    assert vietnamese["rows"][1]["reasons"] == [
        {"field": "phone", "reason": "Số điện thoại không phải số của Việt Nam"}
    ]
    assert english["rows"][1]["reasons"][0]["reason"] == "Số điện thoại is not a Vietnamese phone number"
    assert english["rows"][3]["reasons"] == [{"field": "extra", "reason": "there is no such field"}]
    assert [row["outcome"] for row in english["rows"]] == ["unchanged", *["refused"] * 5, "unchanged"]


def test_an_answer_that_was_lost_is_given_again_and_nothing_is_done_twice(service: Service, one_stop: Machine) -> None:
    key = {"Idempotency-Key": "7c1b0f0e-1"}

    first, again = (one_stop.bring(a_result(1), a_result(2, phone="1"), headers=key) for _ in range(2))

    assert first.data == again.data
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json()["new"] == 1
    assert len(results(service)) == 1


def test_the_same_key_with_other_content_is_a_mistake_and_another_machine_s_key_is_its_own(
    service: Service, one_stop: Machine, neighbour: Machine
) -> None:
    key = {"Idempotency-Key": "1"}
    one_stop.bring(a_result(1), headers=key)

    other = one_stop.bring(a_result(2), headers=key)

    assert other.status_code == 422
    assert other.get_json()["type"].endswith("#key-used-otherwise")
    assert one_stop.put(1, key).status_code == 422
    assert neighbour.bring(a_result(3, ward="Việt Hưng"), headers=key).get_json()["new"] == 1
    assert len(results(service)) == 2


def test_a_request_that_was_refused_as_a_whole_may_be_mended_under_its_key(one_stop: Machine) -> None:
    key = {"Idempotency-Key": "1"}

    assert one_stop.put(1, key, phone="1").status_code == 422
    assert one_stop.put(1, key).status_code == 201


def test_one_result_is_put_corrected_and_put_again(service: Service, one_stop: Machine) -> None:
    said = [one_stop.put(1), one_stop.put(1), one_stop.put(1, address="Số 7 phố Thử, phường Bồ Đề, Hà Nội")]

    assert [(answer.status_code, answer.get_json()["outcome"]) for answer in said] == [
        (201, "new"), (200, "unchanged"), (200, "corrected"),
    ]  # fmt: skip
    (result,) = results(service)
    assert (result.version, result.address) == (2, "Số 7 phố Thử, phường Bồ Đề, Hà Nội")
    with service.database.read() as session:
        before = session.scalars(sa.select(ResultVersion)).one()
    assert before.content["address"] == "Số 1 phố Thử, phường Bồ Đề, Hà Nội"


def test_an_earlier_word_changes_nothing_until_whoever_says_so_has_seen_what_is_known(
    service: Service, one_stop: Machine
) -> None:
    one_stop.put(1)
    one_stop.put(1, note="Gọi trước")

    assert one_stop.put(1).get_json()["outcome"] == "older"
    with service.database.read() as session:
        assert session.scalar(sa.select(Case.kind)) == CaseKind.OLDER_VERSION
    seen = one_stop.get(where(1)).headers["ETag"]
    assert one_stop.put(1, {"If-Match": seen}).get_json()["outcome"] == "corrected"
    assert results(service)[0].note == ""


def test_who_corrects_what_has_changed_meanwhile_is_told_so(service: Service, one_stop: Machine) -> None:
    one_stop.put(1)
    seen = one_stop.get(where(1)).headers["ETag"]
    one_stop.put(1, note="Gọi trước")

    late = one_stop.put(1, {"If-Match": seen}, note="Để ở bảo vệ")

    assert (late.status_code, late.get_json()["status"]) == (412, 412)
    assert one_stop.put(2, {"If-Match": seen}).status_code == 412
    assert one_stop.put(1, {"If-None-Match": "*"}).status_code == 412
    assert one_stop.put(2, {"If-None-Match": "*"}).status_code == 201
    assert results(service)[0].note == "Gọi trước"


def test_a_withdrawn_result_stays_at_the_counter_and_once_is_enough(service: Service, one_stop: Machine) -> None:
    one_stop.put(1)

    said = [one_stop.ask("POST", f"{where(1)}/withdrawal").get_json()["outcome"] for _ in range(2)]

    assert said == ["withdrawn", "unchanged"]
    assert one_stop.get(where(1)).get_json()["state"] == "counter"
    with service.database.read() as session:
        book = session.execute(sa.select(AuditEntry.actor, AuditEntry.action)).all()
    assert book == [("machine:mot-cua-bo-de", "withdrew")]


def test_what_lies_in_a_printed_envelope_is_held_back_when_it_is_withdrawn(day: Day, one_stop: Machine) -> None:
    answer = one_stop.ask("POST", f"{where(1)}/withdrawal")

    assert answer.get_json()["outcome"] == "withdrawn"
    assert one_stop.get(where(1)).get_json()["state"] == "recalled"
    with day.service.database.read() as session:
        held = session.scalars(sa.select(Item).where(Item.recalled_at.is_not(None))).one()
        assert held.first.dossier_code == CODE.format(1)
        assert session.scalar(sa.select(sa.func.count()).select_from(Amendment)) == 1


@pytest.mark.parametrize("count", [0, 1001])
def test_none_and_more_than_a_thousand_are_refused_as_a_whole(service: Service, one_stop: Machine, count: int) -> None:
    answer = one_stop.bring(*[a_result(number) for number in range(1, count + 1)])

    assert answer.status_code == 422
    assert answer.get_json()["reasons"][0]["field"] == "results"
    assert results(service) == []


def test_letters_that_no_database_holds_are_left_out_or_refused(service: Service, one_stop: Machine) -> None:
    one_stop.bring(a_result(1, owner_name="Người\u0000 Thử"))
    torn = json.dumps({"results": [a_result(2, owner_name="?")]}).replace('"?"', '"\\ud800"')

    answer = one_stop.ask("POST", "/results", data=torn, content_type="application/json")

    assert answer.status_code == 400
    assert [result.owner_name for result in results(service)] == ["Người Thử"]


def test_no_answer_and_no_book_names_a_person(service: Service, one_stop: Machine) -> None:
    answers = [one_stop.bring(a_result(1), a_result(2, phone="09123 Người Thử")), one_stop.put(3, phone="Người Thử"),
               one_stop.get(where(1)), one_stop.get("/results"), one_stop.get("/changes"),
               one_stop.get(f"{where(1)}/history")]  # fmt: skip

    assert not [answer.request.path for answer in answers if "Người" in answer.text or "phố Thử" in answer.text]
    with service.database.read() as session:
        assert "Người" not in str([entry.facts for entry in session.scalars(sa.select(AuditEntry))])
