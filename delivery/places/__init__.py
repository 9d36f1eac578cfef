"""Vietnamese addresses: understood as people write them, old order or new, and placed without a network."""

from delivery.places.address import Address, parse
from delivery.places.atlas import Atlas
from delivery.places.fixes import Quality
from delivery.places.locating import Place, StreetBook, locate
from delivery.places.text import fold, normal

__all__ = ["Address", "Atlas", "Place", "Quality", "StreetBook", "fold", "locate", "normal", "parse"]
