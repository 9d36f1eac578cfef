"""What the pages about couriers, offices and procedures have in common: a form, saving it, putting a change back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, request
from sqlalchemy.orm import Session

from delivery import furniture
from delivery.errors import NotNow
from delivery.furniture import Furniture, Value
from delivery.i18n import gettext as _
from delivery.moments import now
from web import access
from web.fields import Field, read_all, shown_all
from web.views import service

# The largest number that a column of numbers keeps.
LARGEST = 2147483647
Values = Mapping[str, Value]
Check = Callable[[Values], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: its fields with what stands in them, what is wrong, and the last change its reader saw."""

    fields: Sequence[Field]
    typed: Mapping[str, str]
    sees: int = 0
    wrong: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""

    @property
    def status(self) -> int:
        """The answer's status: 422 for a form that comes back."""
        return 422 if self.wrong or self.trouble else 200


def sent_number(name: str) -> int:
    """The number in a field of the form that was sent; 0 for what is none, or none that a database could keep."""
    number = request.form.get(name, 0, type=int)
    return number if 0 <= number <= LARGEST else 0


def form_of(session: Session, row: Furniture, fields: Sequence[Field]) -> Form:
    """The form with what holds now."""
    return Form(fields, shown_all(fields, row), furniture.last_change(session, row))


def read_form(fields: Sequence[Field], check: Check) -> tuple[Values, Form]:
    """The values that were sent, and the form with what is wrong with them; `check` sees all when each is readable."""
    typed = {one.name: request.form.get(one.name, "").strip()[:1000] for one in fields}
    values, wrong = read_all(fields, typed)
    if not wrong:
        wrong = dict(check(values))
    return values, Form(fields, typed, request.form.get("thay", 0, type=int), wrong)


def save(find: Callable[[Session], Furniture], values: Values, form: Form) -> str:
    """Let what was typed hold from now on; returns what stands in the way, empty when nothing does."""
    try:
        with service().database.write() as session:
            by, at = access.staff().username, now()
            changed = furniture.change(session, find(session), values, sees=form.sees, by=by, at=at)
    except NotNow as error:
        return str(error)
    flash(_("Saved. What was before stands below, and can be put back.") if changed else _("Nothing was changed."),
          "success")  # fmt: skip
    return ""


def put_back(find: Callable[[Session], Furniture]) -> None:
    """Undo the change that the form names."""
    number = sent_number("lan")
    try:
        with service().database.write() as session:
            by, at = access.staff().username, now()
            furniture.put_back(session, find(session), number, by=by, at=at)
    except NotNow as error:
        flash(str(error), "warning")
    else:
        flash(_("Put back: it is as it was before that change."), "success")
