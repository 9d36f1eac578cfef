"""How far a file of results is, in words."""

from delivery.i18n import marked
from delivery.models import UploadState

STATES: dict[UploadState, str] = {
    UploadState.CHECKING: marked("Is being looked at"),
    UploadState.ASKING: marked("Which column is what?"),
    UploadState.CHECKED: marked("Looked at, waits to be taken in"),
    UploadState.UNREADABLE: marked("Cannot be read"),
    UploadState.TAKING: marked("Is being taken in"),
    UploadState.TAKEN: marked("Taken in"),
    UploadState.STOPPED: marked("Stopped half-way"),
    UploadState.DISCARDED: marked("Discarded"),
}
