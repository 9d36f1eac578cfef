"""`python -m labels sample --kind label --count 10 --out labels.pdf` prints made-up papers, to try a printer with."""

import argparse
import sys
from pathlib import Path

from labels.errors import LabelsError
from labels.label import draw_labels
from labels.manifest import draw_manifest
from labels.route_sheet import draw_route_sheets
from labels.sample import sample_labels, sample_manifest, sample_route_sheet, sample_slips
from labels.slip import draw_slips

KINDS = {
    "label": lambda count, language: draw_labels(sample_labels(count), language),
    "slip": lambda count, language: draw_slips(sample_slips(count), language),
    "manifest": lambda count, language: draw_manifest(sample_manifest(count), language),
    "route-sheet": lambda count, language: draw_route_sheets([sample_route_sheet(count)], language),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m labels", description=__doc__)
    sample = parser.add_subparsers(required=True).add_parser("sample", help="made-up papers as PDF")
    sample.add_argument("--kind", choices=sorted(KINDS), default="label")
    sample.add_argument("--count", type=int, default=10)
    sample.add_argument("--language", choices=("vi", "en"), default="vi")
    sample.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        given.out.write_bytes(KINDS[given.kind](max(0, given.count), given.language))
    except (LabelsError, OSError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    print(given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
