"""What is unsafe about an installation that serves the public: each with what to do about it.

The doctor (`delivery.doctor`) asks whether a part works; here is asked who else could make use of it. A demo on one's
own machine is unsafe in most of these ways, and rightly so.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from pydantic import SecretStr

from delivery.backup.making import last_backup
from delivery.database import database_now
from delivery.doctor import Finding
from delivery.field_keys import FieldKeys
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import Meta, Role, Staff
from delivery.moments import local
from delivery.resealing import unsealed
from delivery.settings import Settings
from delivery.wiring import Service

Look = Callable[[Service], str]
SANDBOX_SECRET = "sandbox-only"  # noqa: S105  what everybody can read in the program  # nosec B105
# Who can make accounts, and who sees a whole district.
POWERFUL = (Role.ADMINISTRATOR, Role.SUPERVISOR)
# What belongs to each carrier, and must not be what everybody knows.
CARRIER_SECRETS: dict[str, tuple[str, ...]] = {
    "ngsp": ("ngsp_secret",),
    "ngsp-provincial": ("ngsp_secret",),
    "myvnpost": ("myvnpost_password",),
    "viettelpost": ("viettelpost_password", "viettelpost_callback_secret"),
}
OUTWARD = ("ngsp_url", "myvnpost_url", "viettelpost_url", "geocoder_url", "travel_url")


def dangers(service: Service) -> list[Finding]:
    """Look at everything, also where something has been found already."""
    return list(_dangers(service))


def _dangers(service: Service) -> Iterator[Finding]:
    parts: list[tuple[str, Look]] = [
        (marked("Address of the pages"), _address),
        (marked("Where it listens"), _listening),
        (marked("Limits for each address"), _limits),
        (marked("Second step at the log-in"), _second_step),
        (marked("Log-ins by a provider"), _providers),
        (marked("Accounts of the demo"), _demo),
        (marked("Secrets of the carrier"), _carrier_secrets),
        (marked("Reports of the carrier"), _callbacks),
        (marked("Secrets in files"), _secrets_in_files),
        (marked("Files of this machine"), _files),
        (marked("Personal fields"), _fields),
        (marked("Backups"), _backups),
        (marked("Database"), _database),
        (marked("Broker"), _broker),
        (marked("Lines to others"), _lines),
        (marked("Tools for trying things out"), _trying_out),
    ]
    for what, look in parts:
        try:
            wrong = look(service)
        except sa.exc.SQLAlchemyError as error:
            wrong = _("does not answer: {why}").format(why=type(error).__name__)
        yield Finding(what, not wrong, wrong or _("safe"))


def _address(service: Service) -> str:
    if service.settings.public_url.startswith("https://"):
        return ""
    return _("Passwords and names could be read on the way. Set TANNHA_PUBLIC_URL=https://…")


def _listening(service: Service) -> str:
    settings = service.settings
    if _is_local(settings.host) and not settings.trusted_proxies:
        return _("Behind a proxy nobody's address is known. Name it: TANNHA_TRUSTED_PROXIES=127.0.0.1")
    if not _is_local(settings.host) and not settings.trusted_proxies:
        return _(
            "{host} takes requests from everywhere, without https. Listen on 127.0.0.1 behind a proxy, and name it in "
            "TANNHA_TRUSTED_PROXIES"
        ).format(host=settings.host)
    return ""


def _limits(service: Service) -> str:
    settings = service.settings
    if settings.pages_per_minute and settings.tries_per_minute:
        return ""
    return _("There is no limit. Set TANNHA_PAGES_PER_MINUTE and TANNHA_TRIES_PER_MINUTE")


def _second_step(service: Service) -> str:
    if service.settings.second_factor == "required":
        return ""
    with service.database.read() as session:
        lacking = sa.select(sa.func.count()).where(
            Staff.role.in_(POWERFUL), Staff.active, Staff.second_factor.is_(None)
        )
        count = session.scalar(lacking) or 0
    if not count:
        return ""
    return _(
        "{count} administrators and supervisors come in by a password alone. Set TANNHA_SECOND_FACTOR=required"
    ).format(count=count)


def _providers(service: Service) -> str:
    settings = service.settings
    issuers = {"oidc_issuer": "oidc_client_secret", "citizen_oidc_issuer": "citizen_oidc_client_secret"}
    used = [name for name in issuers if _value(settings, name)]
    if bare := [name for name in used if not _value(settings, name).startswith("https://")]:
        return _("Whoever sits on the line could say who somebody is. Use https:// in {names}").format(
            names=", ".join(map(_variable, bare))
        )
    if used and settings.oidc_plain_http:
        return _("A provider could be asked without TLS. Take TANNHA_OIDC_PLAIN_HTTP out")
    if lacking := [issuers[name] for name in used if not _value(settings, issuers[name])]:
        return _("Anybody could speak for us at the provider. Set {names}").format(
            names=", ".join(map(_variable, lacking))
        )
    return ""


def _demo(service: Service) -> str:
    with service.database.read() as session:
        is_demo = session.get(Meta, "demo") is not None
    if not is_demo and not (service.settings.home / "demo-logins.txt").exists():
        return ""
    return _("The passwords of the demo stand in a file of this home. Begin in another one: TANNHA_HOME, tannha init")


def _carrier_secrets(service: Service) -> str:
    settings = service.settings
    if settings.uses_sandbox:
        return _("The sandbox post carries nothing to anybody. Set TANNHA_CARRIER and what belongs to it")
    known = [
        name for name in CARRIER_SECRETS.get(settings.carrier, ()) if _value(settings, name) in {"", SANDBOX_SECRET}
    ]
    if not known:
        return ""
    return _("Everybody knows what is set there. Set {names}").format(names=", ".join(map(_variable, known)))


def _callbacks(service: Service) -> str:
    settings = service.settings
    # Viettel Post puts a secret into its reports, the own team makes none.
    if settings.uses_sandbox or settings.carrier in {"viettelpost", "own-team"}:
        return ""
    folder = settings.callback_keys
    if folder is not None and folder.is_dir() and any(folder.glob("*.pem")):
        return ""
    return _("There is no key of the carrier's. Put its *.pem into a folder and name that in TANNHA_CALLBACK_KEYS")


def _secrets_in_files(service: Service) -> str:
    told = [
        name
        for name, field in type(service.settings).model_fields.items()
        if field.annotation is SecretStr and (said := os.environ.get(_variable(name))) and not said.startswith("@")
    ]
    if not told:
        return ""
    return _(
        "Every process of this user can read {names} in the environment. Put each into a file of that name in small "
        "letters, in a folder that TANNHA_SECRETS_DIR names"
    ).format(names=", ".join(map(_variable, told)))


def _files(service: Service) -> str:
    home = service.settings.home
    wanted = [home, Path(".env"), *service.settings.keys.glob("*")]
    if folder := os.environ.get("TANNHA_SECRETS_DIR"):
        wanted += [Path(folder), *Path(folder).glob("*")]
    is_open = [str(path) for path in wanted if path.exists() and path.stat().st_mode & 0o077]
    if not is_open:
        return ""
    return _("Others on this machine can read {files}. Run: chmod go= {files}").format(files=" ".join(is_open))


def _backups(service: Service) -> str:
    settings = service.settings
    if not settings.backup_recipient and not _value(settings, "backup_passphrase"):
        return _(
            "Nobody could make a backup that is sealed. Run tannha backup --make-key and set "
            "TANNHA_BACKUP_RECIPIENT=age1…"
        )
    with service.database.read() as session:
        last, at = last_backup(session), database_now(session)
    if last is None:
        return _("There has never been a backup. Run tannha backup, and have it run every night")
    if at - last <= timedelta(hours=settings.backup_hours):
        return ""
    return _(
        "The last backup was made at {at}, more than {hours} hours ago. Run tannha backup, and see why the nightly one "
        "does not"
    ).format(at=f"{local(last):%H:%M %d/%m/%Y}", hours=settings.backup_hours)


def _fields(service: Service) -> str:
    if FieldKeys(service.settings.keys).newest is None:
        return _(
            "Whoever has a copy of the database reads names and addresses in it. Run tannha keys rotate; where there "
            "are several machines, tannha keys rotate --prepare before"
        )
    with service.database.read() as session:
        count = unsealed(session)
    if not count:
        return ""
    return _("{count} rows are not sealed with the newest key yet. Run: tannha keys seal").format(count=count)


def _database(service: Service) -> str:
    if not service.settings.database_url or not service.settings.database.startswith("postgresql"):
        return ""
    address = urlsplit(service.settings.database)
    if _is_local(address.hostname):
        return ""
    if parse_qs(address.query).get("sslmode", [""])[0] in {"verify-ca", "verify-full"}:
        return ""
    return _("Names travel to {host} as they are. Add ?sslmode=verify-full to TANNHA_DATABASE_URL").format(
        host=address.hostname
    )


def _broker(service: Service) -> str:
    address = urlsplit(service.settings.broker)
    if address.scheme == "filesystem" or _is_local(address.hostname):
        return ""
    if address.scheme not in {"amqps", "rediss"}:
        return _("What is sent to {host} can be read and changed on the way. Use amqps:// or rediss://").format(
            host=address.hostname
        )
    if not address.password or address.password == "guest":  # noqa: S105  what every RabbitMQ begins with  # nosec B105
        return _("Everybody may send to {host}. Give it a password, and TANNHA_BROKER_URL").format(
            host=address.hostname
        )
    return ""


def _lines(service: Service) -> str:
    bare = [
        name
        for name in OUTWARD
        if _value(service.settings, name).startswith("http://")
        and not _is_local(urlsplit(_value(service.settings, name)).hostname)
    ]
    if not bare:
        return ""
    return _("Addresses of citizens would travel as they are. Use https:// in {names}").format(
        names=", ".join(map(_variable, bare))
    )


def _trying_out(_service: Service) -> str:
    used = [name for name in ("TANNHA_FAILPOINT", "FLASK_DEBUG", "FLASK_ENV") if os.environ.get(name)]
    if not used:
        return ""
    return _("Take {names} out of the environment").format(names=", ".join(used))


def _is_local(host: str | None) -> bool:
    """Whether it is this very machine; what has no host is a file or a socket of it."""
    if not host or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _variable(name: str) -> str:
    return f"TANNHA_{name.upper()}"


def _value(settings: Settings, name: str) -> str:
    said = getattr(settings, name)
    return said.get_secret_value() if isinstance(said, SecretStr) else re.sub(r"\s", "", said)
