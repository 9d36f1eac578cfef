"""The composition root: from settings to a database, a map, geocoders and a carrier.

A line to others, and what speaks over it, is loaded by those who use it: most commands need the books alone, and
people wait for them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from delivery.database import Database
from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.keys import read_key
from delivery.messages.telling import TELLS
from delivery.models.sealed import SEALS
from delivery.noting import watch
from delivery.sealing import FieldSeals
from delivery.settings import Settings

if TYPE_CHECKING:
    from delivery.geocoders.chain import Chain
    from delivery.geocoders.online import OnlineLine
    from delivery.geocoders.shelf import AtlasShelf
    from delivery.identity.provider import Provider
    from delivery.messages.desk import MessageDesk
    from delivery.notices.line import NoticeLine
    from delivery.places.atlas import Atlas
    from delivery.travelling import Travelling
    from postal_api.carrier import Carrier


@dataclass(frozen=True)
class Service:
    """What a process needs to do the service's work; built once at its door and handed down."""

    settings: Settings
    database: Database
    _others: dict[str, "Service"] = field(default_factory=dict, repr=False, compare=False)
    _chosen: "Service | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Whatever works with a home's books opens what lies sealed in them by the keys of that home.
        self.database.carry(SEALS, FieldSeals.of(self.settings.keys))

    @classmethod
    def from_settings(cls, settings: Settings) -> "Service":
        # The database, papers and keys in it are nobody else's on this machine.
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whoever says nothing for two leases is taken for dead, by the database as well.
        silent, info = 2 * settings.lease_seconds, {TELLS: bool(settings.channels)}
        database = Database.connect(settings.database, silent_seconds=silent, info=info)
        watch(database)
        return cls(settings, database)

    def with_carrier(self, name: str) -> "Service":
        """The same service as it deals with that carrier.

        What was begun with one carrier goes on with it, also after the settings have come to name another.
        """
        if self._chosen is not None:
            return self._chosen.with_carrier(name)
        if name == self.settings.carrier:
            return self
        if name not in self._others:
            # Of two threads that come first at once, both get the same.
            self._others.setdefault(name, Service(self.settings.with_carrier(name), self.database, _chosen=self))
        return self._others[name]

    @cached_property
    def carrier(self) -> "Carrier":
        """The line to the carrier.

        Raises BadSetting when the settings do not say where it is.
        """
        chosen, here = (self._chosen or self).settings, self.settings
        if here.uses_sandbox and here.carrier != "sandbox" and not chosen.uses_sandbox:
            # Real envelopes are with it: the sandbox post must not be taken for it.
            raise BadSetting(_("Envelopes are still with {carrier}: keep its address").format(carrier=here.carrier))
        from delivery.carriers import carrier_of

        return carrier_of(here)

    @cached_property
    def shelf(self) -> "AtlasShelf":
        from delivery.geocoders.shelf import AtlasShelf

        return AtlasShelf(self.settings.home) if self._chosen is None else self._chosen.shelf

    @property
    def atlas(self) -> "Atlas":
        """What is known of streets and wards: the home's imported map, else the built-in one; always the newest."""
        return self.shelf.atlas()

    def travelling(self) -> "Travelling":
        """How couriers travel at this moment: along the streets of the map that is served, if one is."""
        return self._travelling()

    @cached_property
    def _travelling(self) -> "Callable[[], Travelling]":
        from delivery.travelling import travelling_of

        return travelling_of(self.settings)

    @cached_property
    def online(self) -> "OnlineLine | None":
        """The line to the online geocoder that a setting names, shared by all threads; None where none is named.

        Raises BadSetting when it cannot be reached as the settings say.
        """
        here = self.settings
        if not here.geocoder:
            return None
        from delivery.geocoders.online import OnlineLine
        from delivery.geocoders.services import Access

        access = Access(here.geocoder_url, here.geocoder_key.get_secret_value(), here.geocoder_seconds)
        return OnlineLine(here.geocoder, access, here.geocoder_per_second)

    def geocoders(self) -> "Chain":
        """The chain of geocoders on the map of this moment."""
        from delivery.geocoders.answers import AnswerBook
        from delivery.geocoders.chain import Chain
        from delivery.geocoders.online import OnlineService

        atlas, line = self.atlas, self.online
        services = [OnlineService(atlas, line, AnswerBook(self.database))] if line is not None else []
        return Chain.of(atlas, self.database, services)

    @cached_property
    def message_desk(self) -> "MessageDesk":
        """The lines by which citizens are told, shared by all threads.

        Raises BadSetting when one of them is not set up.
        """
        from delivery.messages.desk import MessageDesk

        return MessageDesk.of(self.settings) if self._chosen is None else self._chosen.message_desk

    @cached_property
    def notice_line(self) -> "NoticeLine":
        """The line by which the one-stop system is told, shared by all threads.

        Raises BadSetting when the file with its certificates cannot be read.
        """
        from delivery.notices.line import NoticeLine

        return NoticeLine.of(self.settings) if self._chosen is None else self._chosen.notice_line

    @cached_property
    def staff_provider(self) -> "Provider | None":
        """The provider of identities at which staff may log in; None where the settings name none.

        Raises BadSetting when the file with certificates cannot be read.
        """
        from delivery.identity.clients import provider_of, staff_client

        return provider_of(self.settings, staff_client(self.settings))

    @cached_property
    def citizens_provider(self) -> "Provider | None":
        """The provider at which citizens may show who they are; None where the settings name none.

        Raises BadSetting when the file with certificates cannot be read.
        """
        from delivery.identity.clients import citizens_client, provider_of

        return provider_of(self.settings, citizens_client(self.settings))

    def hang_up(self) -> None:
        """Let go of the lines to all carriers; whoever asks one again gets a new line."""
        for other in self._others.values():
            other.hang_up()
        if (carrier := self.__dict__.pop("carrier", None)) is not None:
            carrier.close()

    def close(self) -> None:
        """Let go of the lines to others and of the database; for a process that goes on without this service."""
        self.hang_up()
        if (line := self.__dict__.get("online")) is not None:
            line.close()
        if (desk := self.__dict__.get("message_desk")) is not None and self._chosen is None:
            desk.close()
        if (notices := self.__dict__.get("notice_line")) is not None and self._chosen is None:
            notices.close()
        for name in ("staff_provider", "citizens_provider"):
            if (provider := self.__dict__.get(name)) is not None:
                provider.close()
        self.database.engine.dispose()

    @cached_property
    def seal(self) -> bytes:
        """The key that seals the QR codes on envelopes."""
        return read_key(self.settings.keys, "seal")

    @cached_property
    def blind(self) -> bytes:
        """The key of the hashes by which addresses are known again without being kept."""
        return read_key(self.settings.keys, "blind")
