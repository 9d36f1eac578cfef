"""What somebody without an account has proved to be theirs, remembered in their browser for a quarter of an hour."""

from dataclasses import dataclass
from datetime import timedelta

from flask import session as cookie

from delivery.moments import now

LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Proof:
    """A kind of thing that is proved; nothing but its number is in the browser. Each use lets it last anew."""

    name: str

    def keep(self, number: int) -> None:
        """Remember that this one is theirs."""
        cookie[self.name] = {"id": number, "until": (now() + LASTS).timestamp()}

    def held(self) -> int | None:
        """The one that was proved, and is not forgotten yet."""
        kept = cookie.get(self.name)
        if kept is None or kept["until"] <= now().timestamp():
            return None
        self.keep(int(kept["id"]))
        return int(kept["id"])

    def drop(self) -> None:
        """Forget it: whoever comes next to this screen begins anew."""
        cookie.pop(self.name, None)


ENVELOPE, DOSSIER = Proof("own"), Proof("dossier")
