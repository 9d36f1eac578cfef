"""The outside of a backup: a plain tar with a word for strangers and what is sealed by age (age-encryption.org/v1).

`body.age` is sealed for a key: the installation's public one, whose secret half need never be on the machine that makes
backups, or one made for this backup alone, which then lies beside it as `key.age`, sealed by a passphrase. So
whoever has lost this program opens a backup with `tar` and `age`. The body is gone through piece by piece, whatever its
size; age notices each changed, missing or exchanged piece (STREAM over ChaCha20-Poly1305).
"""

import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pyrage import DecryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, passphrase, x25519

from delivery.backup.errors import BadBackup, WrongKey
from delivery.errors import BadInput, BadSetting
from delivery.i18n import gettext as _

WORD, KEY, BODY = "tannha-backup.txt", "key.age", "body.age"
FOR_STRANGERS = b"""tannha backup 1
A backup of Tan Nha. With the program: tannha restore --check FILE
Without it:    tar xf FILE
               age -d key.age > key.txt                 (asks for the passphrase; only where there is a key.age)
               age -d -i key.txt body.age | tar xzf -
"""
BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True, slots=True)
class Lock:
    """For whom a backup is sealed: the public key `recipient` (age1…), or whoever knows the passphrase."""

    recipient: str = ""
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a backup: the secret half of the key (AGE-SECRET-KEY-1…), or the passphrase."""

    identity: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)


def private_file(path: Path) -> BinaryIO:
    """A new file that its owner alone can read. Raises OSError when there is one already."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def new_identity() -> tuple[str, str]:
    """A new pair of keys: the secret half, which is kept away from the machine, and the public one."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def read_identity(file: Path) -> str:
    """The secret key in a file as `age-keygen` and `tannha backup --make-key` write it.

    Raises BadInput when there is none.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(_("{path} cannot be read: {why}").format(path=file, why=type(error).__name__)) from error
    found = [line for line in lines if line.startswith("AGE-SECRET-KEY-1")]
    if not found:
        raise BadInput(_("{path} holds no secret key (AGE-SECRET-KEY-1…)").format(path=file))
    return found[0]


def seal(to: BinaryIO, lock: Lock, write: Callable[[BinaryIO], None]) -> None:
    """Write a sealed file to `to`, which can be sought in; `write` is given where its content goes.

    Raises BadSetting when the lock is none.
    """
    recipient, secret = _recipient_of(lock)
    _add(to, WORD, FOR_STRANGERS)
    if secret:
        _add(to, KEY, passphrase.encrypt(secret.encode(), lock.passphrase))
    begins = to.tell()
    to.write(bytes(BLOCK))
    with _pipe(lambda source: encrypt_io(source, to, [recipient])) as content:
        write(content)
    ends = to.tell()
    size = ends - begins - BLOCK
    # A tar ends with two empty blocks, and each file in it at the end of one.
    to.write(bytes(-size % BLOCK + 2 * BLOCK))
    # How long the body is stands before it, and is known only now.
    to.seek(begins)
    to.write(_header(BODY, size))
    to.seek(0, io.SEEK_END)


def unseal(file: BinaryIO, opener: Opener, read: Callable[[BinaryIO], None]) -> None:
    """Open a sealed file; `read` is given its content, and must not rely on it before this has returned.

    Raises BadBackup when it is no backup, or was damaged or cut short; WrongKey when it is not opened by that.
    """
    parts = _parts(file)
    identity = _identity_for(file, parts, opener)
    file.seek(parts[BODY].offset_data)
    body = _Stretch(file, parts[BODY].size)
    failed: list[BaseException] = []
    with _unsealing(body, identity, failed) as content:
        try:
            read(content)
        except BadBackup:
            # What does not look right inside has usually been damaged outside, which is then the truth to tell.
            if not failed:
                raise
    for error in failed:
        if isinstance(error, DecryptError):
            raise WrongKey(_("This key does not open the backup: it was sealed for another one")) from error
        raise BadBackup(_("The backup was damaged or cut short: take another one")) from error


def _recipient_of(lock: Lock) -> tuple[x25519.Recipient, str]:
    if lock.recipient:
        try:
            return x25519.Recipient.from_str(lock.recipient), ""
        except RecipientError as error:
            raise BadSetting(_("TANNHA_BACKUP_RECIPIENT is no public key of age (age1…)")) from error
    if not lock.passphrase:
        raise BadSetting(
            _("A backup is sealed: set TANNHA_BACKUP_RECIPIENT (tannha backup --make-key FILE makes one) "
              "or TANNHA_BACKUP_PASSPHRASE")
        )  # fmt: skip
    identity = x25519.Identity.generate()
    return identity.to_public(), str(identity)


def _parts(file: BinaryIO) -> dict[str, tarfile.TarInfo]:
    foreign = BadBackup(_("This is no backup of Tận Nhà, or its beginning was damaged"))
    try:
        with tarfile.open(fileobj=file, mode="r:") as outside:
            parts = {}
            # The tar's own end may be missing: of what was cut short, the seal tells.
            with suppress(tarfile.ReadError):
                while (part := outside.next()) is not None:
                    parts[part.name] = part
    except (tarfile.TarError, OSError, EOFError) as error:
        raise foreign from error
    if WORD not in parts or not set(parts) <= {WORD, KEY, BODY}:
        raise foreign
    if BODY not in parts:
        raise BadBackup(_("The backup was damaged or cut short: take another one"))
    return parts


def _identity_for(file: BinaryIO, parts: dict[str, tarfile.TarInfo], opener: Opener) -> x25519.Identity:
    secret = opener.identity
    if KEY in parts and not secret:
        if not opener.passphrase:
            raise WrongKey(_("This backup is opened by its passphrase"))
        file.seek(parts[KEY].offset_data)
        try:
            secret = passphrase.decrypt(file.read(parts[KEY].size), opener.passphrase).decode()
        except (DecryptError, UnicodeDecodeError) as error:
            raise WrongKey(_("This passphrase does not open the backup")) from error
    if not secret:
        raise WrongKey(_("This backup is opened by a key: name its file with --key"))
    try:
        return x25519.Identity.from_str(secret)
    except IdentityError as error:
        raise WrongKey(_("This is no secret key of age (AGE-SECRET-KEY-1…)")) from error


def _add(to: BinaryIO, name: str, content: bytes) -> None:
    to.write(_header(name, len(content)) + content + bytes(-len(content) % BLOCK))


def _header(name: str, size: int) -> bytes:
    part = tarfile.TarInfo(name)
    part.size, part.mode = size, 0o600
    return part.tobuf(tarfile.GNU_FORMAT)


class _Stretch(io.RawIOBase):
    """So many bytes of a file from where it stands."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece


@contextmanager
def _pipe(consume: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What is written in the block is consumed by a thread; what that raises is raised at the block's end."""
    out, into = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        with os.fdopen(out, "rb") as source:
            try:
                consume(source)
            except Exception as error:  # noqa: BLE001  it is raised where somebody waits for it
                failed.append(error)

    thread = threading.Thread(target=run, name="sealing", daemon=True)
    thread.start()
    try:
        with suppress(BrokenPipeError), os.fdopen(into, "wb") as content:
            yield content
    finally:
        thread.join()
    if failed:
        raise failed[0]


@contextmanager
def _unsealing(body: io.RawIOBase, identity: x25519.Identity, failed: list[BaseException]) -> Iterator[BinaryIO]:
    """What was sealed, as it is opened by a thread; `failed` tells at the block's end what went wrong there."""
    out, into = os.pipe()

    def run() -> None:
        try:
            with os.fdopen(into, "wb") as target:
                decrypt_io(body, target, [identity])
        except BrokenPipeError:
            pass  # whoever reads has seen enough
        except Exception as error:  # noqa: BLE001  sorted by who waits for it
            failed.append(error)

    thread = threading.Thread(target=run, name="unsealing", daemon=True)
    thread.start()
    try:
        with os.fdopen(out, "rb") as content:
            yield content
    finally:
        thread.join()
