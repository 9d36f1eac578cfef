"""A leak is written down, its clock runs for 72 hours, and nobody can overlook that it has run out."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from delivery.cases import find_open
from delivery.doctor import examine
from delivery.errors import BadInput, NotFound, NotNow
from delivery.models import Breach, Case, CaseKind
from delivery.moments import now
from delivery.privacy.breaches import (
    Seen,
    amend,
    close,
    find_breach,
    keep_asking,
    note_persons_told,
    note_told,
    notify_by,
    overdue,
    subject_of,
    write_down,
)
from delivery.wiring import Service
from tests.delivery.conftest import NOW
from tests.privacy.conftest import command

LOST = Seen(NOW, "Mất một điện thoại của bưu tá, chưa khoá", "họ tên, địa chỉ")
HOUR = timedelta(hours=1)


def test_the_clock_of_a_leak_runs_from_when_it_was_found(service: Service) -> None:
    with service.database.write() as session:
        made = write_down(session, LOST, "bode", NOW + 5 * HOUR)
        assert notify_by(made) == NOW + 72 * HOUR
        case = find_open(session, CaseKind.BREACH, subject_of(made))
        assert case is not None
        assert case.due_at == NOW + 48 * HOUR
        assert overdue(session, NOW + 72 * HOUR) == []
        assert overdue(session, NOW + 73 * HOUR) == [made]
        note_told(session, made, "TB-01", "giamsat", NOW + 80 * HOUR)
        assert overdue(session, NOW + 90 * HOUR) == []


def test_it_is_closed_only_when_the_authority_knows(service: Service) -> None:
    with service.database.write() as session:
        made = write_down(session, LOST, "bode", NOW)
        with pytest.raises(NotNow, match="báo cơ quan"):
            close(session, made, "giamsat", NOW)
        with pytest.raises(BadInput, match="số hiệu"):
            note_told(session, made, " ", "giamsat", NOW)
        note_told(session, made, "TB-01", "giamsat", NOW)
        with pytest.raises(NotNow, match="Đã báo"):
            note_told(session, made, "TB-02", "giamsat", NOW)
        amend(session, made, 12, "Đã khoá máy", "giamsat", NOW)
        amend(session, made, None, "Đã gọi mười hai người", "giamsat", NOW)
        note_persons_told(session, made, "giamsat", NOW)
        close(session, made, "giamsat", NOW)
        assert (made.persons, made.measures) == (12, "Đã khoá máy\nĐã gọi mười hai người")
        assert find_open(session, CaseKind.BREACH, subject_of(made)) is None
        with pytest.raises(NotNow, match="đã đóng"):
            amend(session, made, 1, "", "giamsat", NOW)


def test_a_case_that_was_closed_without_telling_comes_back(service: Service) -> None:
    with service.database.write() as session:
        made = write_down(session, LOST, "bode", NOW)
        session.execute(sa.update(Case).values(closed_at=NOW, closed_by="bode"))
        session.expire_all()
        keep_asking(session, NOW)
        assert find_open(session, CaseKind.BREACH, subject_of(made)) is not None


@pytest.mark.parametrize(
    "seen",
    [
        Seen(NOW + HOUR, LOST.what, LOST.data), Seen(NOW, "mất", LOST.data), Seen(NOW, LOST.what, " "),
        Seen(NOW, LOST.what, LOST.data, -1), Seen(NOW, "x" * 2001, LOST.data),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_so(service: Service, seen: Seen) -> None:
    with service.database.write() as session:
        with pytest.raises(BadInput):
            write_down(session, seen, "bode", NOW)
        with pytest.raises(NotFound):
            find_breach(session, 7)


def test_the_doctor_is_red_when_the_clock_has_run_out(service: Service) -> None:
    def leaks() -> bool:
        (one,) = (finding for finding in examine(service) if finding.what == "Leaks of personal data")
        return one.ok

    assert leaks()
    with service.database.write() as session:
        made = write_down(session, Seen(now() - 71 * HOUR, LOST.what, LOST.data), "bode", now())
    assert leaks()
    with service.database.write() as session:
        session.get_one(Breach, made.id).detected_at = now() - 73 * HOUR
    assert not leaks()
    assert command(service, "breach", "list").exit_code == 1
    told = command(service, "breach", "told", str(made.id), "--reference", "TB-01/2026", "--persons")
    assert told.exit_code == 0, told.output
    assert leaks()
    assert command(service, "breach", "close", str(made.id)).exit_code == 0
    assert command(service, "breach", "list").exit_code == 0
