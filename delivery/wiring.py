"""The composition root: from settings to a database and a carrier."""

from dataclasses import dataclass
from functools import cached_property

from delivery.carriers import carrier_of
from delivery.database import Database
from delivery.keys import read_key
from delivery.settings import Settings
from postal_api.carrier import Carrier


@dataclass(frozen=True)
class Service:
    """What a process needs to do the service's work; built once at its door and handed down."""

    settings: Settings
    database: Database

    @classmethod
    def from_settings(cls, settings: Settings) -> "Service":
        settings.home.mkdir(parents=True, exist_ok=True)
        return cls(settings, Database.connect(settings.database))

    @cached_property
    def carrier(self) -> Carrier:
        return carrier_of(self.settings)

    def close(self) -> None:
        """Let go of the carrier's line and the database; for a process that goes on without this service."""
        if "carrier" in self.__dict__:
            self.carrier.close()
        self.database.engine.dispose()

    @cached_property
    def seal(self) -> bytes:
        """The key that seals the QR codes on envelopes."""
        return read_key(self.settings.keys, "seal")
