"""When a dossier came to its end, and what still stands against erasing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import (
    Amendment,
    Case,
    CitizenWord,
    Consent,
    Consignment,
    Custody,
    DataRequest,
    DoorAct,
    Item,
    Resend,
    Result,
    ResultVersion,
    RetentionHold,
    TrackingEvent,
)

OF_RESULTS = (
    (ResultVersion.replaced_at, ResultVersion.result_id), (Consent.given_at, Consent.result_id),
    (Consent.ended_at, Consent.result_id),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """Whose data must stay meanwhile: dossiers and envelopes in an open case, on hold, or of which somebody asks."""

    results: frozenset[int]
    items: frozenset[int]
    dossiers: frozenset[str]
    codes: frozenset[str]

    @classmethod
    def now(cls, session: Session, *, besides: int | None = None) -> "Held":
        """As it stands now; `besides` is a request that is being answered."""
        cases = session.execute(sa.select(Case.subject, Case.facts).where(Case.closed_at.is_(None))).all()
        named = [subject.partition(":")[::2] for subject, _facts in cases if subject != f"data-request:{besides}"]
        holds = session.scalars(sa.select(RetentionHold.result_id).where(RetentionHold.lifted_at.is_(None)))
        asked = session.scalars(
            sa.select(DataRequest.result_id).where(
                DataRequest.decided_at.is_(None), DataRequest.id.is_distinct_from(besides)
            )
        )
        facts = [facts for subject, facts in cases if subject != f"data-request:{besides}"]
        return cls(
            results=frozenset({*holds, *asked, *_numbers(named, "result")}),
            items=frozenset(_numbers(named, "item")),
            dossiers=frozenset(
                {*(name.rpartition(":")[0] for kind, name in named if kind == "result" and ":" in name),
                 *(str(one["dossier"]) for one in facts if one.get("dossier"))}
            ),
            codes=frozenset(str(one["item_code"]) for one in facts if one.get("item_code")),
        )  # fmt: skip

    def stops(self, result: Result, codes: Iterable[str]) -> bool:
        """Whether something stands against erasing this result; `codes` are those of its envelope's sendings."""
        return (
            result.id in self.results
            or result.item_id in self.items
            or result.dossier_code in self.dossiers
            or not self.codes.isdisjoint(codes)
        )


def last_acts(session: Session, results: Sequence[Result]) -> dict[int, datetime]:
    """When each result came to its end, its last act included; without those that have not.

    What lies in an envelope ends when the recipient has it and no change of an order is open; all that lies in one
    ends together. What waits at the counter ends with the last word about it, for nobody notes here when it is fetched.
    """
    items = {result.item_id for result in results if result.item_id is not None}
    ended = {item.id: item for item in session.scalars(sa.select(Item).where(
        Item.id.in_(items), Item.custody == Custody.RECIPIENT,
        ~sa.exists().where(
            Consignment.item_id == Item.id, Amendment.consignment_id == Consignment.id, Amendment.ended_at.is_(None)
        ),
    ))}  # fmt: skip
    by_item = _latest_by_item(session, ended)
    alone = [result for result in results if result.item_id is None and not result.wants_delivery]
    by_result = _latest_by_result(session, alone)
    return {r.id: max(by_item[r.item_id]) for r in results if r.item_id in ended} | {
        result.id: max(by_result[result.id]) for result in alone
    }


def codes_of(session: Session, results: Sequence[Result]) -> dict[int, list[str]]:
    """The item codes under which each result's envelope has ever travelled."""
    items = {result.item_id for result in results if result.item_id is not None}
    known: dict[int, list[str]] = {}
    wanted = sa.select(Consignment.item_id, Consignment.item_code).where(Consignment.item_id.in_(items))
    for item_id, code in session.execute(wanted):
        known.setdefault(item_id, []).append(code)
    return {result.id: known.get(result.item_id, []) if result.item_id is not None else [] for result in results}


def _latest_by_item(session: Session, ended: Mapping[int, Item]) -> dict[int, list[datetime]]:
    """All moments at which something was said or done about an envelope, or about anything that lies in it."""
    found = {item.id: [item.created_at, *([item.collected_at] if item.collected_at else [])] for item in ended.values()}
    for moment, item_id in (
        (Result.received_at, Result.item_id), (Consignment.since, Consignment.item_id),
        (CitizenWord.said_at, CitizenWord.item_id), (CitizenWord.taken_back_at, CitizenWord.item_id),
        (Resend.wanted_at, Resend.item_id),
    ):  # fmt: skip
        _gather(session, sa.select(item_id, moment).where(item_id.in_(ended)), found)
    for moment, sent in (
        (DoorAct.received_at, DoorAct.consignment_id), (TrackingEvent.received_at, TrackingEvent.consignment_id),
        (Amendment.ended_at, Amendment.consignment_id),
    ):  # fmt: skip
        wanted = sa.select(Consignment.item_id, moment).join(Consignment, Consignment.id == sent)
        _gather(session, wanted.where(Consignment.item_id.in_(ended)), found)
    for moment, result_id in OF_RESULTS:
        inside = sa.select(Result.item_id, moment).join(Result, Result.id == result_id)
        _gather(session, inside.where(Result.item_id.in_(ended)), found)
    return found


def _latest_by_result(session: Session, alone: Sequence[Result]) -> dict[int, list[datetime]]:
    found = {result.id: [result.received_at] for result in alone}
    for moment, result_id in OF_RESULTS:
        _gather(session, sa.select(result_id, moment).where(result_id.in_(found)), found)
    return found


def _gather(session: Session, wanted: "sa.Select[*tuple[Any, ...]]", into: dict[int, list[datetime]]) -> None:
    for key, moment in session.execute(wanted):
        if moment is not None:
            into[key].append(moment)


def _numbers(named: Iterable[Sequence[str]], kind: str) -> set[int]:
    return {int(name) for about, name in named if about == kind and name.isdecimal()}
