"""Whoever holds the database without the keys reads nothing of people in what is sealed; who has both, all of it."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from delivery.blinding import is_blind
from delivery.citizens.own_codes import ask_for_code
from delivery.dispatch.batching import batch_due
from delivery.errors import Forged, NotNow
from delivery.field_keys import FieldKeys
from delivery.geocoders.deciding import settle_address
from delivery.geocoders.doors import confirm_door
from delivery.geocoders.pins import Spot
from delivery.geocoding import geocode
from delivery.intake.correcting import Change, correct_by_hand, put_back
from delivery.intake.searching import matching
from delivery.jobs.kinds import HANDLERS
from delivery.jobs.work import do
from delivery.keys import make_keys
from delivery.models import Job, MachineAnswer, OwnCode, PlaceFix, Result, ResultChange, ResultVersion, Upload
from delivery.models.base import Base
from delivery.resealing import AT_ONCE, JOB, seal_all, unsealed
from delivery.safety import dangers
from delivery.sealing import FieldSeals, Place, is_sealed
from delivery.setting_up import set_up
from delivery.wiring import Service
from tests.delivery.conftest import DAY, NOW, Intake
from tests.delivery.own_team import Round
from tests.delivery.rows import a_row
from tests.privacy.conftest import BOTH, command

PERSONAL = (
    "Người Thử", "nguoi thu", "0912345", "912345001", "nguoi@example.vn", "phố Thử", "pho thu", "gọi trước", "Tên Mới",
)  # fmt: skip
TEXTS = st.text(min_size=1)


@pytest.fixture(scope="module")
def seals(tmp_path_factory: pytest.TempPathFactory) -> FieldSeals:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    FieldKeys(folder).make()
    return FieldSeals.of(folder)


@pytest.fixture
def unbegun(service: Service, intake: Intake) -> Service:
    """A home of before: three results lie in it as they were said, one of them corrected, a pin for the second."""
    (service.settings.keys / "fields-1").unlink()
    intake.rows(*(a_row(number) for number in (1, 2, 3)))
    geocode(service.database, NOW)
    with service.database.write() as session:
        first, second, _third = results(session)
        correct_by_hand(session, first, Change.typed("Tên Mới", "", ""), by="bode", at=NOW)
        settle_address(session, second, Spot(21.0426, 105.8655), by="bode", at=NOW)
    return service


def results(session: Session) -> Sequence[Result]:
    return session.scalars(sa.select(Result).order_by(Result.id)).all()


def raw(service: Service) -> str:
    """All that lies in the database, as a dump has it; of SQLite the file itself as well."""
    lies = ""
    if service.database.engine.dialect.name == "sqlite":
        file = Path(service.database.engine.url.database or "")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        lies = file.read_bytes().decode("utf-8", "replace")
    with service.database.engine.connect() as connection:
        return lies + "\n".join(
            str([cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell for cell in row])
            for name in Base.metadata.tables for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))  # noqa: S608  our names
        )  # fmt: skip


def readable(service: Service) -> list[str]:
    lies = raw(service)
    return [text for text in PERSONAL if text in lies or json.dumps(text).strip('"') in lies]


@BOTH
def test_after_a_whole_day_nothing_of_people_can_be_read_in_what_is_sealed(ended: Round) -> None:
    service = ended.day.service
    with service.database.write() as session:
        first, second, third = results(session)
        correct_by_hand(session, third, Change.typed("Tên Mới", "", ""), by="bode", at=NOW)
        settle_address(session, third, Spot(21.0426, 105.8655), by="bode", at=NOW)
        settle_address(session, third, Spot(21.0427, 105.8655), by="bode", at=NOW)
        assert first.lat is not None
        assert first.lon is not None
        assert confirm_door(session, first, first.lat, first.lon, consent=True, at=NOW) is not None

    assert readable(service) == []
    with service.database.read() as session:
        first, second, third = results(session)
        assert (first.recipient_name, first.phone, first.email, first.note) == (
            "Người Thử Số 1", "+84912345001", "nguoi@example.vn", "gọi trước",
        )  # fmt: skip
        assert third.recipient_name == "Tên Mới"
        assert third.versions[0].content["recipient_name"] == "Người Thử Số 3"
        assert second.id in session.scalars(sa.select(Result.id).where(matching(session, "thử 0912345002"))).all()
    with service.database.write() as session:
        put_back(session, results(session)[2], by="bode", at=NOW)
    assert readable(service) == []


@BOTH
def test_a_home_of_before_is_sealed_while_it_works_and_says_what_it_said(unbegun: Service) -> None:
    database = unbegun.database
    assert "Người Thử" in readable(unbegun)
    with database.read() as session:
        before = [(one.recipient_name, one.phone, one.address, one.note) for one in results(session)]
        noted = session.scalar(sa.select(sa.func.count()).select_from(ResultChange))

    # What is looked for is found before, in the middle of it, and after.
    assert found(unbegun, "ten moi") == found(unbegun, "0912345001") == [1]
    FieldKeys(unbegun.settings.keys).make()
    assert unsealed_rows(unbegun) == 5
    assert found(unbegun, "ten moi") == [1]
    assert (seal_all(database), unsealed_rows(unbegun)) == (5, 0)

    if database.engine.dialect.name == "sqlite":
        # What was there before lies in free pages until they are written over.
        with closing(sqlite3.connect(database.engine.url.database or "")) as connection:
            connection.execute("VACUUM")
    assert readable(unbegun) == []
    assert found(unbegun, "tên mới") == found(unbegun, "0912 345 001") == found(unbegun, "5001") == [1]
    assert found(unbegun, "phố thử") == [1, 2, 3]
    with database.read() as session:
        assert [(one.recipient_name, one.phone, one.address, one.note) for one in results(session)] == before
        assert session.scalar(sa.select(sa.func.count()).select_from(ResultChange)) == noted
        assert is_blind(session.scalars(sa.select(PlaceFix)).one().address_key)
    assert seal_all(database) == 0
    with database.write() as session:
        # The same door is still the same, and the pin that was put before still holds.
        second = results(session)[1]
        second.placed_at = None
    geocode(database, NOW)
    with database.write() as session:
        assert results(session)[1].place_source == "person"
        assert len(batch_due(session, DAY, NOW)) == 1


def test_keys_are_changed_for_others_and_taken_out_once_nothing_needs_them(
    service: Service, intake: Intake, tmp_path: Path
) -> None:
    intake.rows(*(a_row(number) for number in (1, 2)))
    keys = service.settings.keys

    assert command(service, "keys", "rotate", "--prepare").exit_code == 0
    intake.rows(a_row(3))
    assert kept_phones(service) == {"1"}  # it opens on all machines before anything is sealed with it
    assert command(service, "keys", "rotate").exit_code == 0
    intake.rows(a_row(4))
    assert kept_phones(service) == {"1", "2"}

    refused = command(service, "keys", "retire", "fields-1", "--to", str(tmp_path))
    assert refused.exit_code == 1
    assert "3 rows are still sealed with fields-1" in refused.output
    with service.database.read() as session:
        [job] = session.scalars(sa.select(Job.id).where(Job.kind == JOB))
    assert do(service, HANDLERS, job, "a worker")
    assert kept_phones(service) == {"2"}
    listed = json.loads(command(service, "keys", "list", "--json").stdout)
    assert listed == {"keys": [
        {"key": "fields-1", "state": "opens", "rows": 0}, {"key": "fields-2", "state": "seals", "rows": 4},
    ], "not_sealed_with_newest": 0}  # fmt: skip
    assert command(service, "keys", "retire", "fields-1", "--to", str(tmp_path)).exit_code == 0
    assert ((keys / "fields-1").exists(), (tmp_path / "fields-1").exists()) == (False, True)
    assert command(service, "keys", "retire", "fields-2", "--to", str(tmp_path)).exit_code == 1
    with service.database.read() as session:
        assert [one.phone for one in results(session)] == [f"+8491234500{number}" for number in (1, 2, 3, 4)]


def test_sealing_that_is_cut_short_goes_on_where_it_was(unbegun: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    FieldKeys(unbegun.settings.keys).make()
    monkeypatch.setattr("delivery.resealing.AT_ONCE", 1)
    assert AT_ONCE > 1

    def stop_after_two(sealed: int) -> None:
        if sealed == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal_all(unbegun.database, stop_after_two)
    assert unsealed_rows(unbegun) == 3
    assert "Sealed: 3" in command(unbegun, "keys", "seal").output
    assert unsealed_rows(unbegun) == 0


@BOTH
def test_a_value_that_was_put_elsewhere_or_changed_is_told_by_its_place_and_not_read(
    service: Service, intake: Intake
) -> None:
    intake.rows(a_row(1), a_row(2))
    with service.database.write() as session:
        session.execute(sa.text(
            "UPDATE result SET phone = (SELECT phone FROM result WHERE copy_no = 1 AND dossier_code LIKE '%0001') "
            "WHERE dossier_code LIKE '%0002'"
        ))  # fmt: skip
        session.execute(sa.text("UPDATE result SET owner_name = recipient_name WHERE dossier_code LIKE '%0001'"))

    with service.database.read() as session:
        first, second = results(session)
        with pytest.raises(Forged) as moved:
            _ = second.phone
        assert moved.value.place == f"result|{second.dossier_code}/1|phone"
        assert "912345001" not in str(moved.value)
        with pytest.raises(Forged):
            _ = first.owner_name
        assert first.recipient_name == "Người Thử Số 1"


def test_who_writes_one_field_leaves_alone_what_somebody_else_wrote_beside_it(unbegun: Service) -> None:
    FieldKeys(unbegun.settings.keys).make()
    with unbegun.database.read() as reading:
        stale = results(reading)[1]
    with unbegun.database.write() as session:
        results(session)[1].owner_name = "Tên Mới"
    with unbegun.database.write() as session:
        session.add(stale)
        stale.phone = "+84912345999"

    with unbegun.database.read() as session:
        result = results(session)[1]
        assert (result.owner_name, result.phone) == ("Tên Mới", "+84912345999")
        assert is_sealed(result.kept_phone)


def test_a_row_opens_in_the_session_to_which_it_is_brought(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.read() as session:
        (read,) = results(session)
    name = read.recipient_name

    for load in (True, False):
        with service.database.read() as session:
            assert session.merge(read, load=load).recipient_name == name


def test_without_its_key_nothing_is_read_and_the_doctor_says_which_one(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    (service.settings.keys / "fields-1").rename(service.settings.keys / "elsewhere")

    begun_anew = Service.from_settings(service.settings)
    with begun_anew.database.read() as session, pytest.raises(NotNow, match="fields-1"):
        _ = results(session)[0].phone
    begun_anew.close()
    assert "fields-1 is missing" in " ".join(command(service, "check").stdout.split())


def test_the_doctor_of_safety_tells_of_a_home_that_does_not_seal(unbegun: Service) -> None:
    def found_wrong() -> str:
        return next(danger.says for danger in dangers(unbegun) if danger.what == "Personal fields" and not danger.ok)

    assert "tannha keys rotate" in found_wrong()
    FieldKeys(unbegun.settings.keys).make()
    assert "tannha keys seal" in found_wrong()


def test_setting_up_again_does_not_begin_to_seal_where_other_machines_may_not_know_it(unbegun: Service) -> None:
    set_up(unbegun)
    assert FieldKeys(unbegun.settings.keys).newest is None


def test_a_code_is_sent_to_whom_a_dossier_belongs_by_its_sealed_number(service: Service, intake: Intake) -> None:
    intake.rows(a_row(1))
    with service.database.write() as session:
        dossier = results(session)[0].dossier_code
        ask_for_code(session, dossier, "0912345001", NOW)
        ask_for_code(session, dossier, "0912345002", NOW)
    with service.database.read() as session:
        asked = session.scalars(sa.select(OwnCode.result_id).order_by(OwnCode.id)).all()
    assert asked == [1, None]


def test_what_lies_sealed_cannot_be_compared_by_the_database_and_says_so() -> None:
    with pytest.raises(TypeError, match="phone lies sealed"):
        sa.select(Result).where(Result.phone == "x")


def test_every_text_and_facts_that_is_said_of_people_in_these_tables_is_sealed() -> None:
    """A column that comes later is sealed, or stands here with the reason why it need not be."""
    clear = {
        "dossier_code",  # the ward's own, and what all is found by
        "procedure_code", "procedure_name",  # what the rules and figures go by
        "slots", "payer", "quality", "place_source", "new_ward_code", "old_ward_code",  # of a table of few words
        "search_text",  # the dossier code alone, where a home seals
        "address_key", "search_marks",  # blind
        "name", "by", "language", "state", "columns", "heading", "counts",  # of the file, not of what is in it
        "key",  # a number of the machine that asks
    }  # fmt: skip
    for model in (Result, ResultVersion, Upload, MachineAnswer):
        kinds = (sa.String, sa.JSON, sa.LargeBinary)
        columns = Base.metadata.tables[model.__tablename__].c
        said = {column.name for column in columns if isinstance(column.type, kinds)}
        assert said - clear == set(model.sealed)


@given(text=TEXTS)
def test_any_text_comes_back_and_looks_different_every_time(seals: FieldSeals, text: str) -> None:
    place = Place("result", "H1/1", "note")
    kept = seals.seal(place, text)

    assert seals.open(place, kept) == text
    assert kept != seals.seal(place, text)
    assert text not in kept or len(text) < 4


@given(text=TEXTS, other=st.sampled_from([
    Place("result", "H1/2", "note"), Place("result", "H1/1", "phone"), Place("item", "H1/1", "note"),
]))  # fmt: skip
def test_a_value_opens_in_no_other_row_column_or_table(seals: FieldSeals, text: str, other: Place) -> None:
    with pytest.raises(Forged):
        seals.open(other, seals.seal(Place("result", "H1/1", "note"), text))


@given(text=TEXTS, data=st.data())
def test_a_value_of_which_a_sign_was_changed_does_not_open(seals: FieldSeals, text: str, data: st.DataObject) -> None:
    place = Place("result", "H1/1", "note")
    kept = seals.seal(place, text)
    # Bits of the last signs may be padding, which says nothing; the first two say the form.
    at = data.draw(st.integers(len("\x011.1."), len(kept) - 5))
    sign = data.draw(st.sampled_from([sign for sign in "AbZ09-_." if sign != kept[at]]))
    with pytest.raises(Forged):
        seals.open(place, kept[:at] + sign + kept[at + 1 :])


def kept_phones(service: Service) -> set[str]:
    """By which keys the telephone numbers are sealed."""
    with service.database.read() as session:
        return {kept.split(".")[1] for kept in session.scalars(sa.select(Result.kept_phone))}


def unsealed_rows(service: Service) -> int:
    with service.database.read() as session:
        return unsealed(session)


def found(service: Service, typed: str) -> list[int]:
    with service.database.read() as session:
        return list(session.scalars(sa.select(Result.id).where(matching(session, typed)).order_by(Result.id)))
