"""The table of fees: what counts, what was entered and by whom, and entering the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from delivery.errors import BadFeeTable, BadInput, DeliveryError, UnreadableFile
from delivery.fees import (
    AHEAD,
    LONGEST_REASON,
    MOST_ROWS,
    SOURCES,
    ZONES,
    Compared,
    Rows,
    Standing,
    compare,
    enter,
    entered,
    fees_told,
    newest,
    read_rows,
    standing_on,
)
from delivery.fees import take_back as withdraw
from delivery.i18n import gettext as _
from delivery.moments import local, now, short_date
from web import access
from web.dates import day_of
from web.furnishing import sent_number
from web.views import service

pages = Blueprint("fees", __name__, url_prefix="/bang-cuoc")
# Empty rows at the end of the form, for what is new.
SPARE = 3


@dataclass(frozen=True, slots=True)
class Form:
    """The form as it is shown: what was typed, the version its reader saw, and what is wrong, by row."""

    rows: Rows
    valid_from: str
    reason: str = ""
    sees: int = 0
    mistakes: Sequence[tuple[int, str]] = ()
    trouble: str = ""

    @property
    def wrong(self) -> Mapping[int, str]:
        """What is wrong in each row; 0 is the table as a whole."""
        found: dict[int, list[str]] = {}
        for row, why in self.mistakes:
            found.setdefault(row, []).append(why)
        return {row: "; ".join(whys) for row, whys in found.items()}


@pages.get("")
def show() -> ResponseReturnValue:
    """What counts now, what was entered, and the form with what counts as its beginning."""
    return _page()


@pages.post("/xem")
def look() -> ResponseReturnValue:
    """What the table in the form would change for typical envelopes; nothing is kept."""
    form = _typed()
    if request.headers.get("HX-Request") != "true":
        return _page(form, looks=True)
    return render_template("_fees.html", **_look(form))


@pages.post("")
def save() -> ResponseReturnValue:
    """Let the table in the form count from its day on; one with mistakes comes back with them."""
    form = _typed()
    by, at = access.staff().username, now()
    try:
        day = day_of(form.valid_from)
        if day is None:
            raise BadInput(_("Choose the day from which on it counts"))
        with service().database.write() as session:
            made = enter(session, form.rows, day, form.reason, sees=form.sees, by=by, at=at, today=_today())
    except BadFeeTable as error:
        return _page(_with(form, mistakes=error.mistakes), status=422)
    except DeliveryError as error:
        return _page(_with(form, trouble=str(error)), status=422)
    flash(_("The table counts from {day} on.").format(day=short_date(made.valid_from)), "success")
    return redirect(url_for("fees.show"))


@pages.post("/rut")
def take_back() -> ResponseReturnValue:
    """Let a table that was entered count no more, while nothing was charged by it."""
    by, at = access.staff().username, now()
    try:
        with service().database.write() as session:
            withdraw(session, sent_number("ban"), by=by, at=at)
    except DeliveryError as error:
        flash(str(error), "warning")
    else:
        flash(_("Taken back: the table that was before counts again."), "success")
    return redirect(url_for("fees.show"))


def _page(form: Form | None = None, *, looks: bool = False, status: int = 200) -> ResponseReturnValue:
    with service().database.read() as session:
        holds, trouble = _holds(session)
        # A file that cannot be read must not keep anybody from entering a table instead.
        rows = Rows.of(holds.table) if holds is not None else Rows([], "0", [])
        shown = form or Form(rows, _today().isoformat(), sees=newest(session))
        past = entered(session)
    page = render_template(
        "fees.html", holds=holds, trouble=trouble, form=shown, past=past, zones=ZONES, sources=SOURCES, spare=SPARE,
        today=_today(), last=_today() + AHEAD, longest=LONGEST_REASON, may_change=access.may_open("fees.save"),
        look=_look(shown) if looks else None,
    )  # fmt: skip
    return page, status


def _holds(session: Session) -> tuple[Standing | None, str]:
    try:
        return standing_on(session, service().settings.home, _today()), ""
    except UnreadableFile as error:
        return None, str(error)


def _look(form: Form) -> dict[str, object]:
    """What `_fees.html` shows: the prices before and after, or what is wrong."""
    try:
        table = read_rows(form.rows)
        day = day_of(form.valid_from) or _today()
        with service().database.read() as session:
            compared: Sequence[Compared] = compare(fees_told(session, service().settings.home, day), table)
    except BadFeeTable as error:
        return {"mistakes": error.mistakes}
    except BadInput as error:
        return {"mistakes": [(0, str(error))]}
    return {"compared": compared}


def _typed() -> Form:
    """The form that was sent; rows that are left empty are none."""
    many = request.form.getlist
    typed = zip(many("vung"), many("den_g"), many("dong"), strict=False)
    fees = [row for row in typed if any(cell.strip() for cell in row[1:])]
    exempt = [row for row in zip(many("ma_mien"), many("loai_mien"), strict=False) if any(cell.strip() for cell in row)]
    rows = Rows(
        [(zone, _figure(up_to), _figure(dong)) for zone, up_to, dong in fees[: MOST_ROWS + 1]],
        _figure(request.form.get("chuyen", "0")),
        [(name.strip(), " ".join(words.split())) for name, words in exempt[: MOST_ROWS + 1]],
    )
    reason = " ".join(request.form.get("ly_do", "").split())
    return Form(rows, request.form.get("tu_ngay", ""), reason, request.form.get("thay", 0, type=int))


def _figure(typed: str) -> str:
    """A figure as people type it: 26.000 and 26 000 are 26000."""
    return "".join(typed.replace(".", "").replace(",", "").split())[:20]


def _with(form: Form, *, mistakes: Sequence[tuple[int, str]] = (), trouble: str = "") -> Form:
    return Form(form.rows, form.valid_from, form.reason, form.sees, mistakes, trouble)


def _today() -> date:
    return local(now()).date()
