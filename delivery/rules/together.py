"""Which results travel in one envelope: those of one person, at one door, at one time and at one cost."""

import unicodedata
from dataclasses import dataclass

# More than this do not lie flat, and whoever is asked at the door for too many papers loses count.
MOST_TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Destination:
    """To whom a result goes, where and when, and who pays; `door` is the key of its door, empty while not placed."""

    office_id: int
    recipient_name: str
    phone: str
    address: str
    door: str
    slots: str
    payer: str

    @property
    def who(self) -> tuple[int, str, str, str, str]:
        """Everything but the door. The phone belongs to it: two people of one name may live in one house."""
        return self.office_id, _plain(self.recipient_name), self.phone, self.slots, self.payer

    @property
    def can_be_shared(self) -> bool:
        """Whether it is known well enough that something else may go along: a name alone is nobody."""
        return bool(self.phone and self.door)

    def agrees(self, other: "Destination") -> bool:
        """Whether both are the same person at the same door, by its key or as it is written."""
        same_door = self.door and self.door == other.door
        return self.who == other.who and bool(same_door or _plain(self.address) == _plain(other.address))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
