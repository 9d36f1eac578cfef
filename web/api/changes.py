"""Following all changes: what has changed since a cursor, in an order in which none is missed."""

from typing import Annotated

from pydantic import Field

from delivery.i18n import marked
from delivery.machines.changes import BEGINNING, Place, changes_after, is_forgotten
from delivery.standing import standings_in_order
from web.api.cursors import cursor, place
from web.api.guarding import caller
from web.api.operations import Query, operation
from web.api.problems import Problem
from web.api.wire import ChangePage, ResultOut
from web.views import service

MOST_AT_ONCE = 500


class ChangeQuery(Query):
    """From where on, and how many changes at a time."""

    cursor: Annotated[str, Field(max_length=100)] = Field(
        default="", description="`next` of the answer before; without it, from the beginning of what is kept"
    )
    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 100


@operation(
    "GET", "/changes", "results", marked("Results that have changed since a cursor, as they stand now"),
    query=ChangeQuery, answer=ChangePage, problems=(410,),
)  # fmt: skip
def list_changes(query: ChangeQuery) -> ChangePage:
    since = Place(*place(query.cursor, 2)) if query.cursor else BEGINNING
    with service().database.read() as session:
        if is_forgotten(session, since):
            raise Problem("too-old")
        found = changes_after(session, caller(), since, query.limit)
        results = [ResultOut.of(one) for one in standings_in_order(session, found.results)]
        following = cursor(found.upto.turn, found.upto.number)
        return ChangePage(results=results, next=following, has_more=not found.is_all)
