"""The doctor: looks at each part of an installation and says what to do about what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from delivery.database import database_now
from delivery.dispatch.numbers import numbers_left
from delivery.dispatch.pace import failing
from delivery.errors import DeliveryError
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.jobs.roll import unserved, workers_alive
from delivery.keys import NAMES
from delivery.messages.lines import NotCarried
from delivery.messages.looking import ChannelState, channel_states
from delivery.models import AuditEntry, Result
from delivery.moments import local
from delivery.notices.looking import Standing, standings
from delivery.privacy.breaches import notify_by, untold
from delivery.privacy.chain import LATE, head_of
from delivery.privacy.terms import terms_of
from delivery.rules.messages import CHANNELS, WHYS
from delivery.rules.notice_sending import ENDPOINT_STATES, FAULTS, EndpointState
from delivery.rules.retention import TABLE
from delivery.settings import CARRIERS
from delivery.tracking.polling import has_envelopes
from delivery.ways import WAYS
from delivery.wiring import Service
from postal_api.errors import PostalError
from routing import Location, RoutingError

# Two points of Long Biên, for asking a routing server whether it is there.
SOMEWHERE = (Location(21.0459, 105.8738), Location(21.0512, 105.8801))


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, whether it is well, and what was seen or should be done."""

    what: str
    ok: bool
    says: str


def examine(service: Service) -> list[Finding]:
    """Look at every part, also when earlier ones are ill."""
    return list(_examine(service))


def _examine(service: Service) -> Iterator[Finding]:
    parts: list[tuple[str, Callable[[Service], tuple[bool, str]]]] = [
        (marked("Fonts"), _fonts),
        (marked("Time zone"), _time_zone),
        (marked("Keys"), _keys),
        (marked("Database"), _database),
        (marked("Worker"), _worker),
        (marked("Carrier"), _carrier),
        (marked("Earlier carriers"), _earlier_carriers),
        (marked("Item codes"), _item_codes),
        (marked("Map"), _map),
        (marked("Online geocoder"), _geocoder),
        (marked("Travel times"), _travel),
        (marked("Messages to citizens"), _messages),
        (marked("Notices to the one-stop system"), _notices),
        (marked("Log-ins by a provider"), _providers),
        (marked("Leaks of personal data"), _breaches),
        (marked("Terms of keeping"), _terms),
        (marked("Audit book"), _audit_book),
    ]
    for what, look in parts:
        try:
            ok, says = look(service)
        except (DeliveryError, PostalError, RoutingError, OSError) as error:
            ok, says = False, str(error)
        except sa.exc.SQLAlchemyError as error:
            ok, says = False, _("does not answer: {why}").format(why=type(error).__name__)
        yield Finding(what, ok, says)


def _fonts(_service: Service) -> tuple[bool, str]:
    try:
        fonts = resources.files("fontpkg_be_vietnam_pro") / "files"
    except ModuleNotFoundError:
        return False, _("Be Vietnam Pro is missing. Run: make setup")
    found = [font.name for font in fonts.iterdir() if font.name.endswith(".ttf")]
    return bool(found), f"Be Vietnam Pro ({len(found)})"


def _time_zone(_service: Service) -> tuple[bool, str]:
    try:
        here = datetime.now(UTC).astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    except ZoneInfoNotFoundError:
        return False, _("The time zone Asia/Ho_Chi_Minh is unknown here. Install the package tzdata")
    return True, f"{here:%d/%m/%Y %H:%M} (Asia/Ho_Chi_Minh)"


def _keys(service: Service) -> tuple[bool, str]:
    folder = service.settings.keys
    missing = [name for name in NAMES if not (folder / name).is_file()]
    if missing:
        return False, _("Missing: {names}. Run: tannha init").format(names=", ".join(missing))
    files = [*(folder / name for name in NAMES), *folder.glob("fields-*")]
    open_to_others = [file.name for file in files if file.stat().st_mode & 0o077]
    if open_to_others:
        return False, _("Others on this machine can read {names}. Run: chmod 600").format(
            names=", ".join(open_to_others)
        )
    if service.database.is_at_head():
        _open_ends(service)
    return True, str(folder)


def _open_ends(service: Service) -> None:
    """Open what came first and what came last: raises what tells that a key is missing here, or another one."""
    with service.database.read() as session:
        for order in (Result.id, Result.id.desc()):
            result = session.scalar(sa.select(Result).order_by(order).limit(1))
            if result is not None:
                result.opened(Result.owner_name)


def _database(service: Service) -> tuple[bool, str]:
    if not service.database.is_at_head():
        return False, _("Not at the newest version. Run: tannha init")
    return True, service.database.engine.url.render_as_string(hide_password=True)


def _worker(service: Service) -> tuple[bool, str]:
    alive = workers_alive(service)
    if not alive:
        return False, _("None at work. Run: tannha worker")
    if missing := unserved(service):
        names = ",".join(missing)
        return False, _(
            "{count} at work, but none of them does: {names}. Run one more: tannha worker --queues {names}"
        ).format(count=alive, names=names)
    return True, _("{count} at work").format(count=alive)


def _carrier(service: Service) -> tuple[bool, str]:
    with service.database.read() as session:
        rests = failing(session, service.settings.carrier)
    try:
        says = service.carrier.check()
    except PostalError as error:
        if rests is None:
            raise
        return False, _("{why}. Nothing is sent before {moment}").format(why=error, moment=f"{local(rests):%H:%M:%S}")
    if rests is not None:
        return False, _(
            "{carrier} answers now, but failed five times in a row. To go on at once: tannha carrier check"
        ).format(carrier=says)
    return True, says


def _earlier_carriers(service: Service) -> tuple[bool, str]:
    with service.database.read() as session:
        names = [n for n in CARRIERS if n != service.settings.carrier and has_envelopes(session, n)]
    said = [service.with_carrier(name).carrier.check() for name in names]
    return True, ", ".join(said) if said else _("None has envelopes on their way")


def _item_codes(service: Service) -> tuple[bool, str]:
    with service.database.read() as session:
        left = numbers_left(session)
    if left < service.settings.numbers_low:
        return False, _("Only {count} left. Ask the post for a range: tannha numbers add FIRST LAST").format(count=left)
    return True, _("{count} left").format(count=left)


def _map(service: Service) -> tuple[bool, str]:
    atlas = service.atlas
    if service.shelf.trouble:
        return False, _("Cannot be read, so the built-in one serves: {why}. Import it again: tannha map import").format(
            why=service.shelf.trouble
        )
    return True, atlas.version or _("The built-in one of Long Biên, which is coarse. Better: tannha map import FILE")


def _geocoder(service: Service) -> tuple[bool, str]:
    line = service.online
    if line is None:
        return True, _("None: no address leaves this machine")
    where = service.settings.geocoder_url or _("its public address")
    return True, _("{name}, at {where}: streets that the map does not know are sent there").format(
        name=line.name, where=where
    )


def _travel(service: Service) -> tuple[bool, str]:
    from delivery.travelling import hours_file, read_factors  # noqa: PLC0415  who is examined alone waits for a compiler

    travelling = service.travelling()
    if travelling.kind == "server":
        travelling.travel.matrices(SOMEWHERE)
    if read_factors(service.settings.home).rows:
        return True, _("{ways} By the hour: {file}").format(
            ways=_(WAYS[travelling.kind]), file=hours_file(service.settings.home)
        )
    return True, _(WAYS[travelling.kind])


def _messages(service: Service) -> tuple[bool, str]:
    if not service.settings.channels:
        return True, _("None: citizens are told nothing")
    if not service.settings.public_url.startswith("https://"):
        return False, _("Links in messages lead to {url}. Set TANNHA_PUBLIC_URL=https://…").format(
            url=service.settings.web_url
        )
    with service.database.read() as session:
        states = channel_states(session, service.settings.channels)
    found = [_message_channel(service, state) for state in states]
    return all(ok for ok, _says in found), "; ".join(says for _ok, says in found)


def _providers(service: Service) -> tuple[bool, str]:
    asked = [provider for provider in (service.staff_provider, service.citizens_provider) if provider is not None]
    if not asked:
        return True, _("None: staff have passwords, citizens are sent codes")
    for provider in asked:
        provider.published()
    return True, ", ".join(provider.client.known_as for provider in asked)


def _breaches(service: Service) -> tuple[bool, str]:
    with service.database.read() as session:
        waiting, at = untold(session), database_now(session)
    if not waiting:
        return True, _("None that the authority does not know of")
    until = notify_by(waiting[0])
    if until < at:
        return False, _(
            "Leak {number} was to be told to the authority by {moment}. Tell it now: tannha breach told"
        ).format(number=waiting[0].id, moment=f"{local(until):%H:%M %d/%m}")
    return True, _("Leak {number} is to be told to the authority by {moment}").format(
        number=waiting[0].id, moment=f"{local(until):%H:%M %d/%m}"
    )


def _audit_book(service: Service) -> tuple[bool, str]:
    with service.database.read() as session:
        head = head_of(session)
        late = sa.select(AuditEntry.id).where(AuditEntry.seq.is_(None), AuditEntry.at < database_now(session) - LATE)
        waits = session.scalar(late.limit(1)) is not None
    if waits:
        return False, _("Entries wait for their seal since more than ten minutes. Run: tannha worker")
    return True, _("{count} entries sealed; tannha audit verify follows them").format(count=head.seq)


def _terms(service: Service) -> tuple[bool, str]:
    terms = terms_of(service.settings.home)
    changed = [kept.name for kept, usual in zip(terms, TABLE, strict=True) if kept.days != usual.days]
    return True, _("The ward's own: {names}").format(names=", ".join(changed)) if changed else _("Those of the house")


def _message_channel(service: Service, state: ChannelState) -> tuple[bool, str]:
    name = _(CHANNELS[state.channel])
    try:
        where = service.message_desk.channels[state.channel].line.check()
    except NotCarried as error:
        return False, _("{channel}: {why}. Correct the settings, or wait: what is worth it is sent later").format(
            channel=name, why=error
        )
    if state.failing_since is not None and state.why is not None:
        return False, _("{channel} ({where}) fails since {moment}: {why}").format(
            channel=name, where=where, moment=f"{local(state.failing_since):%H:%M %d/%m}", why=_(WHYS[state.why])
        )
    last = f"{local(state.last_sent):%H:%M %d/%m}" if state.last_sent is not None else "–"
    return True, _("{channel} ({where}), last sent {moment}").format(channel=name, where=where, moment=last)


def _notices(service: Service) -> tuple[bool, str]:
    with service.database.read() as session:
        found = standings(session)
    if not found:
        return True, _("None: the one-stop system is told nothing")
    # A file of certificates that cannot be read stops all of them.
    _line = service.notice_line
    said = [_notice_endpoint(one) for one in found]
    return all(ok for ok, _says in said), "; ".join(says for _ok, says in said)


def _notice_endpoint(one: Standing) -> tuple[bool, str]:
    endpoint, waiting = one.endpoint, _("{count} waiting").format(count=one.waiting)
    if endpoint.state is EndpointState.GONE:
        return False, f"{endpoint.name}: {_(ENDPOINT_STATES[endpoint.state])} ({waiting})"
    if endpoint.failing_since is not None and endpoint.fault is not None:
        return False, _("{name} fails since {moment}: {why} ({waiting}). Look: tannha notices log {number}").format(
            name=endpoint.name, moment=f"{local(endpoint.failing_since):%H:%M %d/%m}", why=_(FAULTS[endpoint.fault]),
            waiting=waiting, number=endpoint.id,
        )  # fmt: skip
    if one.given_up:
        return False, _(
            "{name}: {count} notices were given up. Send them again: tannha notices replay {number}"
        ).format(name=endpoint.name, count=one.given_up, number=endpoint.id)
    return True, f"{endpoint.name}: {_(ENDPOINT_STATES[endpoint.state])} ({waiting})"
