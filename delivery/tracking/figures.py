"""What came of the envelopes of some weeks, in numbers: how many, how soon, at which visit, at what cost."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from itertools import groupby
from statistics import median
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import CitizenWord, Consignment, Item, Result, Submission, WordKind
from delivery.moments import at_local, local
from delivery.rules.lifecycle import State

LONGEST = timedelta(days=366)
# Among fewer somebody could be recognised.
FEWEST_SHOWN = 10
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Ended:
    """An envelope that came to its end: where it was sent from, what was in it, and how it went."""

    day: date
    office_id: int
    procedure: str
    carrier: str
    is_delivered: bool
    is_on_time: bool
    failed_visits: int
    days: int
    postage: int
    stars: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, shares from 0 to 1, the middle number of days from the result to the door, and dong for an envelope.

    Shares and days are of what was delivered, None where nothing was; `rating` is the mean of `rated` ratings of one to
    five stars.
    """

    delivered: int
    returned: int
    on_time: float | None
    first_visit: float | None
    days: float | None
    postage: float | None
    rating: float | None
    rated: int

    @property
    def ended(self) -> int:
        return self.delivered + self.returned


def ended_between(session: Session, first: date, last: date, offices: Collection[int]) -> list[Ended]:
    """What came to its end from `first` to `last`, both included; of more than a year, the last one."""
    first = max(first, last - LONGEST)
    rated = sa.and_(
        CitizenWord.item_id == Item.id, CitizenWord.kind == WordKind.RATING, CitizenWord.taken_back_at.is_(None)
    )
    wanted = (
        sa.select(
            Consignment.id, Consignment.since, Item.office_id, Result.procedure_name, Consignment.carrier,
            Consignment.journey, Result.promised_date, Consignment.attempts, Result.result_date, Consignment.postage,
            CitizenWord.stars,
        )
        .join(Consignment.item)
        .join(Item.results)
        .outerjoin(CitizenWord, rated)
        .where(
            Consignment.journey.in_([State.DELIVERED, State.RETURNED]),
            Consignment.submission != Submission.VOID,
            Consignment.since >= at_local(first, time.min),
            Consignment.since < at_local(last + timedelta(days=1), time.min),
            Item.office_id.in_(offices),
        )
        # An envelope is on time by the first of the promises inside. The others are passed over below: had it to look
        # up which one is the first, PostgreSQL would read all results that there ever were.
        .order_by(Consignment.id, Result.promised_date, Result.id)
    )  # fmt: skip
    first_of_each = (next(inside)[1:] for _sending, inside in groupby(session.execute(wanted), lambda row: row[0]))
    return [
        Ended(
            day=(day := local(since).date()),
            office_id=office,
            procedure=procedure,
            carrier=carrier,
            is_delivered=journey is State.DELIVERED,
            is_on_time=day <= promised,
            failed_visits=visits,
            days=(day - completed).days,
            postage=postage,
            stars=stars,
        )
        for since, office, procedure, carrier, journey, promised, visits, completed, postage, stars in first_of_each
        if since is not None
    ]


def figures_of(envelopes: Iterable[Ended]) -> Figures:
    """The figures of some envelopes."""
    all_of_them = list(envelopes)
    delivered = [each for each in all_of_them if each.is_delivered]
    stars = [each.stars for each in delivered if each.stars is not None]
    return Figures(
        delivered=len(delivered),
        returned=len(all_of_them) - len(delivered),
        on_time=_share(delivered, lambda each: each.is_on_time),
        first_visit=_share(delivered, lambda each: not each.failed_visits),
        days=median(each.days for each in delivered) if delivered else None,
        postage=sum(each.postage for each in all_of_them) / len(all_of_them) if all_of_them else None,
        rating=sum(stars) / len(stars) if stars else None,
        rated=len(stars),
    )


def figures_by(envelopes: Iterable[Ended], key: Callable[[Ended], Key]) -> dict[Key, Figures]:
    """The same for each group of them, the largest group first."""
    groups: dict[Key, list[Ended]] = defaultdict(list)
    for each in envelopes:
        groups[key(each)].append(each)
    return {key: figures_of(groups[key]) for key in sorted(groups, key=lambda key: -len(groups[key]))}


def large_enough(groups: Mapping[Key, Figures], fewest: int) -> dict[Key, Figures]:
    """The groups that may be shown beside their sum: nobody is one of fewer than `fewest`, nor in what they leave.

    Whoever takes those that are shown from the sum knows what the others have together. Where that is too little, the
    smallest that would be large enough is left out with them (secondary suppression, as offices of statistics have it).
    """
    by_size = sorted(groups, key=lambda key: groups[key].ended)
    left_out = [key for key in by_size if groups[key].ended < fewest]
    if 0 < sum(groups[key].ended for key in left_out) < fewest:
        left_out = by_size[: len(left_out) + 1]
    return {key: figures for key, figures in groups.items() if key not in left_out}


def few_stars_hidden(figures: Figures) -> Figures:
    """The same without the ratings, where those who gave them are too few to be shown."""
    return figures if figures.rated >= FEWEST_SHOWN else replace(figures, rating=None, rated=0)


def _share(envelopes: list[Ended], holds: Callable[[Ended], bool]) -> float | None:
    return sum(map(holds, envelopes)) / len(envelopes) if envelopes else None
