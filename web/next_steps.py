"""What is sensible to do next about each kind of case, in one sentence."""

from delivery.i18n import marked
from delivery.models import CaseKind

NEXT_STEPS: dict[CaseKind, str] = {
    CaseKind.ADDRESS: marked("Choose the place on the map, or call and ask"),
    CaseKind.LEFT_OUT: marked("Give it a place on the routes' board, or leave it for tomorrow"),
    CaseKind.SECOND_COPY: marked("Look whether there are two papers; if there is one, keep this at the counter"),
    CaseKind.OLDER_VERSION: marked("Ask the one-stop counter which version holds"),
    CaseKind.CHANGED_AFTER_DISPATCH: marked("Print the label again and replace it, or have the carrier told"),
    CaseKind.REFUSED_BY_CARRIER: marked("Correct what the carrier objects to, and tell it again"),
    CaseKind.CARRIER_SILENT: marked("Call the carrier and ask whether it has the order"),
    CaseKind.CONTRADICTION: marked("Ask the carrier what really happened"),
    CaseKind.UNKNOWN_CODE: marked("Find out what the code means, and teach it"),
    CaseKind.HAND_OVER: marked("Look for the envelopes, and scan them at the table"),
    CaseKind.STUCK_JOB: marked("Tell whoever looks after the machine"),
    CaseKind.DOOR_ELSEWHERE: marked("Look at the map: does the pin have to move?"),
    CaseKind.RECALL: marked("Call the carrier; the envelope must come back or be corrected"),
    CaseKind.NUMBERS_LOW: marked("Ask the post for more item codes"),
    CaseKind.CARRIER_WARD: marked("Choose the carrier's code for the ward"),
    CaseKind.STATEMENT: marked("Take it up with the carrier before the bill is paid"),
    CaseKind.TWO_RECEIVERS: marked("Call the recipient and ask who has the envelope"),
    CaseKind.WRONG_HANDS: marked("Call the recipient at once: has it reached them?"),
    CaseKind.NIGHT: marked("Look at the envelope, and put the books right"),
    CaseKind.RETURNED: marked("Call the recipient: will they fetch it, or shall it be sent again?"),
    CaseKind.DISPUTE: marked("Look at who took it and against which paper; call the recipient, then the carrier."),
    CaseKind.FETCH: marked("Put the envelope aside; when they come, say on its page who fetched it."),
    CaseKind.FROM_PHONE: marked("Ask the courier what happened, and note it at the counter"),
    CaseKind.NOTICES: marked("Ask an administrator to look under Settings, and whoever runs the one-stop system"),
    CaseKind.SEAL: marked("Open it with somebody else, compare what is inside, and pack and seal it anew"),
    CaseKind.DATA_REQUEST: marked("Open Data requests in the settings: acknowledge it, then decide it"),
    CaseKind.BREACH: marked("Open Leaks in the settings: tell the authority within 72 hours, and write it down"),
}
