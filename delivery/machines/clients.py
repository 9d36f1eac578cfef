"""Machines that may work with the service: made with a first key, given a second one while they change, closed."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from delivery.errors import BadInput, NotFound
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.machines.secrets import hash_of, is_key, new_key
from delivery.models import MachineClient, MachineClientOffice, MachineKey, Office

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
USUAL_RATE, MOST_RATE = 600, 1_000_000
# Time to put the new key in place on every machine of the other side.
CHANGE_OVER = timedelta(days=7)


class Scope(StrEnum):
    """What a machine may do."""

    WRITE_RESULTS = "results:write"
    READ_RESULTS = "results:read"
    WRITE_REQUESTS = "requests:write"
    READ_REQUESTS = "requests:read"
    READ_BATCHES = "batches:read"
    READ_DOCUMENTS = "documents:read"
    READ_STATISTICS = "statistics:read"


SCOPES: dict[Scope, str] = {
    Scope.WRITE_RESULTS: marked("Bring results in, correct and withdraw them"),
    Scope.READ_RESULTS: marked("Read what has become of results; no names, no addresses"),
    Scope.WRITE_REQUESTS: marked("Say that citizens want a result brought home, or would rather fetch it"),
    Scope.READ_REQUESTS: marked("Read what citizens wish, which names people"),
    Scope.READ_BATCHES: marked("Read batches and their routes; no names, no addresses"),
    Scope.READ_DOCUMENTS: marked("Fetch labels, slips, route sheets and manifests, which name people"),
    Scope.READ_STATISTICS: marked("Read the figures of offices"),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A machine that has shown who it is; `offices` are those that it may touch, None for all."""

    client_id: int
    key_id: int
    name: str
    scopes: frozenset[str]
    offices: frozenset[int] | None
    per_minute: int

    @property
    def actor(self) -> str:
        """Under which name the books know what it does; no user name has a colon."""
        return f"machine:{self.name}"

    def may_touch(self, office_id: int) -> bool:
        return self.offices is None or office_id in self.offices

    def in_reach(self, column: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
        """The condition that a row belongs to an office that it may touch: part of every query, not of what follows."""
        return sa.true() if self.offices is None else column.in_(self.offices)


def add_client(
    session: Session, name: str, scopes: Collection[str], offices: Collection[str] | None, at: datetime,
    *, per_minute: int = USUAL_RATE,
) -> tuple[MachineClient, str]:  # fmt: skip
    """Enter a machine that may touch the offices of these codes (None: all of them); returns its key as well.

    The key is to be shown once: nobody can read it again. Raises BadInput for a name that is taken or no name, no or
    unknown scopes, unknown offices, and a rate that is none.
    """
    if not NAME.fullmatch(name):
        raise BadInput(_("A machine's name has two to forty of a–z, 0–9 and hyphens: mot-cua-bo-de"))
    if session.scalar(sa.select(MachineClient.id).where(MachineClient.name == name)) is not None:
        raise BadInput(_("There is a machine {name} already").format(name=name))
    _check_scopes(scopes)
    if not 1 <= per_minute <= MOST_RATE:
        raise BadInput(_("A rate is a whole number from 1 to {most} a minute").format(most=MOST_RATE))
    made = MachineClient(
        name=name, scopes=sorted(set(scopes)), all_offices=offices is None, active=True, per_minute=per_minute,
        created_at=at, offices=[] if offices is None else _offices(session, offices),
    )  # fmt: skip
    session.add(made)
    return made, _give_key(session, made, at)


def rotate_key(session: Session, name: str, at: datetime) -> tuple[MachineClient, str]:
    """Give a machine another key; the newest one before holds for a week more, and older ones end at once.

    Raises NotFound.
    """
    client = _locked(session, name)
    holding = [key for key in client.keys if _holds(key.ends_at, at)]
    for key in holding[:-1]:
        key.ends_at = at
    for key in holding[-1:]:
        key.ends_at = min(key.ends_at or at + CHANGE_OVER, at + CHANGE_OVER)
    return client, _give_key(session, client, at)


def close_client(session: Session, name: str, at: datetime) -> MachineClient:
    """End all that a machine may do, at once: its keys are void, and so are tokens that were given for them.

    Raises NotFound.
    """
    client = _locked(session, name)
    client.active = False
    for key in client.keys:
        key.ends_at = min(key.ends_at or at, at)
    return client


def all_clients(session: Session) -> Sequence[MachineClient]:
    """Every machine, the open ones first, with their offices and keys."""
    wanted = sa.select(MachineClient).options(selectinload(MachineClient.offices), selectinload(MachineClient.keys))
    return session.scalars(wanted.order_by(MachineClient.active.desc(), MachineClient.name)).all()


def who_has(session: Session, key: str, at: datetime) -> Caller | None:
    """The machine whose key this is; None for whatever opens nothing."""
    return _caller(session, MachineKey.key_hash == hash_of(key), at) if is_key(key) else None


def who_had(session: Session, key_id: int, at: datetime) -> Caller | None:
    """The machine to whose key a token was given, as long as that key itself holds."""
    return _caller(session, MachineKey.id == key_id, at)


def _caller(session: Session, which: sa.ColumnElement[bool], at: datetime) -> Caller | None:
    # Asked with every request: columns cost a third of what whole objects do.
    found = session.execute(
        sa.select(*_SHOWN).join(MachineClient, MachineKey.client_id == MachineClient.id).where(which)
    ).first()
    if found is None or not found.active or not _holds(found.ends_at, at):
        return None
    offices = None
    if not found.all_offices:
        own = sa.select(MachineClientOffice.office_id).where(MachineClientOffice.client_id == found.client_id)
        offices = frozenset(session.scalars(own))
    return Caller(found.client_id, found.id, found.name, frozenset(found.scopes), offices, found.per_minute)


_SHOWN = (
    MachineKey.id, MachineKey.client_id, MachineKey.ends_at, MachineClient.active, MachineClient.name,
    MachineClient.scopes, MachineClient.all_offices, MachineClient.per_minute,
)  # fmt: skip


def _holds(ends_at: datetime | None, at: datetime) -> bool:
    return ends_at is None or at < ends_at


def _give_key(session: Session, client: MachineClient, at: datetime) -> str:
    key = new_key()
    client.keys.append(MachineKey(key_hash=hash_of(key), made_at=at))
    session.flush()
    return key


def _locked(session: Session, name: str) -> MachineClient:
    client = session.scalar(sa.select(MachineClient).where(MachineClient.name == name).with_for_update())
    if client is None:
        raise NotFound(_("There is no machine {name}").format(name=name))
    return client


def _check_scopes(scopes: Collection[str]) -> None:
    if not scopes or set(scopes) - set(Scope):
        raise BadInput(_("Say what the machine may do, of: {scopes}").format(scopes=", ".join(Scope)))


def _offices(session: Session, codes: Collection[str]) -> list[Office]:
    found = {office.code: office for office in session.scalars(sa.select(Office).where(Office.code.in_(codes)))}
    if unknown := sorted(set(codes) - set(found)):
        raise BadInput(_("There is no office {code}").format(code=", ".join(unknown)))
    if not found:
        raise BadInput(_("Say which offices the machine may touch"))
    return [found[code] for code in sorted(found)]
