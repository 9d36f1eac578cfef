"""Named queues: which kinds of jobs belong together, so that a worker may serve some and leave the others to others."""

from collections.abc import Iterable
from dataclasses import dataclass

from delivery.errors import BadInput
from delivery.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Queue:
    """Kinds of jobs that wait in one line, apart from all others.

    `alone`: a worker does one at a time, because it needs whole processors or there is never more than one. `hands`: so
    many at a time, whatever the settings say, because most of them only wait for others.
    """

    name: str
    kinds: tuple[str, ...]
    alone: bool = False
    hands: int | None = None


QUEUES = (
    Queue("plan", ("plan", "help"), alone=True),
    Queue("print", ("print",), alone=True),
    Queue("submit", ("submit", "amend")),
    Queue("inbox", ("inbox", "callback")),
    Queue("poll", ("poll",), alone=True),
    Queue("intake", ("upload",), alone=True),
    Queue("place", ("place",), alone=True),
    Queue("night", ("night", "erase", "reseal"), alone=True),
    Queue("messages", ("message", "own-code")),
    Queue("notices", ("make-notices", "send-notices"), hands=8),
)


def queues_of(names: str) -> tuple[Queue, ...]:
    """The queues of a list such as `plan,submit`; all of them when it is empty. Raises BadInput for an unknown one."""
    wanted = {name.strip() for name in names.split(",")} - {""}
    known = {queue.name for queue in QUEUES}
    if unknown := wanted - known:
        raise BadInput(
            _("There is no queue {unknown}. There are: {known}").format(
                unknown=", ".join(sorted(unknown)), known=", ".join(queue.name for queue in QUEUES)
            )
        )
    return tuple(queue for queue in QUEUES if not wanted or queue.name in wanted)


def queue_of(kind: str, queues: Iterable[Queue] = QUEUES) -> Queue:
    """The queue in which jobs of a kind wait."""
    return next(queue for queue in queues if kind in queue.kinds)
