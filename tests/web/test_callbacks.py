"""The carrier's door: only what it has signed comes in, and only what is on disk is acknowledged."""

import base64
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from delivery.models import Callback
from delivery.wiring import Service
from postal_api.webhook import signed_text
from tests.web.conftest import Browser

WHERE = "/callbacks/vnpost"


class Signer:
    """The carrier's key, whose public half the service knows."""

    def __init__(self, folder: Path) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        folder.mkdir(parents=True, exist_ok=True)
        pem = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / "public.pem").write_bytes(pem)

    def callback(
        self, item_code: str = "CH100000003VN", status: str = "91", sent: str = "2026-11-25T09:00:00+07:00"
    ) -> bytes:
        signature = self.key.sign(signed_text(sent, item_code, status), PKCS1v15(), hashes.SHA256())
        body = {
            "data": [{"itemCode": item_code, "status": status}],
            "sendDate": sent,
            "signature": base64.b64encode(signature).decode(),
        }
        return json.dumps(body).encode()


@pytest.fixture
def signer(service: Service) -> Signer:
    return Signer(service.settings.sandbox_folder)


def kept(service: Service) -> int:
    with service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Callback)) or 0


def test_a_signed_callback_is_kept_once_however_often_it_comes(
    service: Service, signer: Signer, anyone: Browser
) -> None:
    raw = signer.callback()

    assert [anyone.client.post(WHERE, data=raw).status_code for _ in range(5)] == [200] * 5
    assert kept(service) == 1


def test_a_forged_or_changed_callback_is_refused_and_not_kept(
    service: Service, signer: Signer, anyone: Browser, tmp_path: Path
) -> None:
    forged = Signer(tmp_path / "elsewhere").callback()
    changed = signer.callback().replace(b"CH100000003VN", b"CH100000017VN")

    assert anyone.client.post(WHERE, data=forged).status_code == 401
    assert anyone.client.post(WHERE, data=changed).status_code == 401
    assert kept(service) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"data": []}', b"[" * 60_000, b"\xff\xfe", b'{"data":1}']
)
@pytest.mark.usefixtures("signer")
def test_what_is_no_callback_is_told_so(body: bytes, service: Service, anyone: Browser) -> None:
    assert anyone.client.post(WHERE, data=body).status_code == 400
    assert kept(service) == 0


@pytest.mark.usefixtures("signer")
def test_a_flood_is_cut_off(anyone: Browser) -> None:
    assert anyone.client.post(WHERE, data=b"x" * 70_000).status_code == 413


def test_without_the_carrier_s_key_the_carrier_is_asked_to_come_again(anyone: Browser, tmp_path: Path) -> None:
    raw = Signer(tmp_path / "elsewhere").callback()

    assert anyone.client.post(WHERE, data=raw).status_code == 503
