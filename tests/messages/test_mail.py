"""What an e-mail carries, and to whom it is handed: nothing hostile ends a header, nothing goes unencrypted."""

import datetime as dt
import ssl
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.errors import BadSetting
from delivery.messages.lines import CannotReach, NotCarried, Outgoing
from delivery.messages.smtp import SmtpLine, SmtpServer
from delivery.moments import now
from delivery.rules.messages import Occasion, Why
from tests.messages.servers import Mailbox, running_mailbox

SENDER = "tannha@longbien.hanoi.gov.vn"
MESSAGE = Outgoing(
    name="0123456789abcdef", occasion=Occasion.UNDER_WAY, to="nguoi.nhan@example.vn",
    sender="Bộ phận Một cửa phường Bồ Đề", subject="Phong bì của ông/bà đang được chuyển đến",
    letter="Kính gửi ông/bà,\n\n.một dòng bắt đầu bằng dấu chấm\n", short="", values={},
    stop="https://tannha.example.gov.vn/tin-nhan/abc",
)  # fmt: skip


def line_to(mailbox: Mailbox, **changes: object) -> SmtpLine:
    server = replace(SmtpServer.read(mailbox.url, "", 5), **changes)  # type: ignore[arg-type]
    return SmtpLine(server, SENDER)


def test_a_mail_says_who_writes_that_a_machine_does_and_how_to_end_it(mailbox: Mailbox) -> None:
    line_to(mailbox).send(MESSAGE)

    (mail,) = mailbox.came
    assert mail["From"] == f"Bộ phận Một cửa phường Bồ Đề <{SENDER}>"
    assert mail["To"] == MESSAGE.to
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Message-ID"] == "<0123456789abcdef@longbien.hanoi.gov.vn>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<{MESSAGE.stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert abs(parsedate_to_datetime(str(mail["Date"])) - now()) < dt.timedelta(minutes=1)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.letter
    assert mailbox.raw[0].isascii()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sender=st.text(max_size=60), subject=st.text(max_size=60),
    to=st.one_of(st.text(max_size=40), st.sampled_from([
        "a@b.vn\r\nBcc: x@y.vn", "a@b.vn>\r\nDATA", "a b@c.vn", "x@y.vn, z@y.vn", "@", "a@b", "ô@b.vn", "a@b.vn\n",
    ])),
)  # fmt: skip
def test_nothing_hostile_becomes_a_header_or_a_second_recipient(
    mailbox: Mailbox, sender: str, subject: str, to: str
) -> None:
    before = len(mailbox.came)
    for hostile in (replace(MESSAGE, to=to), replace(MESSAGE, sender=sender, subject=subject)):
        try:
            line_to(mailbox).send(hostile)
        except (CannotReach, NotCarried):
            continue
    for mail in mailbox.came[before:]:
        assert len(mail.get_all("To", [])) == 1
        assert mail["Bcc"] is None
        assert set(mail.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe",
            "List-Unsubscribe-Post", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
        }  # fmt: skip


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate of its own, and the side of somebody who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    here = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    begins = now() - dt.timedelta(days=1)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(begins).not_valid_after(begins + dt.timedelta(days=3))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


def test_beyond_this_machine_a_mail_goes_only_over_an_encrypted_line(tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path)
    with running_mailbox(tls_context=ours, require_starttls=True) as mailbox:
        secure = replace(SmtpServer.read(mailbox.url, "", 5), host="localhost", starttls=True)
        SmtpLine(secure, SENDER, theirs).send(MESSAGE)
        assert len(mailbox.came) == 1
        # A certificate that nobody vouches for.
        with pytest.raises(NotCarried) as refused:
            SmtpLine(secure, SENDER).send(MESSAGE)
        assert refused.value.why is Why.UNREACHABLE
    with running_mailbox() as plain, pytest.raises(NotCarried) as bare:
        line_to(plain, starttls=True).send(MESSAGE)
    assert bare.value.why is Why.SETUP
    assert plain.came == []


def test_a_server_that_is_not_there_or_refuses_the_password_is_told_of_in_words(mailbox: Mailbox) -> None:
    assert line_to(mailbox).check() == f"127.0.0.1:{mailbox.port}"
    with pytest.raises(NotCarried, match="không trả lời"):
        line_to(mailbox, port=9).check()
    with pytest.raises(NotCarried) as refused:
        line_to(mailbox, user="ai do", password="sai").check()
    assert refused.value.why is Why.LOG_IN


@pytest.mark.parametrize(
    ("url", "host", "port", "wrapped", "starttls"),
    [
        ("smtp://mail.example.vn", "mail.example.vn", 587, False, True),
        ("smtps://u%40x@mail.example.vn", "mail.example.vn", 465, True, False),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, False, False),
        ("smtp://localhost", "localhost", 587, False, False),
        ("smtp://10.0.0.1:25", "10.0.0.1", 25, False, True),
    ],
)
def test_an_address_of_a_mail_server(url: str, host: str, port: int, wrapped: bool, starttls: bool) -> None:
    server = SmtpServer.read(url, "mật khẩu", 5)

    assert (server.host, server.port, server.wrapped, server.starttls) == (host, port, wrapped, starttls)
    assert "mật khẩu" not in repr(server)


@pytest.mark.parametrize(
    "url", ["", "mail.example.vn", "http://mail.example.vn", "smtp://", "smtp://u:p@mail.example.vn", "smtp://h:x"]
)
def test_what_is_no_address_of_a_mail_server_is_said_when_it_is_read(url: str) -> None:
    with pytest.raises(BadSetting):
        SmtpServer.read(url, "", 5)
