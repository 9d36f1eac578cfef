"""`python -m labels sample --kind label --count 10 --out labels.pdf` prints made-up papers, to try a printer with."""

import argparse
import json
import sys
from pathlib import Path

from labels.errors import LabelsError
from labels.label import SHEETS
from labels.sample import Made
from labels.samples import KINDS

MOST = 100_000


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    made = Made(given.count, given.seed, given.language, given.sheet, given.skip)
    try:
        pdf, codes = KINDS[given.kind](made)
        given.out.write_bytes(pdf)
        if given.data is not None:
            pages = [{"page": page, "codes": read} for page, read in enumerate(codes, start=1)]
            given.data.write_text(json.dumps(pages, indent=1), encoding="utf-8")
    except (LabelsError, OSError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    print(given.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labels", description=__doc__)
    sample = parser.add_subparsers(required=True).add_parser("sample", help="made-up papers as PDF")
    sample.add_argument("--kind", choices=sorted(KINDS), default="label")
    sample.add_argument(
        "--count", type=_count, default=10, metavar="N", help="so many of them, or so many lines (%(default)s)"
    )
    sample.add_argument("--seed", type=int, default=0, help="other people with another number (%(default)s)")
    sample.add_argument("--language", choices=("vi", "en"), default="vi")
    sample.add_argument("--sheet", choices=list(SHEETS), default="thermal", help="labels on A4: 2, 4 or 8 a sheet")
    sample.add_argument("--skip", type=int, default=0, help="so many places of the first sheet are used up (0)")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    sample.add_argument("--data", type=Path, metavar="FILE.json", help="what each page must decode to")
    return parser


def _count(typed: str) -> int:
    count = int(typed)
    if not 0 <= count <= MOST:
        raise argparse.ArgumentTypeError(f"{typed[:20]} is not between 0 and {MOST}")
    return count


if __name__ == "__main__":
    sys.exit(main())
