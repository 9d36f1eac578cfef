"""What citizens were told, by what and when; and which addresses want no messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base, Facts
from delivery.rules.messages import MessageChannel, MessageState, Occasion, Why


class Message(Base):
    """One thing to tell the recipient of a result, or of the envelope whose first result it is.

    `about` names what is told of (delivery.rules.messages), `round` counts how often it has become true again: together
    they make it impossible to say a thing twice. The address is read from the result when the message is sent, and
    never copied: `masked` is what may be shown of it. `refused` are the channels that cannot reach it, with why.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("result_id", "occasion", "about", "round"),
        Index("ix_message_created_at", "created_at"),
        Index(
            "ix_message_unsent",
            "channel",
            "tried_at",
            sqlite_where=text("state IN ('waiting', 'trying')"),
            postgresql_where=text("state IN ('waiting', 'trying')"),
        ),
        Index("ix_message_sent", "channel", "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    occasion: Mapped[Occasion]
    about: Mapped[str]
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[MessageState] = mapped_column(default=MessageState.WAITING)
    why: Mapped[Why | None]
    channel: Mapped[MessageChannel | None]
    refused: Mapped[Facts | None]
    masked: Mapped[str] = mapped_column(default="", server_default="")
    happened_at: Mapped[datetime]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    worth_until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    first_tried_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class UnwantedAddress(Base):
    """A phone number or e-mail address that wants no messages, as a keyed hash: the address cannot be read from it."""

    __tablename__ = "unwanted_address"

    address_hash: Mapped[str] = mapped_column(primary_key=True)
    said_at: Mapped[datetime]
    said_by: Mapped[str]
