"""Viettel Post by its partners' interface: orders, cancelling, prices, and callbacks that carry a shared secret."""

from postal_api.viettelpost.client import ViettelPostCarrier, ViettelPostConfig

__all__ = ["ViettelPostCarrier", "ViettelPostConfig"]
