"""A ward whose recipients speak up, and real lines by which they are sent codes."""

from tests.delivery.conftest import _no_line_left_open, intake, service
from tests.messages.conftest import gateway, mailbox, telling

__all__ = ["_no_line_left_open", "gateway", "intake", "mailbox", "service", "telling"]
