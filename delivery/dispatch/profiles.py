"""Printing labels from the browser: which printers an office has, the last choice, and the calibration page."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import insert_or_update
from delivery.dispatch.printing import Look, papers_of
from delivery.errors import BadInput
from delivery.i18n import current_language, marked, ngettext
from delivery.i18n import gettext as _
from delivery.models import PrintChoice, PrintProfile
from delivery.wiring import Service
from labels.calibration import draw_calibration, draw_sheet_calibration
from labels.label import SHEETS
from labels.texts import Language

# Each kind of paper in a printer, by the name that `labels` has for it.
PAPERS: dict[str, str] = {
    "thermal": marked("label printer, 100 × 150 mm"),
    "2": marked("A4, two labels"),
    "4": marked("A4, four labels"),
    "8": marked("A4, eight labels"),
}
LABELS = "labels.pdf"


def profiles_of(session: Session, offices: Sequence[int], *, only_active: bool = False) -> list[PrintProfile]:
    """The printers of these offices, those in use first, by name."""
    wanted = sa.select(PrintProfile).where(PrintProfile.office_id.in_(offices))
    if only_active:
        wanted = wanted.where(PrintProfile.active)
    order = (PrintProfile.active.desc(), PrintProfile.office_id, PrintProfile.name)
    return list(session.scalars(wanted.order_by(*order)))


def by_office(profiles: Iterable[PrintProfile]) -> dict[int, list[PrintProfile]]:
    """The same, by office."""
    found: dict[int, list[PrintProfile]] = {}
    for one in profiles:
        found.setdefault(one.office_id, []).append(one)
    return found


def is_taken(session: Session, office_id: int, name: str, *, but: int = 0) -> bool:
    """Whether another printer of the office goes by that name."""
    wanted = sa.exists().where(PrintProfile.office_id == office_id, PrintProfile.name == name, PrintProfile.id != but)
    return bool(session.scalar(sa.select(wanted)))


def last_choices(session: Session, staff_id: int) -> dict[int, int]:
    """On which printer somebody printed last, by office."""
    chosen = sa.select(PrintChoice.office_id, PrintChoice.profile_id).where(PrintChoice.staff_id == staff_id)
    return dict(session.execute(chosen).all())


def remember(session: Session, staff_id: int, profile: PrintProfile) -> None:
    """Keep on which printer somebody prints."""
    values = {"staff_id": staff_id, "office_id": profile.office_id, "profile_id": profile.id}
    insert_or_update(session, PrintChoice, values, only=sa.true())


def labels_on(service: Service, code: str, profile: PrintProfile, skip: int, *, only_last: bool = False) -> bytes:
    """The labels of a batch as they were printed last, laid out for a printer; `skip` places of its sheet are used up.

    Raises BadInput for more places than the sheet has, and what `papers_of` raises.
    """
    places = SHEETS[profile.sheet].places
    if not 0 <= skip < places:
        raise BadInput(
            ngettext(
                "The sheet has {count} place: none can be used up already",
                "The sheet has {count} places: fewer than that can be used up already",
                places,
            ).format(count=places)
        )
    look = Look(profile.sheet, skip, right=profile.right_mm, down=profile.down_mm)
    return papers_of(service, code, look, {LABELS}, only_last=only_last)[LABELS]


def calibration_of(profile: PrintProfile) -> bytes:
    """The page that shows how far the printer is off now, as PDF."""
    facts = f"{profile.name} · {_(PAPERS[profile.sheet])} · {profile.right_mm:+.1f} / {profile.down_mm:+.1f} mm"
    language: Language = "en" if current_language() == "en" else "vi"
    shift = (profile.right_mm, profile.down_mm)
    if SHEETS[profile.sheet].places == 1:
        return draw_calibration(facts, profile.dpi, language, shift=shift, told="calibration_on_page")
    return draw_sheet_calibration(facts, SHEETS[profile.sheet], language, shift=shift)
