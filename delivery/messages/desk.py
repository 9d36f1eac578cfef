"""The channels as the settings have them, in the order in which they are tried, each with its breaker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from delivery.errors import BadSetting
from delivery.geocoders.breaker import PAUSE_SECONDS, Breaker
from delivery.i18n import gettext as _
from delivery.messages.gateway import Credentials, GatewayLine, Profile
from delivery.messages.lines import CannotReach, MessageLine, NotCarried, Outgoing, PerhapsCarried
from delivery.messages.smtp import SmtpLine, SmtpServer
from delivery.rules.messages import MessageChannel, QuietHours, Why
from delivery.settings import Settings

# A number that does not exist says nothing of the service; these do.
ILL = frozenset({Why.UNREACHABLE, Why.LOG_IN, Why.SETUP, Why.THROTTLED})


@dataclass(frozen=True, slots=True)
class Guarded:
    """A channel that is left alone for a while after several failures in a row, in this process."""

    line: MessageLine
    breaker: Breaker = field(default_factory=Breaker)

    def send(self, message: Outgoing) -> None:
        """Send by the line. Raises what it raises; the breaker hears of it."""
        try:
            self.line.send(message)
        except NotCarried as error:
            if error.why in ILL:
                self.breaker.failed(error.retry_after)
            raise
        except PerhapsCarried:
            self.breaker.failed()
            raise
        except CannotReach:
            self.breaker.succeeded()
            raise
        self.breaker.succeeded()

    def need_open(self) -> None:
        """Raises NotCarried while it is left alone."""
        if not self.breaker.lets_through():
            raise NotCarried(Why.RESTING, PAUSE_SECONDS)


@dataclass(frozen=True)
class MessageDesk:
    """All channels that are set up, the first first."""

    channels: Mapping[MessageChannel, Guarded]
    quiet: QuietHours

    @classmethod
    def of(cls, settings: Settings) -> "MessageDesk":
        """The desk of these settings. Raises BadSetting saying what is missing."""
        lines = {channel: Guarded(line_of(settings, channel)) for channel in settings.channels}
        return cls(lines, QuietHours.parse(settings.message_quiet))

    @cached_property
    def order(self) -> tuple[MessageChannel, ...]:
        return tuple(self.channels)

    def close(self) -> None:
        """Close what is open."""
        for guarded in self.channels.values():
            if isinstance(guarded.line, GatewayLine):
                guarded.line.close()


def line_of(settings: Settings, channel: MessageChannel) -> MessageLine:
    """A channel as it is set up. Raises BadSetting saying what is missing."""
    if channel is MessageChannel.EMAIL:
        if not settings.smtp_url:
            raise BadSetting(_("E-mail needs a server: set TANNHA_SMTP_URL and TANNHA_MAIL_FROM"))
        password = settings.smtp_password.get_secret_value()
        return SmtpLine(SmtpServer.read(settings.smtp_url, password, settings.message_seconds), settings.mail_from)
    if channel is MessageChannel.SMS:
        named, key, secret = settings.sms_gateway, settings.sms_key, settings.sms_secret
    else:
        named, key, secret = settings.zalo_gateway, settings.zalo_key, settings.zalo_secret
    if not key.get_secret_value():
        raise BadSetting(
            _("The gateway for {channel} needs a key: set TANNHA_{name}_KEY").format(
                channel=channel.value, name=channel.value.upper()
            )
        )
    credentials = Credentials(key.get_secret_value(), secret.get_secret_value(), settings.sms_sender)
    return GatewayLine(Profile.load(named), credentials, settings.message_seconds)
