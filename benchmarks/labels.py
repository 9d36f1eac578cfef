"""Envelope labels beside WeasyPrint and plain ReportLab, with one clock on one core: `make bench-labels`.

Seconds are of the processor, so that what else runs on the machine does not count. Every figure comes from a process of
its own that cannot reach a network.
"""

import argparse
import sys
from collections.abc import Iterator

from benchmarks.alone import Told, alone
from benchmarks.goals import Verdict
from benchmarks.tables import seconds, show, whole
from labels.sample import Made
from labels.samples import KINDS
from tests.labels.reading import codes

OURS = "Tận Nhà"
PEERS = {OURS: ("tannha", 1.0), "plain ReportLab": ("reportlab_canvas", 0.2), "WeasyPrint": ("weasyprint", 0.05)}
RUNS = (1_000, 10_000, 50_000)
LINES = 2_000
FLAT_MB = 16
SIGNS = {True: "✓", False: "✗", None: "– not measured"}


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.profile:
        print(alone("benchmarks.peers.label_papers:profile", given.count).value)
        return 0
    verdicts = [*_speed(given.count), *_memory(1 if not given.quick else 10), *_manifest(), *_decoding(given.decode)]
    show("Goals", ("goal", "measured", "met"), [[one.goal, one.measured, SIGNS[one.met]] for one in verdicts])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-labels", description=__doc__)
    parser.add_argument(
        "--count", type=int, default=5_000, help="so many labels; the slower ones draw fewer (%(default)s)"
    )
    parser.add_argument("--decode", type=int, default=0, help="decode every page of a run of so many, of each kind (0)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the long runs: a look, no figures to keep")
    parser.add_argument("--profile", action="store_true", help="only print where the time goes")
    return parser


def _speed(count: int) -> Iterator[Verdict]:
    told = {
        name: alone(f"benchmarks.peers.label_papers:{function}", max(50, int(count * share)))
        for name, (function, share) in PEERS.items()
    }
    ours = told[OURS].value
    rows = [[name, *_cells(one, ours.rate)] for name, one in told.items()]
    show(
        "One label a page, 100 × 150 mm",
        ("drawn by", "labels", "s", "labels/s", "× ours", "bytes each", "peak MB"),
        rows,
    )
    yield Verdict("at least 1,500 labels/s", whole(ours.rate), ours.rate >= 1500)
    yield Verdict("at most 2.5 kB a label", whole(ours.size / ours.count), ours.size / ours.count <= 2500)


def _cells(one: Told, ours: float) -> list[str]:
    if one.value is None:
        return ["", "", one.refused, "", "", ""]
    drawn = one.value
    each = whole(drawn.size / drawn.count)
    times = f"1/{ours / drawn.rate:.1f}"
    return [whole(drawn.count), seconds(drawn.seconds), whole(drawn.rate), times, each, str(one.peak_mb)]


def _memory(divided_by: int) -> Iterator[Verdict]:
    told = {count // divided_by: None for count in RUNS}
    peaks, rows = [], []
    for count in told:
        one = alone("benchmarks.peers.label_papers:written_to_a_file", count)
        peaks.append(one.peak_mb)
        drawn = one.value
        rows.append([whole(count), whole(drawn.rate), whole(drawn.size / count), str(one.peak_mb)])
    show("Into a file, label by label", ("labels", "labels/s", "bytes each", "peak MB"), rows)
    grown = peaks[-1] - peaks[0]
    yield Verdict(f"memory flat to {max(told):,} (within {FLAT_MB} MB)", f"{grown:+} MB", grown <= FLAT_MB)


def _manifest() -> Iterator[Verdict]:
    drawn = alone("benchmarks.peers.label_papers:manifest", LINES).value
    yield Verdict(f"a manifest of {LINES:,} in two copies within 1.5 s", f"{drawn.seconds:.2f} s", drawn.seconds <= 1.5)


def _decoding(count: int) -> Iterator[Verdict]:
    for kind, made in KINDS.items() if count else ():
        pdf, expected = made(Made(count, seed=1))
        read = codes(pdf)
        right = sum(one == set(page) for one, page in zip(read, expected, strict=True))
        measured = f"{right:,} of {len(expected):,} pages"
        yield Verdict(f"every code of {count:,} decodes at 203 dpi: {kind}", measured, right == len(expected))


if __name__ == "__main__":
    sys.exit(main())
