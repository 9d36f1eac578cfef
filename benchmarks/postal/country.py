"""A day of the whole country on one machine: `python -m benchmarks.postal country --quick`.

A made-up country of 34 provinces and 3,321 wards; 70,000 items go through intake, placing, batching, planning, papers,
submission, hand-over, the post's day with its callbacks, and the balance. The service is the real one, with its own
processes, database and broker; the post is the sandbox post. Printed is what each stage took, the balance, what the
post's own books say, and how large a cluster would have to be.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.postal._country.day import Day, Stalled
from benchmarks.postal._country.house import open_house
from benchmarks.postal._country.land import WARDS, make_country
from benchmarks.postal._country.report import print_report
from benchmarks.postal._country.watch import Watch

ITEMS = 70_000
QUICK = 0.01


def main(arguments: list[str]) -> int:
    # Ended from outside, it still ends its own processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = _options(arguments)
    share = QUICK if chosen.quick else chosen.share
    items, wards = max(1, round(chosen.items * share)), max(1, round(chosen.wards * share))
    with tempfile.TemporaryDirectory(prefix="tannha-country-", dir=chosen.folder) as folder:
        home = Path(folder)
        with open_house(home, chosen.database, plan_seconds=chosen.plan_seconds, threads=chosen.threads) as house:
            watch = Watch(home, house.pids, house.size, house.server)
            day = Day(house, watch, make_country(wards, items, chosen.seed), items, chosen.seed, chosen.patience)
            try:
                _play(day, chosen.workers, chosen.speed)
            except Stalled as stalled:
                print(stalled, *day.open_jobs(), sep="\n", file=sys.stderr)
            return print_report(day, whole_items=chosen.items)


def _play(day: Day, workers: int, speed: float) -> None:
    day.found()
    day.take_in()
    day.take_in("the same again")
    day.take_in_one_large_file()
    day.place()
    day.gather()
    day.start(workers, speed)
    day.plan()
    day.print()
    day.ask()
    day.submit()
    day.hand_over()
    day.travel()
    day.close()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postal country", description=__doc__)
    parser.add_argument(
        "--items", type=int, default=ITEMS, help="items that are to be delivered (default: %(default)s)"
    )
    parser.add_argument("--wards", type=int, default=WARDS, help="wards, each with an office (default: %(default)s)")
    parser.add_argument("--share", type=float, default=1.0, help="this part of both (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one hundredth of both")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite",
                        help="PostgreSQL goes with RabbitMQ (default: %(default)s)")  # fmt: skip
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=4, help="jobs each does at a time (default: %(default)s)")
    parser.add_argument("--plan-seconds", type=float, default=0.3,
                        help="TANNHA_PLAN_SECONDS, for each ward's plan (default: %(default)s)")  # fmt: skip
    parser.add_argument("--speed", type=float, default=600, help="how much faster the post's clock is (default: 600)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience", type=float, default=900, help="seconds without any progress before it is given up"
    )
    parser.add_argument("--folder", type=Path, help="where the home is made; of the disk that is to be measured")
    return parser.parse_args(arguments)
