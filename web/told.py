"""What the recipient of an envelope was told, as the envelope's page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from delivery.messages.addresses import address_of, hash_of, masked, unwanted_among
from delivery.messages.looking import messages_of
from delivery.models import Item, Message
from delivery.rules.messages import (
    CHANNELS,
    MESSAGE_STATES,
    OCCASIONS,
    WHYS,
    MessageChannel,
    MessageState,
    Occasion,
    Why,
)
from delivery.wiring import Service

# Of each kind of address one channel speaks; both kinds of phone messages go to the same number.
KINDS = {"dien-thoai": MessageChannel.SMS, "thu": MessageChannel.EMAIL}


@dataclass(frozen=True, slots=True)
class Address:
    """A phone number or an e-mail address as it may be shown, and whether messages to it are wanted."""

    kind: str
    shown: str
    unwanted: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The messages, the newest first, and the addresses to which the next would go."""

    messages: Sequence[Message]
    addresses: Sequence[Address]
    occasions: Mapping[Occasion, str]
    channels: Mapping[MessageChannel, str]
    states: Mapping[MessageState, str]
    whys: Mapping[Why, str]


def told_of(service: Service, session: Session, item: Item) -> Told | None:
    """What was told of an envelope; None where citizens are told nothing, and never were."""
    messages = messages_of(session, item.id, [result.id for result in item.results])
    if not service.settings.channels and not messages:
        return None
    known = {kind: address for kind in KINDS if (address := address_in(item, kind))}
    hashes = {kind: hash_of(service.blind, address) for kind, address in known.items()}
    unwanted = unwanted_among(session, hashes.values())
    addresses = [Address(kind, masked(address), hashes[kind] in unwanted) for kind, address in known.items()]
    return Told(messages, addresses, OCCASIONS, CHANNELS, MESSAGE_STATES, WHYS)


def address_in(item: Item, kind: str) -> str:
    """The address of that kind to which messages about an envelope go; empty where there is none."""
    return address_of(item.first, KINDS[kind]) if kind in KINDS else ""
