"""MyVNPost, VNPost's interface for its customers: orders, corrections, look-ups, labels, prices, signed callbacks."""

from postal_api.myvnpost.client import MyVNPostCarrier
from postal_api.myvnpost.config import MyVNPostConfig

__all__ = ["MyVNPostCarrier", "MyVNPostConfig"]
