"""Wake-up calls as files in a folder, each of which appears whole.

Kombu's own transport writes a file under the name by which it is looked for. Who reads at that moment gets half a
message, and a Celery worker that cannot read its broker's message ends.
"""

from pathlib import Path
from time import monotonic
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

from delivery.i18n import gettext as _


class Channel(filesystem.Channel):
    """Kombu's channel, but for how a message is written."""

    def _put(self, queue: str, payload: dict[str, object], **_options: object) -> None:  # type: ignore[override]
        """Put a message onto `queue`; it takes its name when it is complete.

        Raises ChannelError when it cannot be written.
        """
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        draft = Path(self.data_folder_out) / f"{name}.part"
        try:
            draft.write_text(dumps(payload), encoding="utf-8")  # type: ignore[no-untyped-call]  # kombu ships no types
            draft.rename(draft.with_suffix(""))
        except OSError as error:
            raise ChannelError(_("{path} cannot be written").format(path=draft)) from error


class Transport(filesystem.Transport):
    """Kombu's transport with this channel."""

    Channel = Channel


def use_whole_files() -> None:
    """From now on `filesystem://` means this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
