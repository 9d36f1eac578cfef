"""Which carrier the settings name, and how a consignment is told to it: the least that a stranger must know."""

from functools import cache
from pathlib import Path

from delivery.errors import NotNow
from delivery.i18n import gettext as _
from delivery.models import Consignment
from delivery.rules.phones import national
from delivery.rules.policy import Payer
from delivery.settings import Settings
from postal_api.carrier import Carrier, Order, Party
from postal_api.ngsp import NgspCarrier, NgspConfig

HANOI = 10  # VNPost's own number of the province
WEIGHT_G = 60
NEUTRAL = "Tài liệu hành chính"


def carrier_of(settings: Settings) -> Carrier:
    """The carrier that the settings name; the sandbox post speaks the same wire format as the real one."""
    return NgspCarrier(
        NgspConfig(
            url=settings.carrier_url,
            key=settings.ngsp_key,
            secret=settings.ngsp_secret.get_secret_value(),
            customer_code=settings.ngsp_customer_code,
        )
    )


def callback_keys(settings: Settings) -> tuple[bytes, ...]:
    """The public keys that may sign callbacks.

    Raises NotNow when there is none.
    """
    folder = settings.callback_keys or settings.sandbox_folder
    keys = _read_keys(folder)
    if not keys:
        _read_keys.cache_clear()
        raise NotNow(_("There is no public key of the carrier in {folder}").format(folder=folder))
    return keys


@cache
def _read_keys(folder: Path) -> tuple[bytes, ...]:
    return tuple(key.read_bytes() for key in sorted(folder.glob("*.pem")) if "PRIVATE" not in key.read_text())


def order_of(consignment: Consignment) -> Order:
    """What the carrier is told: our reference instead of the dossier code, a neutral content, and whom to reach."""
    item = consignment.item
    result, office = item.first, item.office
    return Order(
        reference=consignment.reference,
        item_code=consignment.item_code,
        sender=Party(name=office.name, phone=office.phone, address=office.address, province_code=HANOI),
        receiver=Party(
            name=result.recipient_name,
            phone=national(result.phone).replace(" ", ""),
            address=result.address,
            province_code=HANOI,
        ),
        weight_g=WEIGHT_G,
        description=NEUTRAL,
        cod=0 if result.payer != Payer.CITIZEN_COD else FEE,
        instruction=result.slots,
        pickup=True,
    )


# Postage within the district under TT 22/2017/TT-BTTTT as applied in practice; an editable table follows with fees.
FEE = 26_000
