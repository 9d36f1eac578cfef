"""What is known about addresses apart from any one certificate: pins, doors that were confirmed, services' answers."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from delivery.models.base import Base, Facts


class PlaceFix(Base):
    """Where an address lies according to a person; remembered for the next certificate that goes there.

    `quality` and `radius_m` are empty where the pin was put on the door itself.
    """

    __tablename__ = "place_fix"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_key: Mapped[str] = mapped_column(unique=True)
    lat: Mapped[float]
    lon: Mapped[float]
    new_ward_code: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    radius_m: Mapped[int | None]
    quality: Mapped[str | None]


class PastFix(Base):
    """A pin that holds no more: because another took its place, or because it was taken back (`undone`)."""

    __tablename__ = "past_fix"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_key: Mapped[str] = mapped_column(index=True)
    lat: Mapped[float]
    lon: Mapped[float]
    new_ward_code: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    radius_m: Mapped[int | None]
    quality: Mapped[str | None]
    ended_by: Mapped[str]
    ended_at: Mapped[datetime]
    undone: Mapped[bool] = mapped_column(default=False)


class ConfirmedDoor(Base):
    """One confirmation at the door that an address lies there; only ever kept with the recipient's consent."""

    __tablename__ = "confirmed_door"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_key: Mapped[str] = mapped_column(index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("result.id"), index=True)
    lat: Mapped[float]
    lon: Mapped[float]
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime]


class ServiceAnswer(Base):
    """What an online service answered, or that it had no answer; `key` is a hash, the question itself is not kept."""

    __tablename__ = "service_answer"

    key: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[Facts | None]
