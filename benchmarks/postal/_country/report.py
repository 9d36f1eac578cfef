"""The day's figures as tables, and the cluster that a working day would need by them."""

import math
from collections.abc import Iterable

from benchmarks.postal._country.day import Day
from benchmarks.postal._country.watch import HERE, SERVER, Stage
from benchmarks.tables import show, whole

# Doors that wards use by themselves; here one process does it for all.
HOURS = (1, 2, 8)
# A core is planned to be busy for this part of the time.
BUSY = 0.6
POST = "sandbox"
NOT_OF_A_DAY = frozenset({"country", "the same again", "a large file", "it again"})


def print_report(day: Day, *, whole_items: int) -> int:
    """Print everything; 0 when the day is balanced and nothing was lost or sent twice."""
    stages = day.watch.stages
    title = f"{len(day.country.wards):,} wards, {day.items:,} items, {'PostgreSQL' if day.house.server else 'SQLite'}"
    show(
        title,
        ("stage", "count", "of", "seconds", "per second", "database MB", "fdatasync/s", "found"),
        map(_line, stages),
    )
    processes = sorted({name for stage in stages for name in stage.cpu}, key=lambda name: (name != HERE, name))
    show(
        "Processor seconds, and the most memory in MB",
        ("stage", *processes),
        ([stage.name, *(_cell(stage, name) for name in processes)] for stage in stages),
    )
    sound = _books(day)
    _project(day, stages, whole_items)
    return 0 if sound else 1


def _line(stage: Stage) -> tuple[str, ...]:
    return (
        stage.name, f"{stage.count:,}", stage.what, f"{stage.seconds:.1f}", whole(stage.per_second),
        f"{stage.database_mb:.1f}", whole(stage.syncs), stage.said,
    )  # fmt: skip


def _cell(stage: Stage, name: str) -> str:
    if name not in stage.cpu and name not in stage.peak_mb:
        return ""
    return f"{stage.cpu.get(name, 0.0):.1f} s, {stage.peak_mb.get(name, 0)} MB"


def _books(day: Day) -> bool:
    cases = ", ".join(f"{count} {kind}" for kind, count in sorted(day.open_cases().items()))
    print(f"open cases: {cases or 'none'}")
    if day.balance is None:
        print("The day did not come to its end.")
        return False
    books = day.balance
    lost, twice, again = day.verdict()
    print(
        f"handed over {books.handed_over:,} = {books.delivered:,} delivered + {books.returned:,} returned"
        f" + {books.still_out:,} still out; {books.at_ward:,} still at the wards"
    )
    print(f"differences: {len(books.differences)}; wards out of balance: {len(day.unbalanced)}")
    print(f"in the post's own books: lost {lost}, sent twice {twice}; orders heard twice and known again: {again}")
    return books.balanced and not day.unbalanced and (lost, twice) == (0, 0)


def _project(day: Day, stages: Iterable[Stage], whole_items: int) -> None:
    """Processor seconds by item, times the country's items, by the hours in which the stage must be over.

    The post's own processor seconds are its affair and left out; PostgreSQL's are counted apart.
    """
    rows = []
    for stage in stages:
        if stage.name in NOT_OF_A_DAY:
            continue
        aside = {POST, SERVER, *((HERE,) if stage.waits else ())}
        ours = sum(used for name, used in stage.cpu.items() if name not in aside)
        server = stage.cpu.get(SERVER, 0.0)
        scale = whole_items / day.items
        cores = [f"{(ours + server) * scale / (hours * 3600 * BUSY):.2f}" for hours in HOURS]
        rows.append(
            [stage.name, f"{1000 * ours / day.items:.1f}", f"{1000 * server / day.items:.1f}",
             f"{(ours + server) * scale:,.0f}", *cores]
        )  # fmt: skip
    show(
        f"Cores for {whole_items:,} items, {BUSY:.0%} busy, when the stage may take so long",
        ("stage", "ms an item", "of PostgreSQL", "processor seconds", *(f"{hours} h" for hours in HOURS)),
        rows,
    )
    total = sum(float(row[3].replace(",", "")) for row in rows)
    print(
        f"All stages one after the other within 8 hours: {math.ceil(total / (8 * 3600 * BUSY))} cores. Not in it: the"
        " post, RabbitMQ, PostgreSQL's own writers, and what people do at the pages."
    )
