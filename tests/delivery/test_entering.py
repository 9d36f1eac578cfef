"""One result entered by hand: as good as one from a file, and taken back as long as nothing has come of it."""

from datetime import date

import pytest
import sqlalchemy as sa

from delivery.cases import open_cases
from delivery.dispatch.batching import batch_due
from delivery.errors import NotNow
from delivery.geocoding import geocode
from delivery.intake.correcting import Change, correct_by_hand
from delivery.intake.entering import Entered, enter_result, may_be_taken_back, take_back
from delivery.intake.row import BadRow
from delivery.intake.searching import matching
from delivery.models import CaseKind, Office, Result
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.rows import a_row

CELLS = {
    "dossier_code": "H26.41.118-261124-0007", "procedure_code": "1.001193", "owner_name": "Trần Thị Thử",
    "phone": "0912 345 007", "address": "Số 7 phố Thử, phường Bồ Đề, Hà Nội", "result_date": "2026-11-24",
    "wants_delivery": "x", "lat": "21.0455", "lon": "105.8760",
}  # fmt: skip


def office_of(service: Service, code: str) -> int:
    with service.database.read() as session:
        return session.scalars(sa.select(Office.id).where(Office.code == code)).one()


def enter(service: Service, clerk_of: str = "BD", **changes: str) -> Entered:
    offices = (office_of(service, clerk_of),)
    with service.database.write() as session:
        return enter_result(session, {**CELLS, **changes}, offices, NOW)


def test_what_is_typed_goes_the_way_of_all_results(service: Service) -> None:
    entered = enter(service)
    geocode(service.database, NOW)

    with service.database.write() as session:
        [batch] = batch_due(session, DAY, NOW)
        found = session.scalars(sa.select(Result).where(matching(session, "tran thi thu"))).one()
        assert (found.id, found.office_id) == (entered.result_id, batch.office_id)
        assert (found.procedure_name, found.recipient_name) == ("Đăng ký khai sinh", "Trần Thị Thử")
        assert found.promised_date > date(2026, 11, 24)
        assert batch.items[0].first.id == found.id


def test_all_that_is_wrong_is_said_at_once_each_at_its_field(service: Service) -> None:
    with pytest.raises(BadRow) as wrong:
        enter(service, dossier_code="?", owner_name="", phone="12", result_date="", copy_no="0", email="x")

    fields = {field for field, _reason in wrong.value.reasons}
    assert fields == {"dossier_code", "owner_name", "phone", "result_date", "copy_no", "email"}


def test_what_is_known_already_stays_as_it_is(service: Service) -> None:
    first = enter(service)

    assert enter(service, owner_name="Tên Khác") == Entered(first.result_id, is_new=False)
    with service.database.read() as session:
        assert [one.owner_name for one in session.scalars(sa.select(Result))] == ["Trần Thị Thử"]


def test_another_office_is_not_written_for_and_its_dossiers_are_not_touched(service: Service) -> None:
    enter(service, "VH")

    for field, changes in (("office", {"office": "VH", "copy_no": "2"}), ("dossier_code", {})):
        with pytest.raises(BadRow) as refused:
            enter(service, "BD", **changes)
        assert [name for name, _reason in refused.value.reasons] == [field]


def test_a_second_copy_typed_by_hand_is_asked_about(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    enter(service, dossier_code=a_row(1)["Mã hồ sơ"], copy_no="2")
    enter(service)
    enter(service, copy_no="2")

    with service.database.read() as session:
        assert [case.kind for case in open_cases(session)] == [CaseKind.SECOND_COPY] * 2


def test_a_slip_of_the_hand_is_taken_back_with_the_question_that_it_raised(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    entered = enter(service, dossier_code=a_row(1)["Mã hồ sơ"], copy_no="2")

    with service.database.write() as session:
        take_back(session, session.get_one(Result, entered.result_id), "bode", NOW)

    with service.database.read() as session:
        assert (session.get(Result, entered.result_id), open_cases(session)) == (None, [])


def test_what_came_in_a_file_was_corrected_or_lies_in_an_envelope_is_never_taken_back(
    service: Service, intake: Intake
) -> None:
    intake.rows(a_row(1))
    corrected = enter(service).result_id
    enveloped = enter(service, dossier_code="H26.41.118-261124-0008").result_id
    with service.database.write() as session:
        correct_by_hand(session, session.get_one(Result, corrected), Change.typed("Lê Văn Sáu", "", ""), by="x", at=NOW)
    geocode(service.database, NOW)
    with service.database.write() as session:
        batch_due(session, DAY, NOW)
        results = session.scalars(sa.select(Result)).all()
        assert len(results) == 3
        assert {enveloped, corrected} < {result.id for result in results}
        for result in results:
            assert not may_be_taken_back(result)
            with pytest.raises(NotNow):
                take_back(session, result, "bode", NOW)
