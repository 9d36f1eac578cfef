"""An office whose one-stop system is told what becomes of its results."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from delivery.database import database_now
from delivery.models import NoticeEndpoint, NoticeSending
from delivery.moments import now
from delivery.notices.endpoints import Wanted, add_endpoint, replay_since
from delivery.notices.publishing import ask_to_make
from delivery.notices.sending import ask_to_send
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service
from tests.delivery.conftest import Intake
from tests.delivery.day import Day
from tests.delivery.rows import a_row
from tests.messages.conftest import Citizen
from tests.notices.receiver import Receiver, running_receiver

Telling = Callable[..., Service]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def telling(database_url: str, tmp_path: Path) -> Iterator[Telling]:
    """A service that may send notices to this machine; its wards are furnished."""
    made: list[Service] = []

    def service_with(**settings: Any) -> Service:
        made.append(a_service(tmp_path / "home", database_url=database_url, **settings))
        return made[-1]

    yield service_with
    for service in made:
        service.close()


def a_service(home: Path, **settings: Any) -> Service:
    named = {"carrier": "own-team", "notice_plain_http": True, **settings}
    service = Service.from_settings(Settings(home=home, _env_file=None, **named))  # type: ignore[call-arg]
    service.database.migrate()
    set_up(service)
    return service


def an_endpoint(service: Service, receiver: Receiver, **wanted: Any) -> int:
    """Have notices sent to the receiver, which is given the secret."""
    with service.database.write() as session:
        asked = Wanted(**{"name": "Một cửa thử", "url": receiver.url, **wanted})
        endpoint, secret = add_endpoint(session, asked, seal=service.seal, by="quantri", at=now())
        receiver.secrets.append(secret)
        return endpoint.id


@dataclass
class Told(Citizen):
    """One envelope, and the one-stop system that hears of it."""

    @classmethod
    def comes_in(cls, service: Service, folder: Path, count: int = 1) -> Self:
        """Only taken in, in no envelope yet: enough for who looks at how a notice travels."""
        told = cls(Day(service, Intake(service.database, folder)))
        told.more(*range(1, count + 1))
        return told

    def more(self, *numbers: int) -> None:
        """Further results are taken in."""
        self.day.intake.rows(*(a_row(number) for number in numbers))

    def notices(self, times: int = 1) -> None:
        """Let workers make and send what there is, as if all waiting were over."""
        for _ in range(times):
            self.over_with_waiting()
            for ask, kind in ((ask_to_make, "make-notices"), (ask_to_send, "send-notices")):
                with self.service.database.write() as session:
                    ask(session, database_now(session))
                self.day.work(kind)

    def replay_all(self) -> None:
        with self.service.database.write() as session:
            endpoint = session.scalars(sa.select(NoticeEndpoint)).one()
            replay_since(session, endpoint, now() - timedelta(days=400), by="quantri", at=now())

    def over_with_waiting(self) -> None:
        past = now() - timedelta(seconds=1)
        with self.service.database.write() as session:
            session.execute(sa.update(NoticeEndpoint).values(rests_until=None))
            session.execute(sa.update(NoticeSending).where(NoticeSending.next_at > past).values(next_at=past))

    def endpoint(self) -> NoticeEndpoint:
        with self.service.database.read() as session:
            return session.scalars(sa.select(NoticeEndpoint)).one()

    def sendings(self) -> list[NoticeSending]:
        with self.service.database.read() as session:
            return list(session.scalars(sa.select(NoticeSending).order_by(NoticeSending.id)))


@dataclass(frozen=True)
class Authority:
    """A made-up authority: whom TLS is to trust, and a certificate of it with its key."""

    trusted: Path
    certificate: Path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One for `localhost` and 127.0.0.1, and for no other name."""
    folder = tmp_path_factory.mktemp("authority")
    today = datetime.now(UTC)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Một cửa thử, gốc")])

    def certificate(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(name).issuer_name(root_name).public_key(public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(today - timedelta(days=1))
        return made.not_valid_after(today + timedelta(days=2))

    root = (
        certificate(root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = (
        certificate(x509.Name([]), key.public_key())
        .add_extension(names, critical=True)
        .add_extension(identifier, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    here = Authority(folder / "root.pem", folder / "leaf.pem")
    here.trusted.write_bytes(root.public_bytes(pem))
    here.certificate.write_bytes(private + leaf.public_bytes(pem))
    return here
