"""E-mail by SMTP: encrypted unless the server is on this machine, each answer sorted by what may be done next."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.messages.lines import CannotReach, NotCarried, Outgoing, PerhapsCarried
from delivery.messages.wording import one_line
from delivery.moments import now
from delivery.rules.messages import Why

# What nearly all servers take, and nothing that could end a header or a command.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the server is and who we are to it. `wrapped`: encrypted from the first byte; `starttls`: soon after."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    wrapped: bool = False
    starttls: bool = True
    seconds: float = 10.0

    @classmethod
    def read(cls, url: str, password: str, seconds: float) -> Self:
        """Read an address such as smtp://user@mail.example.vn:587, or smtps://…; only this machine needs no TLS.

        Raises BadSetting for any other, and for one that holds a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _bad_address() from error
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise _bad_address()
        if parts.password:
            raise BadSetting(_("The password of the mail server stands in TANNHA_SMTP_PASSWORD, not in its address"))
        wrapped, host = parts.scheme == "smtps", parts.hostname
        return cls(
            host, port or PORTS[parts.scheme], unquote(parts.username or ""), password, wrapped,
            starttls=not wrapped and not _is_here(host), seconds=seconds,
        )  # fmt: skip


class SmtpLine:
    """Messages as e-mail."""

    def __init__(self, server: SmtpServer, sender: str, tls: ssl.SSLContext | None = None) -> None:
        if not _ADDRESS.fullmatch(sender):
            raise BadSetting(_("TANNHA_MAIL_FROM is an e-mail address such as tannha@example.gov.vn"))
        self._server, self._sender = server, sender
        self._tls = tls or ssl.create_default_context()

    @property
    def repeatable(self) -> timedelta:
        """The same Message-ID at each try: a second copy is known for one, by mail servers and by readers."""
        return timedelta(days=1)

    def offers(self, occasion: str) -> bool:  # noqa: ARG002  by e-mail everything can be said
        return True

    def send(self, message: Outgoing) -> None:
        """Send it; only after the last line of the text can it have been accepted without our knowing."""
        if not _ADDRESS.fullmatch(message.to):
            raise CannotReach("not an address")
        content = self._written(message).as_bytes(policy=SMTP)
        with self._connected() as smtp:
            with _at(Why.UNREACHABLE):
                _accepted(smtp.mail(self._sender), Why.SETUP)
                _reached(smtp.rcpt(message.to))
            try:
                _reached(smtp.data(content))
            except smtplib.SMTPDataError as error:
                # Refused at the command itself: of the text nothing has left yet.
                _reached((error.smtp_code, b""))
            except (OSError, smtplib.SMTPException) as error:
                raise PerhapsCarried(type(error).__name__) from error

    def check(self) -> str:
        """Connect, encrypt and log in."""
        with self._connected() as smtp, _at(Why.UNREACHABLE):
            _accepted(smtp.noop(), Why.SETUP)
        return f"{self._server.host}:{self._server.port}"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        here = self._server
        with _at(Why.UNREACHABLE):
            if here.wrapped:
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(here.host, here.port, timeout=here.seconds, context=self._tls)
            else:
                smtp = smtplib.SMTP(here.host, here.port, timeout=here.seconds)
        try:
            self._greet(smtp)
            yield smtp
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _greet(self, smtp: smtplib.SMTP) -> None:
        here = self._server
        with _at(Why.UNREACHABLE):
            smtp.ehlo_or_helo_if_needed()
            if here.starttls:
                if not smtp.has_extn("starttls"):
                    raise NotCarried(Why.SETUP)
                smtp.starttls(context=self._tls)
                # What was said before in the clear counts no more.
                smtp.ehlo()
        if here.user:
            with _at(Why.LOG_IN):
                smtp.login(here.user, here.password)

    def _written(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(one_line(message.sender), addr_spec=self._sender)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = one_line(message.subject)
        mail["Date"] = format_datetime(now())
        mail["Message-ID"] = f"<{message.name}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["List-Unsubscribe"] = f"<{message.stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        # Also for servers that take seven bits only.
        mail.set_content(message.letter, cte="quoted-printable")
        return mail


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bad_address() -> BadSetting:
    return BadSetting(_("TANNHA_SMTP_URL is an address such as smtp://user@mail.example.vn:587 or smtps://…"))


def _accepted(answer: tuple[int, bytes], why: Why) -> None:
    if answer[0] >= 400:
        raise NotCarried(Why.THROTTLED if answer[0] < 500 else why)


def _reached(answer: tuple[int, bytes]) -> None:
    """What the server says of this address or text: 4xx is a wish for later, 5xx a no for good."""
    if answer[0] >= 500:
        raise CannotReach(str(answer[0]))
    _accepted(answer, Why.SETUP)


@contextmanager
def _at(why: Why) -> Iterator[None]:
    """Nothing of the message has left yet: whatever goes wrong here may be tried again."""
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise NotCarried(why) from error
