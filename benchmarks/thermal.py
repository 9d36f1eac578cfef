"""Sheets for a thermal printer a second, on one core: `python -m benchmarks.thermal [--count 300]`."""

import argparse
import time

from labels.label import draw_labels
from labels.sample import sample_labels
from labels.zpl import RESOLUTIONS, Raster, sheets_of

GOAL = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args().count
    pdf = draw_labels(sample_labels(count))
    for dpi in RESOLUTIONS:
        began = time.process_time()
        size = sum(len(sheet) for sheet in sheets_of(pdf, Raster(dpi)))
        speed = count / (time.process_time() - began)
        print(f"{dpi} dpi: {speed:6.0f} sheets/s (goal {GOAL}), {size / count / 1000:.1f} kB a sheet")


if __name__ == "__main__":
    main()
