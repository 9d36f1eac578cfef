"""How long the steps of a large day take on this machine, on the embedded database: `make bench`."""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from delivery.dispatch.batching import batch_due
from delivery.geocoding import geocode
from delivery.intake.importing import import_results
from delivery.intake.table import open_table
from delivery.moments import now
from delivery.sample_day import write_sample_day
from delivery.setting_up import set_up
from delivery.settings import Settings
from delivery.wiring import Service

T = TypeVar("T")
DAY = date(2026, 11, 25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as home:
        service = Service.from_settings(Settings(home=Path(home)))
        set_up(service)
        file = Path(home) / "results.csv"
        write_sample_day(file, DAY, count=rows, seed=1)
        print(f"{'step':<28}{'seconds':>9}{'per second':>12}{'peak MB':>9}")
        for step in ("import", "the same file again"):
            show(step, rows, lambda: import_results(service.database, open_table(file), source="bench", at=now()))
        show("geocode", rows, lambda: geocode(service.database, now()))
        show("batch", rows, lambda: _batch(service))
        service.database.engine.dispose()


def show(step: str, count: int, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{step:<28}{seconds:>9.2f}{count / seconds:>12.0f}{peak:>9}")
    return result


def _batch(service: Service) -> int:
    with service.database.write() as session:
        return len(batch_due(session, DAY, now()))


if __name__ == "__main__":
    main()
