"""Says every line that breaks a rule, and how many there are."""

import sys

from tests.security.rules.rules import breaches

found = breaches()
for breach in found:
    print(breach)
sys.exit(bool(found))
