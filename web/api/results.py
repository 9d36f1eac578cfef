"""Results: brought in, corrected, withdrawn; and what has become of them."""

from typing import Annotated

import sqlalchemy as sa
from flask import Response, abort, current_app, request
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session, joinedload

from delivery.i18n import marked
from delivery.intake.receiving import Bringer, KnownWards, find_result, receive_results, withdraw
from delivery.intake.taken import Outcome, Taken, Told
from delivery.intake.trays import Tray, lies_in
from delivery.machines.answers import Answer
from delivery.machines.history import history_of
from delivery.models import Office, Result
from delivery.moments import local, now
from delivery.standing import standings_in_order
from web.api.cursors import cursor, place
from web.api.guarding import caller
from web.api.keyed import check_match, do_once, etag_of, unless_known
from web.api.operations import Query, operation, reasons_of
from web.api.problems import Problem
from web.api.wire import (
    History,
    ResultContent,
    ResultIn,
    ResultOut,
    ResultPage,
    ResultsIn,
    ResultsTaken,
    RowOut,
    StepOut,
    Withdrawn,
    told_of,
)
from web.people import note
from web.views import service

TAG = "results"
ONE = "/results/{dossier_code}/{copy_no}"
TRAYS = {
    "waiting": Tray.WAITING, "held": Tray.HELD, "late": Tray.LATE, "under_way": Tray.UNDER_WAY, "back": Tray.BACK,
    "delivered": Tray.DELIVERED, "counter": Tray.COUNTER, "all": Tray.ALL,
}  # fmt: skip
MOST_ON_A_PAGE = 200


class ResultQuery(Query):
    """Which results, and how many at a time."""

    office: Annotated[str, Field(max_length=20)] = Field(default="", description="Code of an office")
    tray: Annotated[str, Field(pattern=f"^({'|'.join(TRAYS)})$")] = Field(
        default="all", description=f"Only what lies in this tray: {', '.join(TRAYS)}"
    )
    cursor: Annotated[str, Field(max_length=100)] = Field(default="", description="`next` of the page before")
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 50


@operation(
    "POST", "/results", TAG, marked("Bring up to 1,000 results in; good rows come in, others say why not"),
    body=ResultsIn, answer=ResultsTaken, keyed=True, problems=(409,),
)  # fmt: skip
def bring_results(body: ResultsIn) -> Response:
    rows = [_told(number, row) for number, row in enumerate(body.results, 1)]

    def work(session: Session) -> Answer:
        taken = _receive(session, [row for row in rows if isinstance(row, Told)], content=request.get_data())
        by_number = {each.number: each for each in [*taken, *(row for row in rows if isinstance(row, Taken))]}
        return _answer(_summary([by_number[number] for number in sorted(by_number)]))

    return do_once(work)


@operation(
    "PUT", ONE, TAG, marked("Bring one result in, or correct it: all that is known of it, as it should be"),
    body=ResultContent, answer=RowOut, statuses={200: "It was known", 201: "It is new"}, keyed=True, matched=True,
    problems=(404, 409, 412),
)  # fmt: skip
def put_result(dossier_code: str, copy_no: int, body: ResultContent) -> Response:
    cells = {**body.cells(), "dossier_code": dossier_code, "copy_no": str(copy_no)}

    def work(session: Session) -> Answer:
        insists = _check_match(session, dossier_code, copy_no)
        (taken,) = _receive(session, [Told(1, cells)], insists=insists)
        if taken.outcome is Outcome.REFUSED:
            raise Problem("refused", reasons=taken.reasons)
        return _answer(RowOut.of(taken), 201 if taken.outcome is Outcome.NEW else 200)

    return do_once(work)


@operation("GET", ONE, TAG, marked("Where a result stands"), answer=ResultOut, conditional=True, problems=(404,))
def get_result(dossier_code: str, copy_no: int) -> Response:
    with service().database.read() as session:
        return unless_known(_shown(session, _found(session, dossier_code, copy_no)))


@operation(
    "GET", f"{ONE}/history", TAG, marked("All that happened to a result"), answer=History, conditional=True,
    problems=(404,),
)  # fmt: skip
def get_history(dossier_code: str, copy_no: int) -> Response:
    with service().database.read() as session:
        steps = history_of(session, _found(session, dossier_code, copy_no))
        return unless_known(History(steps=[StepOut.of(step) for step in steps]))


@operation(
    "POST", f"{ONE}/withdrawal", TAG,
    marked("Withdraw a result: it stays at the counter, and an envelope on its way is asked back"),
    answer=Withdrawn, keyed=True, problems=(404, 409),
)  # fmt: skip
def withdraw_result(dossier_code: str, copy_no: int) -> Response:
    by = caller().actor

    def work(session: Session) -> Answer:
        found = _found(session, dossier_code, copy_no, locked=True)
        changed = withdraw(session, found, by=by, at=now())
        if changed:
            note(session, by, "withdrew", f"result:{found.id}", now())
        return _answer(Withdrawn(outcome="withdrawn" if changed else "unchanged"))

    return do_once(work)


@operation(
    "GET", "/results", TAG, marked("Results of an office, or of a tray, page by page"), query=ResultQuery,
    answer=ResultPage,
)  # fmt: skip
def list_results(query: ResultQuery) -> ResultPage:
    (after,) = place(query.cursor, 1) if query.cursor else (0,)
    with service().database.read() as session:
        lies = lies_in(session, TRAYS[query.tray], local(now()).date())
        wanted = sa.select(Result).where(caller().in_reach(Result.office_id), lies, Result.id > after)
        if query.office:
            wanted = wanted.where(Result.office_id.in_(sa.select(Office.id).where(Office.code == query.office)))
        some = wanted.options(joinedload(Result.office)).order_by(Result.id).limit(query.limit + 1)
        found = session.scalars(some).all()
        shown = found[: query.limit]
        following = cursor(shown[-1].id) if len(found) > len(shown) else None
        return ResultPage(results=[ResultOut.of(one) for one in standings_in_order(session, shown)], next=following)


def _told(number: int, row: dict[str, object]) -> Told | Taken:
    try:
        return told_of(number, ResultIn.model_validate(row))
    except ValidationError as error:
        return Taken(number, Outcome.REFUSED, reasons=tuple(reasons_of(error)))


def _receive(session: Session, rows: list[Told], *, content: bytes | None = None, insists: bool = False) -> list[Taken]:
    bringer, at = Bringer(caller().actor, caller().offices), now()
    wards: KnownWards = current_app.extensions.setdefault("tannha-wards", KnownWards())
    ward = wards.ward(session, caller().offices, at)
    return receive_results(session, rows, bringer, ward, content, at=at, insists=insists)


def _summary(rows: list[Taken]) -> ResultsTaken:
    outcomes = [row.outcome for row in rows]
    return ResultsTaken(
        read=len(rows),
        new=outcomes.count(Outcome.NEW),
        corrected=outcomes.count(Outcome.CORRECTED),
        unchanged=outcomes.count(Outcome.UNCHANGED) + outcomes.count(Outcome.OLDER),
        refused=outcomes.count(Outcome.REFUSED),
        rows=[RowOut.of(row) for row in rows],
    )


def _answer(model: RowOut | ResultsTaken | Withdrawn, status: int = 200) -> Answer:
    return Answer(status, model.model_dump_json().encode())


def _check_match(session: Session, dossier_code: str, copy_no: int) -> bool:
    """Whether whoever asks has seen the result as it is (If-Match), or knows that there is none (If-None-Match: *)."""
    if "If-Match" not in request.headers and "If-None-Match" not in request.headers:
        return False
    found = find_result(session, caller().in_reach(Result.office_id), dossier_code, copy_no, locked=True)
    return check_match(etag_of(_shown(session, found)) if found is not None else None)


def _found(session: Session, dossier_code: str, copy_no: int, *, locked: bool = False) -> Result:
    found = find_result(session, caller().in_reach(Result.office_id), dossier_code, copy_no, locked=locked)
    return found or abort(404)


def _shown(session: Session, result: Result) -> ResultOut:
    (standing,) = standings_in_order(session, [result])
    return ResultOut.of(standing)
