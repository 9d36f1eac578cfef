"""What a machine reads: where results stand, what has changed, batches with their routes and papers, figures."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from delivery.dispatch.batching import batch_due
from delivery.dispatch.recalling import make_void
from delivery.models import AuditEntry, Consignment
from delivery.moments import VIETNAM
from delivery.rules.lifecycle import Fact
from delivery.rules.notices import Told
from delivery.rules.standing import STAGE_OF, ResultState, Subject
from delivery.standing import standings_of
from delivery.tracking.events import Heard, Report, record_all
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.web.api.conftest import CODE, Machine, where
from web.api.cursors import cursor


def test_a_result_tells_where_it_stands_and_what_happened_to_it(day: Day, one_stop: Machine) -> None:
    shown = one_stop.get(where(1)).get_json()
    steps = one_stop.get(f"{where(1)}/history").get_json()["steps"]

    assert (shown["state"], shown["office"], shown["version"]) == ("prepared", "BD", 1)
    assert shown["envelope"]["batch"] == day.batch
    assert shown["envelope"]["item_code"] in day.item_codes()
    assert [step["what"] for step in steps] == ["received", "sealed"]


def deliver(day: Day, at: datetime, count: int) -> None:
    """The carrier has taken so many envelopes over at that moment, and delivered them an hour later."""
    with day.service.database.write() as session:
        sent = session.scalars(sa.select(Consignment).order_by(Consignment.id).limit(count)).all()
        for fact, when in ((Fact.HANDED_OVER, at), (Fact.DELIVERED, at + timedelta(hours=1))):
            report = Report(fact, "feed", fact.value, when, code="5")
            record_all(session, [Heard(one, report, when) for one in sent])


def test_a_delivered_result_says_since_when_and_its_history_how(day: Day, one_stop: Machine) -> None:
    deliver(day, datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM), 1)

    shown = one_stop.get(where(1)).get_json()
    steps = one_stop.get(f"{where(1)}/history").get_json()["steps"]

    assert (shown["state"], shown["since"]) == ("delivered", "2026-11-25T03:00:00Z")
    assert [(step["what"], step["code"]) for step in steps][-2:] == [("handed_over", "5"), ("delivered", "5")]


def test_a_sending_that_was_taken_back_is_nobody_s_word_on_where_the_paper_is(day: Day, one_stop: Machine) -> None:
    """The envelope lies at the ward until it is sent anew: whoever asks and whoever is told hear the same."""
    with day.service.database.write() as session:
        sent = session.scalars(sa.select(Consignment).order_by(Consignment.id).limit(1)).one()
        make_void(session, sent, day.begun_at)

    shown = one_stop.get(where(1)).get_json()
    with day.service.database.read() as session:
        name = Subject(CODE.format(1), 1)
        told = Told.of(standings_of(session, [name])[name])
    assert (shown["state"], shown["envelope"]["item_code"]) == ("prepared", None)
    assert (told.stage, told.item_code) == (STAGE_OF[ResultState(shown["state"])], None)


def test_what_is_unchanged_is_not_sent_again(day: Day, one_stop: Machine) -> None:
    for path in (where(1), f"{where(1)}/history", f"/batches/{day.batch}", f"/batches/{day.batch}/plan"):
        tag = one_stop.get(path).headers["ETag"]
        again = one_stop.get(path, {"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
    tag = one_stop.get(where(1)).headers["ETag"]
    deliver(day, datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM), 1)
    assert one_stop.get(where(1), {"If-None-Match": tag}).status_code == 200


def test_pages_hold_every_result_once_and_trays_only_what_lies_in_them(day: Day, one_stop: Machine) -> None:
    day.import_and_place(*(a_row(number) for number in range(4, 9)))
    codes: list[str] = []
    address = "/results?limit=3"
    while True:
        page = one_stop.get(address).get_json()
        codes += [result["dossier_code"] for result in page["results"]]
        if page["next"] is None:
            break
        address = f"/results?limit=3&cursor={page['next']}"

    waiting = one_stop.get("/results?tray=waiting&office=BD").get_json()["results"]
    assert codes == [CODE.format(number) for number in range(1, 9)]
    assert [result["dossier_code"] for result in waiting] == codes[3:]
    assert one_stop.get("/results?office=VH").get_json()["results"] == []


def test_whoever_follows_the_changes_hears_of_each_once_and_of_the_own_offices_only(
    day: Day, one_stop: Machine, neighbour: Machine
) -> None:
    begun = one_stop.get("/changes").get_json()
    nothing = one_stop.get(f"/changes?cursor={begun['next']}").get_json()
    deliver(day, datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM), 1)
    one_stop.put(7)
    more = one_stop.get(f"/changes?cursor={begun['next']}").get_json()

    assert {result["dossier_code"] for result in begun["results"]} == {CODE.format(number) for number in (1, 2, 3)}
    assert (nothing["results"], nothing["next"], nothing["has_more"]) == ([], begun["next"], False)
    assert [(result["dossier_code"], result["state"]) for result in more["results"]] == [
        (CODE.format(1), "delivered"), (CODE.format(7), "waiting"),
    ]  # fmt: skip
    assert neighbour.get("/changes").get_json()["results"] == []


@pytest.mark.usefixtures("day")
def test_many_changes_are_followed_some_at_a_time(one_stop: Machine) -> None:
    whole = one_stop.get("/changes").get_json()
    seen: list[str] = []
    page = one_stop.get("/changes?limit=1").get_json()
    while page["has_more"]:
        seen += [result["dossier_code"] for result in page["results"]]
        page = one_stop.get(f"/changes?limit=1&cursor={page['next']}").get_json()

    assert page["next"] == whole["next"]
    assert {*seen, *(result["dossier_code"] for result in page["results"])} == {CODE.format(n) for n in (1, 2, 3)}


def test_a_cursor_that_nobody_gave_is_refused(one_stop: Machine) -> None:
    answers = [one_stop.get(f"/changes?cursor={text}") for text in ("x", "MQ", "MS4y.", "0", "MC4tMQ", "JA==", "é")]

    assert {(answer.status_code, answer.get_json()["reasons"][0]["field"]) for answer in answers} == {(422, "cursor")}


def test_who_has_read_further_than_there_is_reads_anew(one_stop: Machine) -> None:
    one_stop.put(1)

    answer = one_stop.get(f"/changes?cursor={cursor(0, 10**6)}")

    assert (answer.status_code, answer.get_json()["type"].endswith("#too-old")) == (410, True)


def test_a_batch_tells_its_envelopes_its_routes_and_no_name(day: Day, one_stop: Machine) -> None:
    listed = one_stop.get("/batches?day=2026-11-25&office=BD").get_json()
    batch = one_stop.get(f"/batches/{day.batch}").get_json()
    plan = one_stop.get(f"/batches/{day.batch}/plan")

    assert listed == {"batches": [batch], "next": None}
    assert (batch["envelopes"], batch["at_ward"], batch["is_planned"], batch["is_printed"]) == (3, 3, True, True)
    visited = [stop["dossier"] for route in plan.get_json()["routes"] for stop in route["stops"]]
    assert sorted(visited) == [CODE.format(number) for number in (1, 2, 3)]
    assert "Người" not in plan.text
    assert one_stop.get("/batches?day=2026-11-26").get_json()["batches"] == []


def test_papers_are_fetched_as_they_were_printed_and_that_is_written_down(day: Day, one_stop: Machine) -> None:
    for name in ("labels.pdf", "slips.pdf", "route-sheets.pdf", "manifest.pdf"):
        answer = one_stop.get(f"/batches/{day.batch}/documents/{name}")
        assert (answer.mimetype, answer.data) == ("application/pdf", day.papers[name])
    assert one_stop.get(f"/batches/{day.batch}/documents/other.pdf").status_code == 404
    with day.service.database.read() as session:
        book = [(entry.actor, entry.subject) for entry in session.scalars(sa.select(AuditEntry))
                if entry.action == "fetched"]  # fmt: skip
    assert book == [("machine:mot-cua-bo-de", f"batch:{day.batch}")] * 4


def test_papers_that_were_never_printed_must_be_printed_first(day: Day, one_stop: Machine) -> None:
    day.import_and_place(a_row(9))
    with day.service.database.write() as session:
        batches = batch_due(session, date(2026, 11, 26), day.begun_at)
        code = next(batch.code for batch in batches if batch.code.startswith("BD-261126"))

    answer = one_stop.get(f"/batches/{code}/documents/labels.pdf")

    assert (answer.status_code, answer.get_json()["type"].endswith("#not-now")) == (409, True)
    assert one_stop.get(f"/batches/{code}/plan").status_code == 404


def test_figures_of_a_month_hide_the_few_and_a_month_that_runs_is_not_told(day: Day, one_stop: Machine) -> None:
    deliver(day, datetime(2026, 10, 14, 9, 0, tzinfo=VIETNAM), 3)
    few = one_stop.get("/statistics?month=2026-10").get_json()

    assert few == {"month": "2026-10", "all": None, "offices": []}
    assert one_stop.get("/statistics?month=2999-01").status_code == 422
    assert one_stop.get("/statistics").status_code == 422


def test_figures_of_many_are_told_by_office(day: Day, one_stop: Machine) -> None:
    day.import_and_place(*(a_row(number) for number in range(10, 22)))
    day.plan()
    day.print("mới")
    deliver(day, datetime(2026, 10, 14, 9, 0, tzinfo=VIETNAM), 15)

    told = one_stop.get("/statistics?month=2026-10").get_json()

    assert told["all"]["delivered"] == 15
    assert [(each["office"], each["figures"]["first_visit"]) for each in told["offices"]] == [("BD", 1.0)]
    assert (told["all"]["rating"], told["all"]["rated"]) == (None, 0)
