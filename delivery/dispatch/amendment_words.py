"""Recalls and corrections in the words of whoever has to act on them."""

from delivery.i18n import marked
from delivery.models import Amendment, AmendmentKind, AmendmentState, Submission

OUTCOMES: dict[str, str] = {
    "at_ward": marked("It stays at the ward; its number and its label are void."),
    "held": marked("It stays at the ward; it has not been consigned."),
    "refused": marked("The carrier does not agree; a case asks somebody to call it."),
    "asked": marked("The carrier is being asked; a worker goes on until it has answered. Keep the envelope back."),
    "taken_back": marked("It is in the ward's hands; that sending is void."),
    "released": marked("It may travel again, with the next batch."),
    "goes_on": marked("The recall is taken back: it goes on as before."),
    "corrected": marked("Corrected. Its label is void: print it again."),
    "told": marked("Corrected. Its label is void: print it again. The carrier is being told."),
}
KINDS: dict[AmendmentKind, str] = {
    AmendmentKind.RECALL: marked("Recall"),
    AmendmentKind.CORRECT: marked("Correction"),
    AmendmentKind.REPLACE: marked("Correction by a new order"),
}
_DONE: dict[AmendmentKind, str] = {
    AmendmentKind.RECALL: marked("Done: the carrier has given it up"),
    AmendmentKind.CORRECT: marked("Done: the carrier has taken it over"),
    AmendmentKind.REPLACE: marked("Done: the old order is given up, a new one follows"),
}
_UNASKED = marked("Done: the carrier did not need to be asked")
_ORDER_IN_DOUBT = marked("In doubt whether the carrier has the order at all; it is asked once that is known")
_STATES: dict[AmendmentState, str] = {
    AmendmentState.WANTED: marked("The carrier is asked as soon as a worker gets to it"),
    AmendmentState.ASKED: marked("Asked, and no answer yet: in doubt until one has come; it is asked again"),
    AmendmentState.PENDING: marked("The carrier's people are deciding"),
    AmendmentState.REFUSED: marked("Refused: somebody must call the carrier"),
    AmendmentState.TAKEN_BACK: marked("Taken back"),
}


def state_of(amendment: Amendment) -> str:
    """How far a recall or correction has come; the text is for the catalogue."""
    if amendment.state is AmendmentState.DONE:
        return _DONE[amendment.kind] if amendment.asked_at is not None else _UNASKED
    if amendment.state is AmendmentState.WANTED and amendment.consignment.submission is Submission.IN_DOUBT:
        return _ORDER_IN_DOUBT
    return _STATES[amendment.state]
