"""Which carrier the settings name, and how a consignment is told to it: the least that a stranger must know."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import structlog

from delivery.errors import BadSetting, NotNow
from delivery.i18n import gettext as _
from delivery.models import Consignment
from delivery.postage import weight_of
from delivery.rules.phones import national
from delivery.settings import Settings
from postal_api.carrier import Carrier, Order, Party
from postal_api.errors import NotAuthentic
from postal_api.events import Callback
from postal_api.myvnpost import MyVNPostCarrier, MyVNPostConfig
from postal_api.ngsp import NgspCarrier, NgspConfig
from postal_api.own_team import OwnTeam
from postal_api.viettelpost import ViettelPostCarrier, ViettelPostConfig
from postal_api.viettelpost.wire import read_callback as viettelpost_callback
from postal_api.webhook import load_public_key, verify

log = structlog.get_logger()

HANOI = 10  # VNPost's own number of the province
NEUTRAL = "Tài liệu hành chính"
# Whose callbacks have the same form and are signed alike.
VNPOST = frozenset({"sandbox", "ngsp", "ngsp-provincial", "myvnpost"})
VIETTELPOST = frozenset({"viettelpost"})
NO_COMMUNES: Mapping[str, str] = MappingProxyType({})


def carrier_of(settings: Settings) -> Carrier:
    """The carrier that the settings name; the sandbox post speaks the same wire formats as the real ones.

    Raises BadSetting when its address is none.
    """
    if not settings.carrier_url.startswith(("http://", "https://")):
        raise BadSetting(_("The carrier's address begins with https://: {url}").format(url=settings.carrier_url))
    match settings.carrier:
        case "own-team":
            return OwnTeam()
        case "myvnpost":
            return _myvnpost(settings)
        case "viettelpost":
            return _viettelpost(settings)
        case _:
            return _ngsp(settings)


def _ngsp(settings: Settings) -> Carrier:
    return NgspCarrier(
        NgspConfig(
            url=settings.carrier_url,
            key=settings.ngsp_key,
            secret=settings.ngsp_secret.get_secret_value(),
            customer_code=settings.ngsp_customer_code,
            price_path=settings.ngsp_price_path,
            provincial=settings.carrier != "ngsp",
            callback_keys=_keys_if_any(settings),
            connect_seconds=settings.carrier_connect_seconds,
            seconds=settings.carrier_seconds,
        )
    )


def _myvnpost(settings: Settings) -> Carrier:
    return MyVNPostCarrier(
        MyVNPostConfig(
            url=settings.carrier_url,
            username=settings.myvnpost_username,
            password=settings.myvnpost_password.get_secret_value(),
            customer_code=settings.myvnpost_customer_code,
            contract_code=settings.myvnpost_contract_code or None,
            service=settings.myvnpost_service,
            office=settings.myvnpost_office,
            callback_keys=_keys_if_any(settings),
            connect_seconds=settings.carrier_connect_seconds,
            seconds=settings.carrier_seconds,
        )
    )


def _viettelpost(settings: Settings) -> Carrier:
    return ViettelPostCarrier(
        ViettelPostConfig(
            url=settings.carrier_url,
            username=settings.viettelpost_username,
            password=settings.viettelpost_password.get_secret_value(),
            callback_secret=_viettelpost_secret(settings),
            service=settings.viettelpost_service,
            connect_seconds=settings.carrier_connect_seconds,
            seconds=settings.carrier_seconds,
        )
    )


def read_callback(settings: Settings, raw: bytes, at: datetime) -> Callback:
    """Verify what came to the address for callbacks, in the way of whoever it says it comes from.

    Raises NotAuthentic or MalformedCallback; NotNow when it is the carrier of the settings who calls, and there is
    nothing to verify it with.
    """
    try:
        return _verify(settings, raw, at)
    except NotNow:
        if settings.carrier in senders_of(raw):
            raise
        raise NotAuthentic("nobody has agreed upon callbacks with this carrier") from None


def senders_of(raw: bytes) -> frozenset[str]:
    """Who may have sent a callback, by its form: nobody else's envelopes may be changed by it."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return VNPOST
    return VIETTELPOST if isinstance(body, dict) and "TOKEN" in body else VNPOST


def _verify(settings: Settings, raw: bytes, at: datetime) -> Callback:
    if senders_of(raw) is VNPOST:
        return verify(raw, callback_keys(settings), now=at)
    secret = _viettelpost_secret(settings)
    if not secret:
        name = "TANNHA_VIETTELPOST_CALLBACK_SECRET"
        raise NotNow(_("Set {name}: without it no callback can be verified").format(name=name))
    return viettelpost_callback(raw, (secret,))


def _viettelpost_secret(settings: Settings) -> str:
    """The secret in its callbacks; the sandbox post's, which everybody knows, counts with the sandbox post only."""
    secret = settings.viettelpost_callback_secret.get_secret_value()
    known = Settings.model_fields["viettelpost_callback_secret"].default.get_secret_value()
    return "" if secret == known and not settings.uses_sandbox else secret


def _keys_if_any(settings: Settings) -> tuple[bytes, ...]:
    try:
        return callback_keys(settings)
    except NotNow:
        return ()


def callback_keys(settings: Settings) -> tuple[bytes, ...]:
    """The public keys that may sign callbacks.

    Raises NotNow when there is none.
    """
    if settings.callback_keys is None and not settings.uses_sandbox:
        # The sandbox post's key must never speak for a real carrier.
        raise NotNow(_("There is no public key of the carrier in {folder}").format(folder="TANNHA_CALLBACK_KEYS"))
    folder = settings.callback_keys or settings.sandbox_folder
    keys = _read_keys(_versions(folder))
    if not keys:
        raise NotNow(_("There is no public key of the carrier in {folder}").format(folder=folder))
    return keys


def _versions(folder: Path) -> tuple[tuple[Path, int], ...]:
    """The key files as they are now: one that is added or taken away counts from the next callback on."""
    return tuple((file, file.stat().st_mtime_ns) for file in sorted(folder.glob("*.pem")))


@lru_cache(maxsize=4)
def _read_keys(files: Sequence[tuple[Path, int]]) -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file, _version in files if _is_public_key(file))


def _is_public_key(file: Path) -> bool:
    """A file that is only half copied must not turn away what is signed with the other keys."""
    try:
        load_public_key(file.read_bytes())
    except ValueError:
        if "PRIVATE" not in file.read_text(errors="replace"):
            log.warning("not a public key", file=file.name)
        return False
    return True


def order_of(consignment: Consignment, communes: Mapping[str, str] = NO_COMMUNES) -> Order:
    """What the carrier is told: our reference instead of the dossier code, a neutral content, and whom to reach.

    `communes` are the carrier's own codes by the codes of our wards.
    """
    item = consignment.item
    result, office = item.first, item.office
    return Order(
        reference=consignment.reference,
        item_code=consignment.item_code,
        sender=Party(
            name=office.name,
            phone=office.phone,
            address=office.address,
            province_code=HANOI,
            commune_code=communes.get(office.ward_code, ""),
        ),
        receiver=Party(
            name=result.recipient_name,
            phone=national(result.phone).replace(" ", ""),
            address=result.address,
            province_code=HANOI,
            commune_code=communes.get(result.new_ward_code or "", ""),
        ),
        weight_g=weight_of(item),
        description=NEUTRAL,
        cod=consignment.to_collect,
        instruction=result.slots,
        pickup=True,
    )
