"""Everything the environment decides, checked once at start-up; `.env.example` explains each."""

import os
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from delivery.errors import BadSetting
from delivery.i18n import gettext as _
from delivery.rules.egress import Allowed
from delivery.rules.messages import MessageChannel, QuietHours

WEB = ("http", "https")
SCHEMES: dict[str, tuple[str, ...]] = {
    "database_url": ("sqlite", "postgresql", "postgresql+psycopg"),
    "broker_url": ("amqp", "amqps", "redis", "rediss", "filesystem", "memory"),
    "smtp_url": ("smtp", "smtps"),
}


class Settings(BaseSettings):
    """The service's settings: environment variables with the prefix TANNHA_, or a `.env` file."""

    model_config = SettingsConfigDict(env_prefix="TANNHA_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default=Path("var"), description="Where state lives: database, keys, papers, broker folder")
    database_url: str = Field(default="", description="SQLAlchemy address; empty = SQLite inside the home")
    broker_url: str = Field(default="", description="amqp:// or redis://; empty = a folder inside the home")
    broker_queue: str = Field(
        default="tannha",
        min_length=1,
        description="Beginning of the queues' names; one for each installation on a broker",
    )
    language: Literal["vi", "en"] = Field(default="vi", description="Language of the command line: vi or en")

    host: str = Field(default="127.0.0.1", description="Address the web server listens on")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the web server")
    public_url: str = Field(default="", description="Address under which the public and the carrier reach the pages")

    trusted_proxies: str = Field(
        default="", description="Proxies that are believed where a request comes from: addresses and networks"
    )
    pages_per_minute: int = Field(
        default=300, ge=0, description="Most pages for the public that one address gets in a minute; 0 = no limit"
    )
    tries_per_minute: int = Field(
        default=20, ge=0, description="Most wrong passwords and codes from one address in a minute; 0 = no limit"
    )

    second_factor: Literal["off", "offered", "required"] = Field(
        default="offered",
        description="Codes from a phone at the log-in: off, offered to those who want them, or required of everybody",
    )

    oidc_issuer: str = Field(
        default="", description="Issuer at which staff may log in (OpenID Connect): https://…; empty = none"
    )
    oidc_name: str = Field(default="", description="What people call it; empty = its host")
    oidc_client_id: str = Field(default="tannha", description="What we are called there")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Our secret there")
    oidc_acr: str = Field(default="", description="Kind of log-in (acr) asked of it, and required; empty = any")
    oidc_max_age_minutes: int = Field(
        default=0,
        ge=0,
        le=43200,
        description="A log-in there may be so old; older ones are asked for anew; 0 = any age",
    )
    oidc_second_factor: str = Field(
        default="",
        description="Values of acr or amr by which it counts as our second step: mfa, otp; empty = it never does",
    )
    citizen_oidc_issuer: str = Field(
        default="", description="Issuer at which citizens may prove who they are (VNeID or the like); empty = none"
    )
    citizen_oidc_name: str = Field(default="", description="What people call it; empty = its host")
    citizen_oidc_client_id: str = Field(default="tannha", description="What we are called there")
    citizen_oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Our secret there")
    citizen_oidc_acr: str = Field(default="", description="Kind of log-in (acr) asked of it, and required; empty = any")
    citizen_oidc_scope: str = Field(default="openid phone", description="Scopes by which it tells the telephone number")
    citizen_oidc_phone_claim: str = Field(
        default="phone_number", min_length=1, description="Claim that holds the telephone number"
    )
    citizen_oidc_verified_claim: str = Field(
        default="phone_number_verified",
        description="Claim that must be true for it; empty = the provider tells verified numbers only",
    )
    oidc_networks: str = Field(
        default="", description="Hosts and networks of these providers that are not public: 10.20.0.0/16, host.example"
    )
    oidc_seconds: float = Field(default=5, gt=0, le=30, description="Longest wait for one answer of a provider")
    oidc_ca: Path | None = Field(
        default=None, description="Certificates (PEM) that are trusted for providers besides those of this machine"
    )
    oidc_plain_http: bool = Field(
        default=False, description="For development: a provider may be at http://127.0.0.1 without TLS"
    )

    phone_idle_hours: int = Field(
        default=10, ge=1, le=10, description="Hours without a request after which a paired phone is logged out"
    )

    carrier: Literal["sandbox", "ngsp", "ngsp-provincial", "myvnpost", "viettelpost", "own-team"] = Field(
        default="sandbox",
        description="Who carries: the sandbox post, VNPost (three interfaces), Viettel Post, or the ward's own team",
    )
    carrier_connect_seconds: float = Field(default=3, gt=0, le=60, description="Longest wait for a connection to it")
    carrier_seconds: float = Field(default=20, gt=0, le=300, description="Longest wait for a whole answer of it")
    carrier_settle_seconds: int = Field(
        default=900, ge=1, description="How long an order in doubt may stay invisible before it is sent again"
    )
    carrier_retry_seconds: float = Field(default=5, gt=0, le=600, description="First pause before something is retried")
    carrier_retry_longest_seconds: float = Field(default=3600, ge=1, description="Longest pause; it is never given up")
    carrier_per_second: float = Field(
        default=0, ge=0, le=1000, description="Most requests to it in a second, of all workers; 0 = what it allows"
    )
    carrier_rest_seconds: float = Field(
        default=60, gt=0, le=3600, description="How long it is left alone after five failures in a row"
    )
    sandbox_port: int = Field(default=8090, ge=0, le=65535, description="Port of the sandbox post on this machine")
    ngsp_url: str = Field(default="", description="Address of the NGSP/LGSP gateway; empty = the sandbox post")
    ngsp_key: str = Field(default="tannha", description="Consumer key given by the gateway")
    ngsp_secret: SecretStr = Field(default=SecretStr("sandbox-only"), description="Consumer secret of the gateway")
    ngsp_customer_code: str = Field(default="TANNHA", description="Customer code given by VNPost")
    ngsp_poll_seconds: int = Field(default=60, ge=1, description="Pause between two readings of the tracking feed")
    ngsp_price_path: str = Field(default="", description="Path of the gateway's price service, where it has one")
    myvnpost_url: str = Field(default="", description="Address of MyVNPost, with its prefix; empty = the sandbox post")
    myvnpost_username: str = Field(default="tannha", description="User name at MyVNPost")
    myvnpost_password: SecretStr = Field(default=SecretStr("sandbox-only"), description="Password at MyVNPost")
    myvnpost_customer_code: str = Field(default="TANNHA", description="Customer code (CMS) given by VNPost")
    myvnpost_contract_code: str = Field(default="", description="Number of the contract with VNPost")
    myvnpost_service: str = Field(default="CTN009", description="MyVNPost's code of the service")
    myvnpost_office: str = Field(default="", description="Six digits of the post office that collects")
    myvnpost_poll_seconds: int = Field(default=300, ge=1, description="Pause between two readings of its list")
    viettelpost_url: str = Field(default="", description="Address of Viettel Post; empty = the sandbox post")
    viettelpost_username: str = Field(default="tannha", description="User name at Viettel Post")
    viettelpost_password: SecretStr = Field(default=SecretStr("sandbox-only"), description="Password at Viettel Post")
    viettelpost_callback_secret: SecretStr = Field(
        default=SecretStr("sandbox-only"), description="Secret that Viettel Post puts into its callbacks"
    )
    viettelpost_service: str = Field(default="VCN", description="Viettel Post's code of the service")
    callback_keys: Path | None = Field(
        default=None,
        description="Folder with the carrier's public keys (*.pem); empty = the sandbox post's key",
    )
    numbers_low: int = Field(
        default=500, ge=0, description="The doctor warns when fewer allotted item codes than this are left"
    )
    clock_skew_seconds: int = Field(
        default=600, ge=0, description="An event later than now by more than this is recorded as received now"
    )

    geocoder: Literal["", "nominatim", "photon", "pelias", "google", "arcgis"] = Field(
        default="", description="Online geocoder asked about addresses the map does not know; empty = nothing is sent"
    )
    geocoder_url: str = Field(default="", description="Address of that geocoder; empty = the service's public one")
    geocoder_key: SecretStr = Field(default=SecretStr(""), description="Key for that geocoder, where it needs one")
    geocoder_per_second: float = Field(default=1.0, ge=0.01, le=1000, description="Most questions to it in a second")
    geocoder_seconds: float = Field(default=5.0, gt=0, le=60, description="How long to wait for one answer of it")

    travel: Literal["auto", "straight", "osrm", "valhalla"] = Field(
        default="auto",
        description="Travel times: auto = along the imported map's streets, else straight; straight; or a server",
    )
    travel_url: str = Field(default="", description="Address of the OSRM or Valhalla server, when one is asked")
    vehicle: Literal["motorbike", "bicycle", "foot", "car"] = Field(
        default="motorbike", description="What couriers ride: motorbike, bicycle, foot or car"
    )

    message_channels: str = Field(
        default="",
        description="By what citizens are told, the first first: zalo, sms, email; empty = they are told nothing",
    )
    message_language: Literal["vi", "en"] = Field(default="vi", description="Language of messages to citizens")
    message_quiet: str = Field(
        default="21:00-07:00", description="Hours in which no message is sent; empty = none are quiet"
    )
    message_seconds: float = Field(default=10, gt=0, le=120, description="Longest wait for a mail server or gateway")
    message_days: int = Field(default=90, ge=7, description="For how many days it is kept what was told to whom")
    smtp_url: str = Field(default="", description="Mail server: smtp://user@host:587 (STARTTLS) or smtps://user@host")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the mail server")
    mail_from: str = Field(default="", description="E-mail address from which messages come")
    sms_gateway: str = Field(default="esms", description="SMS gateway: a profile's name, or a file ….toml")
    sms_key: SecretStr = Field(default=SecretStr(""), description="Key at the SMS gateway; @/path = read from a file")
    sms_secret: SecretStr = Field(default=SecretStr(""), description="Secret at the SMS gateway")
    sms_sender: str = Field(default="", description="Registered brand name from which SMS come")
    zalo_gateway: str = Field(default="zalo-zns", description="Zalo gateway: a profile's name, or a file ….toml")
    zalo_key: SecretStr = Field(default=SecretStr(""), description="Key at the Zalo gateway; @/path = read from a file")
    zalo_secret: SecretStr = Field(default=SecretStr(""), description="Secret at the Zalo gateway")

    notice_networks: str = Field(
        default="",
        description="Hosts and networks of the one-stop system that are not public: 10.20.0.0/16, host.example",
    )
    notice_seconds: float = Field(default=15, gt=0, le=60, description="Longest wait for an answer to a notice")
    notice_days: int = Field(default=90, ge=7, description="For how many days notices are kept, to be sent again")
    notice_ca: Path | None = Field(
        default=None, description="Certificates (PEM) that are trusted for notices besides those of this machine"
    )
    notice_plain_http: bool = Field(
        default=False, description="For development: notices may go to http://127.0.0.1 without TLS"
    )
    backup_recipient: str = Field(default="", description="Public key (age1…) that backups are sealed for")
    backup_passphrase: SecretStr = Field(
        default=SecretStr(""), description="Passphrase that backups are sealed with, where there is no public key"
    )
    backup_hours: int = Field(default=26, ge=1, description="After so many hours without a backup it is said to be old")
    log: Literal["plain", "json"] = Field(default="plain", description="Lines of the log: plain for people, or json")
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="Who shows it may read /metrics from elsewhere; empty = this machine only"
    )
    export_alone: int = Field(
        default=500, ge=0, description="Rows of personal data that one person takes out without another's yes"
    )

    lease_seconds: int = Field(default=30, ge=5, le=600, description="How long a silent worker keeps its job")
    sweep_seconds: float = Field(default=1.0, gt=0, le=60, description="How often every worker looks for due work")
    worker_threads: int = Field(
        default=2, ge=1, le=64, description="Orders, and callbacks, that one worker does at a time; one plan, one print"
    )
    plan_seconds: float = Field(default=20, gt=0, le=3600, description="Time limit of the route planner")
    plan_threads: int = Field(
        default=0, ge=0, le=256, description="Processors that one planning uses; 0 = all of the machine"
    )

    @field_validator("message_channels")
    @classmethod
    def _known_channels(cls, text: str) -> str:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if unknown := set(names) - set(MessageChannel):
            raise ValueError(f"{', '.join(sorted(unknown))}: zalo, sms, email")
        return ",".join(dict.fromkeys(names))

    @field_validator("*")
    @classmethod
    def _known_address(cls, value: object, info: ValidationInfo) -> object:
        name = info.field_name or ""
        if name.endswith("_url") and isinstance(value, str) and value:
            _need_address(value, SCHEMES.get(name, WEB))
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, text: str) -> str:
        for part in filter(None, map(str.strip, text.split(","))):
            ip_network(part, strict=False)
        return text

    @field_validator("oidc_issuer", "citizen_oidc_issuer")
    @classmethod
    def _issuer(cls, text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.query or parts.fragment or not parts.hostname):
            raise ValueError("https://…")
        if text:
            _need_address(text, WEB)
        return text

    @field_validator("notice_networks", "oidc_networks")
    @classmethod
    def _reached(cls, text: str) -> str:
        Allowed.parse(text)
        return text

    @field_validator("message_quiet")
    @classmethod
    def _hours(cls, text: str) -> str:
        QuietHours.parse(text)
        return text

    @classmethod
    def from_env(cls) -> "Settings":
        """Read the environment and `.env`.

        Raises BadSetting naming each variable that cannot be used.
        """
        # Files that each hold one secret, by the name of its setting: what systemd and containers hand to a process.
        folder = os.environ.get("TANNHA_SECRETS_DIR") or os.environ.get("CREDENTIALS_DIRECTORY")
        try:
            return cls(_secrets_dir=folder)  # type: ignore[call-arg]
        except ValidationError as error:
            wrong = "; ".join(
                f"TANNHA_{str(part['loc'][0]).upper()}: {part['msg']}" for part in error.errors() if part["loc"]
            )
            raise BadSetting(_("Correct these settings and try again: {wrong}").format(wrong=wrong)) from error

    @cached_property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'tannha.db'}"

    @cached_property
    def broker(self) -> str:
        return self.broker_url or "filesystem://"

    def with_carrier(self, name: str) -> "Settings":
        """The same settings, of which another carrier is the one that is dealt with."""
        # With a real carrier's address beside it, the sandbox post is the one on this machine.
        changes = {"carrier": name, "ngsp_url": ""} if name == "sandbox" else {"carrier": name}
        return self if name == self.carrier else self.model_copy(update=changes)

    @property
    def carrier_url(self) -> str:
        """Where the carrier answers; without an address of its own, at the sandbox post."""
        sandbox = f"http://127.0.0.1:{self.sandbox_port}"
        if self.carrier == "myvnpost":
            return self.myvnpost_url or f"{sandbox}/MYVNP_API"
        return (self.viettelpost_url if self.carrier == "viettelpost" else self.ngsp_url) or sandbox

    @property
    def poll_seconds(self) -> int:
        return self.myvnpost_poll_seconds if self.carrier == "myvnpost" else self.ngsp_poll_seconds

    @property
    def uses_sandbox(self) -> bool:
        """Whether the carrier is the sandbox post, through whichever interface."""
        own = {"sandbox": "", "myvnpost": self.myvnpost_url, "viettelpost": self.viettelpost_url}
        return self.carrier != "own-team" and not own.get(self.carrier, self.ngsp_url)

    @cached_property
    def web_url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def channels(self) -> tuple[MessageChannel, ...]:
        """By what citizens are told, in the order in which it is tried."""
        return tuple(MessageChannel(name) for name in self.message_channels.split(",") if name)

    @cached_property
    def broker_folder(self) -> Path:
        return self.home / "broker"

    @cached_property
    def papers(self) -> Path:
        return self.home / "papers"

    @cached_property
    def keys(self) -> Path:
        return self.home / "keys"

    @cached_property
    def sandbox_folder(self) -> Path:
        return self.home / "sandbox"


def _need_address(text: str, schemes: tuple[str, ...]) -> None:
    """Raise ValueError for an address by which a process could be made to ask what is none of its business."""
    parts = urlsplit(text)
    if parts.scheme not in schemes:
        raise ValueError(f"{', '.join(f'{scheme}://' for scheme in schemes)}")
    try:
        is_machine_s_own = ip_address(parts.hostname or "").is_link_local
    except ValueError:
        return
    if is_machine_s_own:
        # There the machines of a cloud hand out their own credentials.
        raise ValueError("169.254.0.0/16, fe80::/10")


CARRIERS: tuple[str, ...] = get_args(Settings.model_fields["carrier"].annotation)
"""The names of the carriers; a poll's job goes by the place in this row, so new ones come last."""
