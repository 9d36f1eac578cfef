"""A ward whose recipients speak up."""

from tests.delivery.conftest import _no_line_left_open, intake, service

__all__ = ["_no_line_left_open", "intake", "service"]
