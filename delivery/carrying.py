"""Which carrier an office hands its envelopes to, from which day on; how each carrier is; and trying its line."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.carriers import carrier_of
from delivery.database import take_turns
from delivery.dispatch.pace import failing, forget_failures
from delivery.errors import BadInput, BadSetting, ChangedMeanwhile, NotFound, NotNow
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import AuditEntry, CarrierChoice, Consignment, Office, Submission, TrackingEvent
from delivery.moments import at_local, short_date
from delivery.rules.doorstep import OWN_TEAM
from delivery.settings import CARRIERS, Settings
from delivery.tracking.codes import CALLBACK
from delivery.tracking.polling import UNDER_WAY
from delivery.wiring import Service
from delivery.workdays import calendar_of
from postal_api.errors import PostalError

# Who chooses and who takes a choice back take turns: each knows what holds before.
CHOOSING = 3
AHEAD = timedelta(days=365)
LONGEST_REASON = 120
SILENT_WORKING_DAYS = 3
# Somebody looks at the page until the line has answered.
TRY_SECONDS = 8.0

CARRIER_NAMES: dict[str, str] = {
    "sandbox": marked("the sandbox post on this machine"),
    "ngsp": marked("VNPost, through the NGSP/LGSP gateway"),
    "ngsp-provincial": marked("VNPost, through the provincial gateway"),
    "myvnpost": marked("VNPost, through MyVNPost"),
    "viettelpost": marked("Viettel Post"),
    OWN_TEAM: marked("the ward's own team"),
}
# What each needs from the settings, beside the keys that verify VNPost's callbacks.
_VNPOST_GATEWAY = ("ngsp_url", "ngsp_key", "ngsp_secret", "ngsp_customer_code", "callback_keys")
NEEDS: Mapping[str, Sequence[str]] = {
    "sandbox": (),
    "ngsp": _VNPOST_GATEWAY,
    "ngsp-provincial": _VNPOST_GATEWAY,
    "myvnpost": ("myvnpost_url", "myvnpost_username", "myvnpost_password", "myvnpost_customer_code", "callback_keys"),
    "viettelpost": (
        "viettelpost_url", "viettelpost_username", "viettelpost_password", "viettelpost_callback_secret"
    ),
    OWN_TEAM: (),
}  # fmt: skip


class Condition(StrEnum):
    """How a carrier is, the worst first."""

    UNSET = "unset"
    RESTING = "resting"
    SILENT = "silent"
    WELL = "well"
    IDLE = "idle"


CONDITIONS: dict[Condition, str] = {
    Condition.UNSET: marked("settings are missing"),
    Condition.RESTING: marked("failed, and is left alone"),
    Condition.SILENT: marked("has said nothing for three working days"),
    Condition.WELL: marked("well"),
    Condition.IDLE: marked("nothing is under way with it"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A carrier, the day from which on an office shall hand to it, and why."""

    carrier: str
    valid_from: date
    reason: str


@dataclass(frozen=True, slots=True)
class CarrierState:
    """How a carrier is: what is missing in the settings, what is under way, until when it rests, when it spoke last."""

    name: str
    missing: Sequence[str]
    sandboxed: bool
    under_way: int
    rests_until: datetime | None
    last_callback: datetime | None
    last_heard: datetime | None
    silent: bool

    @property
    def condition(self) -> Condition:
        if self.missing:
            return Condition.UNSET
        if self.rests_until is not None:
            return Condition.RESTING
        if not self.under_way:
            return Condition.IDLE
        return Condition.SILENT if self.silent else Condition.WELL


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a carrier's line: its own words, or why it does not answer."""

    answers: bool
    says: str


def carrier_for(session: Session, settings: Settings, office_id: int, day: date) -> str:
    """The carrier that an office hands to on a day; that of the settings where none was chosen."""
    holds = (
        sa.select(CarrierChoice.carrier)
        .where(
            CarrierChoice.office_id == office_id,
            CarrierChoice.valid_from <= day,
            CarrierChoice.withdrawn_at.is_(None),
        )
        .order_by(CarrierChoice.valid_from.desc(), CarrierChoice.id.desc())
    )
    return session.scalar(holds.limit(1)) or settings.carrier


def choices_of(session: Session, offices: Sequence[int]) -> list[CarrierChoice]:
    """What was chosen for these offices, from the latest day first."""
    order = (CarrierChoice.valid_from.desc(), CarrierChoice.id.desc())
    return list(session.scalars(sa.select(CarrierChoice).where(CarrierChoice.office_id.in_(offices)).order_by(*order)))


def newest(session: Session) -> int:
    """The number of the choice that was made last; 0 when there is none."""
    return session.scalar(sa.select(sa.func.max(CarrierChoice.id))) or 0


def offered(settings: Settings) -> list[str]:
    """The carriers that can be chosen: the sandbox post never beside a real one, which it would be taken for."""
    return [
        name
        for name in CARRIERS
        if not missing(settings, name) and (name != "sandbox" or settings.carrier == "sandbox")
    ]


def missing(settings: Settings, name: str) -> list[str]:
    """The settings without which a carrier cannot be dealt with, as they are called in the environment.

    Where the sandbox post is the carrier of the settings, it serves whichever has no address of its own.
    """
    theirs = settings.with_carrier(name)
    if settings.uses_sandbox and theirs.uses_sandbox:
        return []
    usual = Settings.model_fields
    return [
        f"TANNHA_{one.upper()}"
        for one in NEEDS[name]
        if (value := getattr(settings, one)) in ("", None) or (one in _GIVEN and value == usual[one].default)
    ]


# What nobody but the carrier can give: the defaults are the sandbox post's.
_GIVEN = frozenset({
    "ngsp_key", "ngsp_secret", "ngsp_customer_code", "myvnpost_username", "myvnpost_password",
    "myvnpost_customer_code", "viettelpost_username", "viettelpost_password", "viettelpost_callback_secret",
})  # fmt: skip


def choose(
    session: Session, settings: Settings, office: Office, wanted: Wanted, *, sees: int, by: str, at: datetime,
    today: date,
) -> CarrierChoice:  # fmt: skip
    """Let an office hand to a carrier from a day on; what another has been told of goes on with that one.

    `sees` is the number of the newest choice when the form was made. Raises BadInput for a carrier that cannot be
    dealt with, a day or a reason that cannot be, and ChangedMeanwhile when somebody else has chosen since.
    """
    if wanted.carrier not in offered(settings):
        raise BadInput(_("This carrier cannot be dealt with yet; the table says which settings are missing"))
    if not today <= wanted.valid_from <= today + AHEAD:
        raise BadInput(
            _("Only days from {first} to {last} can be set").format(
                first=short_date(today), last=short_date(today + AHEAD)
            )
        )
    if not wanted.reason or len(wanted.reason) > LONGEST_REASON or not wanted.reason.isprintable():
        raise BadInput(_("Say why, in {count} characters at most").format(count=LONGEST_REASON))
    take_turns(session, CHOOSING)
    if newest(session) != sees:
        raise ChangedMeanwhile(_("Somebody else has changed this meanwhile. Look at it, and save again"))
    if carrier_for(session, settings, office.id, wanted.valid_from) == wanted.carrier:
        raise BadInput(_("There is nothing to change: the office hands to it already"))
    said = {"carrier": wanted.carrier, "reason": wanted.reason}
    made = CarrierChoice(office_id=office.id, valid_from=wanted.valid_from, made_by=by, made_at=at, **said)
    session.add(made)
    session.flush()
    facts = {**said, "valid_from": wanted.valid_from.isoformat()}
    session.add(AuditEntry(at=at, actor=by, action="chose carrier", subject=f"office:{office.id}", facts=facts))
    return made


def find_choice(session: Session, number: int) -> CarrierChoice:
    """The choice of that number, locked. Raises NotFound."""
    found = session.get(CarrierChoice, number, with_for_update=True)
    if found is None:
        raise NotFound(_("There is no such choice"))
    return found


def take_back(session: Session, choice: CarrierChoice, *, by: str, at: datetime) -> None:
    """Let the carrier hold again that held before; what this one has been told of goes on with it.

    Raises NotNow when the choice was taken back already.
    """
    take_turns(session, CHOOSING)
    session.refresh(choice)
    if choice.withdrawn_at is not None:
        raise NotNow(_("It was taken back already"))
    choice.withdrawn_by, choice.withdrawn_at = by, at
    facts = {"carrier": choice.carrier, "valid_from": choice.valid_from.isoformat()}
    subject = f"office:{choice.office_id}"
    session.add(AuditEntry(at=at, actor=by, action="took carrier back", subject=subject, facts=facts))


def states_of(session: Session, settings: Settings, today: date) -> list[CarrierState]:
    """How each carrier is that can be named, read from the books; nothing is asked of any."""
    accepted = (Consignment.submission == Submission.ACCEPTED, Consignment.journey.in_(UNDER_WAY))
    counted = sa.select(Consignment.carrier, sa.func.count()).where(*accepted).group_by(Consignment.carrier)
    under_way: dict[str, int] = dict(session.execute(counted).all())
    spoke = (
        sa.select(Consignment.carrier, TrackingEvent.source, sa.func.max(TrackingEvent.received_at))
        .join(TrackingEvent.consignment)
        .where(*accepted)
        .group_by(Consignment.carrier, TrackingEvent.source)
    )
    heard: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for carrier, source, at in session.execute(spoke):
        heard[carrier][source] = at
    quiet_since = at_local(calendar_of(session).before(today, SILENT_WORKING_DAYS), time.min)
    return [_state(session, settings, name, under_way.get(name, 0), heard[name], quiet_since) for name in CARRIERS]


def _state(
    session: Session, settings: Settings, name: str, under_way: int, heard: Mapping[str, datetime], quiet: datetime
) -> CarrierState:  # fmt: skip
    last = max(heard.values(), default=None)
    return CarrierState(
        name=name,
        missing=missing(settings, name),
        sandboxed=settings.with_carrier(name).uses_sandbox,
        under_way=under_way,
        rests_until=failing(session, name),
        last_callback=heard.get(CALLBACK),
        last_heard=last,
        # The own team reports by hand, and nobody waits for its machines.
        silent=name != OWN_TEAM and last is not None and last < quiet,
    )


def try_line(service: Service, name: str) -> Tried:
    """Ask a carrier for a token and for something that changes nothing, within seconds and outside any transaction.

    Where it had failed and now answers, what waits for it goes on at once. Raises BadInput for one that cannot be
    dealt with.
    """
    settings = service.settings
    if name not in CARRIERS or missing(settings, name):
        raise BadInput(_("This carrier cannot be dealt with yet; the table says which settings are missing"))
    brief = {"carrier_seconds": min(TRY_SECONDS, settings.carrier_seconds)}
    line = carrier_of(settings.with_carrier(name).model_copy(update=brief))
    try:
        says = line.check()
    except (PostalError, BadSetting) as error:
        return Tried(answers=False, says=str(error))
    finally:
        line.close()
    with service.database.read() as session:
        had_failed = failing(session, name) is not None
    if had_failed:
        forget_failures(service.with_carrier(name))
    return Tried(answers=True, says=says)
