"""Places at which a process can be made to die at once, as by a power cut, so that tests see what is left behind.

`TANNHA_FAILPOINT=after_send` ends the process with exit code 137 when it comes to that place, `after_send:3` when it
comes there for the third time, and `after_intent:1:freeze` stops it there until somebody sends SIGCONT. Without the
variable nothing happens anywhere.
"""

import os
import signal
import threading
from collections.abc import Mapping
from itertools import count

POINTS: Mapping[str, str] = {
    "after_claim": "a job has been claimed, and nothing done for it yet",
    "after_intent": "the intention to tell the carrier is on the disk, and no byte has left the house",
    "after_send": "the carrier has answered, and nothing of the answer is written down",
    "before_commit": "the carrier's acceptance, or a callback, is written but not yet committed",
    "after_commit": "the same has been committed, and nobody told",
    "after_pdf_tmp": "a paper stands under its draft's name, not yet surely on the disk",
    "before_rename": "the draft is surely on the disk and does not yet have the paper's name",
}
DIED = 137  # as a shell reports kill -9
_chosen, _time, _harm = (*os.environ.get("TANNHA_FAILPOINT", "").split(":"), "", "")[:3]
_times = count(1)
if _chosen and _chosen not in POINTS:
    raise ValueError(f"TANNHA_FAILPOINT is one of {', '.join(POINTS)}, not {_chosen}")


def reach(point: str) -> None:
    """Die or freeze here if this is the place that the environment names."""
    if point != _chosen or next(_times) != int(_time or 1):
        return
    if _harm == "freeze":
        # To this thread: sent to the process, it might reach another one first, and this one would go on meanwhile.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
    else:
        os._exit(DIED)
