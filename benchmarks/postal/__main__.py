"""`make bench-postal`: all figures of the postal side one after the other, or the one that is named.

`python -m benchmarks.postal workers --help` tells what each can be asked.
"""

import importlib
import pkgutil
import sys

from benchmarks import postal


def main(arguments: list[str]) -> int:
    known = sorted(module.name for module in pkgutil.iter_modules(postal.__path__) if not module.name.startswith("_"))
    benches = [name for name in known if hasattr(importlib.import_module(f"benchmarks.postal.{name}"), "main")]
    chosen = [arguments[0]] if arguments else benches
    if not set(chosen) <= set(benches):
        print(f"{arguments[0]}? There are: {', '.join(benches)}", file=sys.stderr)
        return 2
    failed = [name for name in chosen if importlib.import_module(f"benchmarks.postal.{name}").main(arguments[1:])]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
