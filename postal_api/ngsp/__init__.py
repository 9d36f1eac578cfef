"""VNPost's interface for public administration over NGSP or a province's LGSP, with pre-allotted item codes."""

from postal_api.ngsp.client import NgspCarrier, NgspConfig

__all__ = ["NgspCarrier", "NgspConfig"]
