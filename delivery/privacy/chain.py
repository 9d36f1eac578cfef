"""The audit book as a chain: whoever changes, removes or slips in an entry breaks every hash after it.

An entry is written in the transaction of what it tells of, and sealed a moment later by whichever worker sweeps: so no
request waits for another's place in the chain. Within this moment (TANNHA_SWEEP_SECONDS, or as long as no worker runs)
only the database's own triggers keep an entry as it is. Whoever owns the database can drop these and forge the chain
from some entry on; what they cannot do is bring back a hash that has left the house before: the anchor.
"""

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.database import TURNS
from delivery.errors import BadInput
from delivery.i18n import gettext as _
from delivery.i18n import marked
from delivery.models import AuditEntry, Erasure
from delivery.models.base import Facts
from delivery.privacy.sealing import BEGINNING, canonical, linked

SEALING = 35
AT_ONCE = 1000
LATE = timedelta(minutes=10)
MISSING = marked("the entry before it is missing")
CHANGED = marked("what it says is not what was sealed")
DETAIL = marked("its details are not those that were sealed")
OTHER = marked("it is not the entry that the anchor names")
GONE = marked("the anchor names an entry that is not there")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The hash that an entry had at a moment; kept outside the database it shows that nothing before was rewritten."""

    seq: int
    hash: str
    at: str = ""

    def __str__(self) -> str:
        return f"{self.seq} {self.hash} {self.at}".strip()

    @classmethod
    def parse(cls, line: str) -> "Anchor":
        """An anchor as it is written: number, hash, and when. Raises BadInput."""
        parts = line.split()
        if not 2 <= len(parts) <= 3 or not parts[0].isdecimal() or len(parts[1]) != len(BEGINNING):
            raise BadInput(_("An anchor is written so: number, hash of 64 digits, moment"))
        return cls(int(parts[0]), parts[1].lower(), parts[2] if len(parts) == 3 else "")


@dataclass
class Verdict:
    """What following the chain has found; `broken` is the first entry that does not fit, by number, with why."""

    sealed: int = 0
    unsealed: int = 0
    late: int = 0
    erased: int = 0
    head: Anchor = field(default_factory=lambda: Anchor(0, BEGINNING))
    broken: tuple[int, str] | None = None

    def breaks(self, seq: int, why: str) -> None:
        if self.broken is None or seq < self.broken[0]:
            self.broken = (seq, why)


def seal_entries(session: Session, seal: bytes) -> int:
    """Seal entries that were written since, a thousand at most; returns how many.

    One at a time does so; whoever finds somebody at it leaves it to them.
    """
    waiting = sa.select(AuditEntry).where(AuditEntry.seq.is_(None)).order_by(AuditEntry.id).limit(AT_ONCE)
    alone = sa.select(sa.func.pg_try_advisory_xact_lock(TURNS, SEALING))
    if session.get_bind().dialect.name == "postgresql" and not session.scalar(alone):
        return 0
    entries = session.scalars(waiting).all()
    if not entries:
        return 0
    last, rows = head_of(session), []
    for entry in entries:
        detail = facts_hmac(seal, entry.id, entry.facts)
        seq, sealed = last.seq + 1, linked(last.hash, content_of(entry, last.seq + 1, detail))
        rows.append({"id": entry.id, "seq": seq, "facts_hmac": detail, "hash": sealed})
        last = Anchor(seq, sealed)
    session.execute(sa.update(AuditEntry), rows)
    return len(rows)


def waits_for_seal(session: Session) -> bool:
    """Whether there is an entry without its place in the chain."""
    return session.scalar(sa.select(AuditEntry.id).where(AuditEntry.seq.is_(None)).limit(1)) is not None


def head_of(session: Session) -> Anchor:
    """The newest link of the chain."""
    wanted = sa.select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.seq.is_not(None))
    found = session.execute(wanted.order_by(AuditEntry.seq.desc()).limit(1)).first()
    return Anchor(0, BEGINNING) if found is None else Anchor(int(found.seq or 0), str(found.hash))


def verify(
    session: Session, seal: bytes, at: datetime, anchors: Iterable[Anchor] = (), *, since: Anchor | None = None
) -> Verdict:
    """Follow the chain from its beginning, or from an anchor on, and hold it against what anchors say."""
    found = Verdict() if since is None else _from(session, since)
    wanted = {anchor.seq: anchor.hash for anchor in anchors}
    may_be_empty = session.scalar(sa.select(sa.func.max(Erasure.cut_off)).where(Erasure.kept == "audit"))
    for entry in session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.seq > found.head.seq)
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=AT_ONCE)
    ):
        _follow(found, entry, seal, may_be_empty)
        if wanted.get(found.head.seq, found.head.hash) != found.head.hash:
            found.breaks(found.head.seq, OTHER)
    for seq in wanted:
        if seq > found.head.seq:
            found.breaks(seq, GONE)
    waits = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.seq.is_(None))
    found.unsealed = session.scalar(waits) or 0
    found.late = session.scalar(waits.where(AuditEntry.at < at - LATE)) or 0
    return found


def _from(session: Session, since: Anchor) -> Verdict:
    found = Verdict(head=since)
    there = session.scalar(sa.select(AuditEntry.hash).where(AuditEntry.seq == since.seq))
    if there != since.hash:
        found.breaks(since.seq, GONE if there is None else OTHER)
    return found


def _follow(found: Verdict, entry: AuditEntry, seal: bytes, may_be_empty: datetime | None) -> None:
    seq, before = int(entry.seq or 0), found.head
    found.sealed += 1
    if seq != before.seq + 1:
        found.breaks(before.seq + 1, MISSING)
    if entry.hash != linked(before.hash, content_of(entry, seq, str(entry.facts_hmac))):
        found.breaks(seq, CHANGED)
    if not hmac.compare_digest(str(entry.facts_hmac), facts_hmac(seal, entry.id, entry.facts)):
        # Erased by its term, which has a record of its own.
        if entry.facts == {} and may_be_empty is not None and entry.at < may_be_empty:
            found.erased += 1
        else:
            found.breaks(seq, DETAIL)
    found.head = Anchor(seq, str(entry.hash))


def content_of(entry: AuditEntry, seq: int, detail: str) -> Mapping[str, object]:
    """What the hash of an entry is over, beside the one before it."""
    return {
        "seq": seq, "id": entry.id, "at": entry.at, "actor": entry.actor, "action": entry.action,
        "subject": entry.subject, "facts": detail,
    }  # fmt: skip


def facts_hmac(seal: bytes, entry_id: int, facts: Facts) -> str:
    """The keyed digest of an entry's details: without the key nobody can guess from it what was erased."""
    key = hmac.digest(seal, b"details of the audit book", "sha256")
    return hmac.digest(key, str(entry_id).encode() + b"|" + canonical(facts), "sha256").hex()


def anchors_file(home: Path) -> Path:
    """Where the house keeps its anchors, a line each; whoever keeps a copy elsewhere can hold the house to it."""
    return home / "audit-anchors.txt"


def write_anchor(home: Path, anchor: Anchor) -> None:
    """Add a line that lasts."""
    file = os.open(anchors_file(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(file, "wb") as lines:
        lines.write(f"{anchor}\n".encode())
        lines.flush()
        os.fsync(lines.fileno())


def read_anchors(file: Path) -> list[Anchor]:
    """The anchors in a file; none where there is no file. Raises BadInput for a line that is none."""
    if not file.exists():
        return []
    return [Anchor.parse(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
