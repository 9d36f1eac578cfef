"""What may be done with an envelope that lies at the ward, as its page shows it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from delivery.dispatch.returns import (
    TAKE_BACK_WITHIN,
    fetched_of,
    may_be_fetched,
    may_go_again,
    receivers_of,
    words_of,
)
from delivery.models import Item, Resend
from delivery.moments import now
from delivery.rules.doorstep import Receiver


@dataclass(frozen=True, slots=True)
class Returned:
    """Who may fetch it, who has, and whether it is to be sent again."""

    may_fetch: Collection[Receiver]
    fetched: str
    may_undo: bool
    may_ask: bool
    wish: Resend | None

    @property
    def is_there(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.may_fetch or self.fetched or self.wish)


def returned_of(session: Session, item: Item) -> Returned:
    """Where an envelope stands that came back, or never left."""
    fetched = fetched_of(item)
    again = may_go_again(item)
    wish = item.wish
    return Returned(
        may_fetch=receivers_of(session, item) if may_be_fetched(item) and item.belongs_together else (),
        fetched=words_of(fetched) if fetched is not None else "",
        may_undo=item.collected_at is not None and now() - item.collected_at <= TAKE_BACK_WITHIN,
        may_ask=again and wish is None,
        wish=wish if again else None,
    )
