"""What somebody without an account has proved to be theirs, remembered in their browser for a quarter of an hour."""

from dataclasses import dataclass
from datetime import timedelta

from flask import session as cookie

from delivery.moments import now

LASTS, AT_MOST = timedelta(minutes=15), timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Proof:
    """A kind of thing that is proved; nothing but its number is in the browser.

    Each use lets it last anew, up to two hours: a copy of it opens nothing for ever.
    """

    name: str

    def keep(self, number: int) -> None:
        """Remember that this one is theirs."""
        self._remember(number, now().timestamp())

    def held(self) -> int | None:
        """The one that was proved, and is not forgotten yet."""
        kept = cookie.get(self.name)
        if kept is None or kept["until"] <= now().timestamp() or "since" not in kept:
            return None
        self._remember(int(kept["id"]), kept["since"])
        return int(kept["id"])

    def drop(self) -> None:
        """Forget it: whoever comes next to this screen begins anew."""
        cookie.pop(self.name, None)

    def _remember(self, number: int, since: float) -> None:
        until = min((now() + LASTS).timestamp(), since + AT_MOST.total_seconds())
        cookie[self.name] = {"id": number, "until": until, "since": since}


ENVELOPE, DOSSIER = Proof("own"), Proof("dossier")
