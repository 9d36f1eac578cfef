"""Which carrier an office hands to: from a day on, for that office alone, and what was begun with one ends with it."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from delivery.carrying import (
    Condition,
    Wanted,
    carrier_for,
    choose,
    find_choice,
    missing,
    newest,
    offered,
    states_of,
    take_back,
    try_line,
)
from delivery.dispatch.pace import failing
from delivery.errors import BadInput, ChangedMeanwhile, NotNow
from delivery.models import AuditEntry, CarrierChoice, CarrierPace, Consignment, Office, Submission
from delivery.moments import local
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.day import Day, told_day
from tests.delivery.post import running_post
from tests.delivery.rows import a_row

TODAY = local(NOW).date()


def switch(service: Service, carrier: str, day: date = TODAY, office: str = "BD") -> CarrierChoice:
    with service.database.write() as session:
        here = session.scalars(sa.select(Office).where(Office.code == office)).one()
        return choose(
            session, service.settings, here, Wanted(carrier, day, "hợp đồng mới"), sees=newest(session), by="quantri",
            at=NOW, today=TODAY,
        )  # fmt: skip


def back(service: Service, choice: CarrierChoice) -> None:
    with service.database.write() as session:
        take_back(session, find_choice(session, choice.id), by="giamsat", at=NOW)


def holds(service: Service, day: date = TODAY, office: str = "BD") -> str:
    with service.database.read() as session:
        here = session.scalars(sa.select(Office.id).where(Office.code == office)).one()
        return carrier_for(session, service.settings, here, day)


def sent(service: Service) -> list[tuple[str, Submission]]:
    with service.database.read() as session:
        wanted = sa.select(Consignment.carrier, Consignment.submission).order_by(Consignment.id)
        return [(carrier, submission) for carrier, submission in session.execute(wanted)]


def real(home: Path, **changes: object) -> Settings:
    given: dict[str, object] = {
        "home": home, "carrier": "ngsp", "ngsp_url": "https://lgsp.example", "ngsp_key": "k", "ngsp_secret": "s",
        "ngsp_customer_code": "HN", "callback_keys": home,
    }  # fmt: skip
    return Settings(**given | changes, _env_file=None)  # type: ignore[arg-type, call-arg]


def test_a_carrier_holds_for_its_office_from_its_day_on_until_it_is_taken_back(service: Service) -> None:
    later = switch(service, "viettelpost", TODAY + timedelta(days=7))
    switch(service, "own-team")

    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=7)]
    assert [holds(service, day) for day in days] == ["sandbox", "own-team", "viettelpost"]
    assert holds(service, office="VH") == "sandbox"
    back(service, later)
    assert holds(service, TODAY + timedelta(days=7)) == "own-team"
    with pytest.raises(NotNow):
        back(service, later)
    with service.database.read() as session:
        book = session.execute(
            sa.select(AuditEntry.actor, AuditEntry.action).where(AuditEntry.action.contains("carrier"))
        )
        assert book.all() == [
            ("quantri", "chose carrier"), ("quantri", "chose carrier"), ("giamsat", "took carrier back")
        ]  # fmt: skip


def test_an_office_changes_and_what_its_old_carrier_was_told_of_stays_there(service: Service, intake: Intake) -> None:
    told_day(service, intake, 2)
    switch(service, "own-team", DAY)
    day = Day(service, intake)
    day.import_and_place(a_row(3), a_row(4, "Việt Hưng"))
    day.plan()
    day.print("lần nữa")

    carriers = [carrier for carrier, _submission in sent(service)]
    assert carriers[:2] == ["sandbox", "sandbox"]
    assert "own-team" in carriers[2:]


def test_what_was_printed_but_not_told_goes_with_the_new_carrier_under_a_new_number(
    service: Service, intake: Intake
) -> None:
    day = Day(service, intake).prepare(1)
    choice = switch(service, "own-team", DAY)
    day.print("đổi đơn vị")
    assert sent(service) == [("sandbox", Submission.VOID), ("own-team", Submission.READY)]

    back(service, choice)
    day.print("đổi lại")
    assert sent(service)[-1] == ("sandbox", Submission.READY)


def test_a_carrier_whose_secrets_are_missing_is_named_and_cannot_be_chosen(service: Service, tmp_path: Path) -> None:
    here = Service(real(tmp_path), service.database)

    assert missing(here.settings, "ngsp") == []
    assert missing(here.settings, "viettelpost") == [
        f"TANNHA_VIETTELPOST_{name}" for name in ("URL", "USERNAME", "PASSWORD", "CALLBACK_SECRET")
    ]
    assert offered(here.settings) == ["ngsp", "ngsp-provincial", "own-team"]
    for name in ("viettelpost", "sandbox", "nobody"):
        with pytest.raises(BadInput):
            switch(here, name)
    with pytest.raises(BadInput):
        try_line(here, "viettelpost")
    sandbox_secret = real(tmp_path, ngsp_secret=SecretStr("sandbox-only"))
    assert missing(sandbox_secret, "ngsp") == ["TANNHA_NGSP_SECRET"]


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=366)])
def test_a_day_that_cannot_be_meant_changes_nothing(service: Service, day: date) -> None:
    with pytest.raises(BadInput):
        switch(service, "own-team", day)
    with pytest.raises(BadInput, match="vốn đã"):
        switch(service, "sandbox")
    assert holds(service) == "sandbox"


def test_two_who_choose_do_not_overwrite_each_other(service: Service) -> None:
    switch(service, "own-team")
    wanted = Wanted("ngsp", TODAY, "x")
    with service.database.write() as session:
        here = session.scalars(sa.select(Office).where(Office.code == "BD")).one()
        with pytest.raises(ChangedMeanwhile):
            choose(session, service.settings, here, wanted, sees=0, by="b", at=NOW, today=TODAY)


def test_a_line_is_tried_and_what_waited_for_it_goes_on(service: Service, tmp_path: Path) -> None:
    with service.database.write() as session:
        session.add(CarrierPace(carrier="myvnpost", full_at=NOW, queue_end=NOW, failed_at=[], open_until=NOW))
    dead = Service(service.settings.model_copy(update={"sandbox_port": 9}), service.database)
    assert not try_line(dead, "myvnpost").answers
    with service.database.read() as session:
        states = {one.name: one.condition for one in states_of(session, service.settings, TODAY)}
    assert (states["myvnpost"], states["viettelpost"]) == (Condition.RESTING, Condition.IDLE)

    with running_post(tmp_path / "post") as post:
        live = Service(service.settings.model_copy(update={"sandbox_port": post.port}), service.database)
        tried = try_line(live, "myvnpost")
        assert (tried.answers, post.orders()) == (True, [])
    with service.database.read() as session:
        assert failing(session, "myvnpost") is None


def test_a_carrier_that_has_said_nothing_for_three_working_days_is_said_to_be_silent(
    service: Service, intake: Intake
) -> None:
    day = told_day(service, intake, 1)
    day.hand_over()
    with service.database.read() as session:
        found = [
            next(one for one in states_of(session, service.settings, when) if one.name == "sandbox")
            for when in (DAY, DAY + timedelta(days=14))
        ]

    assert [one.condition for one in found] == [Condition.WELL, Condition.SILENT]
    assert found[0].under_way == 1
