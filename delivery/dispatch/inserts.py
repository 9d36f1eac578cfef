"""Letters on paper: those of a batch in the order of its labels, and how a text will look."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.dispatch.batching import find_batch
from delivery.dispatch.consignments import planned_stops
from delivery.dispatch.letter_texts import Letter, checked, insert_text
from delivery.errors import BadInput, NotNow
from delivery.i18n import gettext as _
from delivery.models import Item, Office, Result
from delivery.wiring import Service
from labels.errors import CannotDraw
from labels.insert import MOST_PAGES, Insert, draw_inserts
from labels.model import Party
from labels.picture import pictures_of

MOST_PICTURES = 6


def preview_letter(session: Session, letter: Letter, text: str, name: str = "", office_id: int | None = None) -> bytes:
    """A text as it will look, from one office or the first there is.

    Raises BadLetter with the mistakes in it, and BadInput for one that has more pages than a letter may have.
    """
    wanted = sa.select(Office).order_by(Office.id)
    office = session.scalars(wanted.where(Office.id == office_id) if office_id is not None else wanted).first()
    sender = _party(office) if office is not None else Party(_("Ward"), "")
    try:
        return draw_inserts([Insert(checked(text), sender, letter.tone, name)], letter.language)
    except CannotDraw as error:
        raise BadInput(_("A letter has {count} pages at most").format(count=MOST_PAGES)) from error


def pictures_of_letter(pdf: bytes) -> list[bytes]:
    """The first pages of a letter as PNG, for looking at."""
    return pictures_of(pdf, most=MOST_PICTURES)


def print_inserts(service: Service, code: str) -> bytes:
    """The letters of a batch, in the order of the labels; an envelope gets one for each procedure inside.

    Raises NotFound, NotNow where there is nothing to print, and UnreadableFile for a mistake in a file.
    """
    with service.database.read() as session:
        batch = find_batch(session, code)
        results = [result for stop in planned_stops(batch) for result in _one_a_procedure(stop.item)]
        home, procedures = service.settings.home, dict.fromkeys(result.procedure_code for result in results)
        texts = {procedure: insert_text(session, home, procedure) for procedure in procedures}
        letters = [
            Insert(text.text, _party(batch.office), text.letter.tone, result.recipient_name)
            for result in results
            if (text := texts[result.procedure_code]) is not None
        ]
    if not letters:
        raise NotNow(_("No letter goes with any envelope of batch {code}").format(code=code))
    return draw_inserts(letters)


def _one_a_procedure(item: Item) -> Iterable[Result]:
    return {result.procedure_code: result for result in reversed(item.results)}.values()


def _party(office: Office) -> Party:
    return Party(office.name, office.address, office.phone)
