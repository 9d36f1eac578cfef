"""All made-up papers by name, to try a printer with; each makes the paper and tells what it must decode to."""

from collections.abc import Callable

from labels.sample import Made, Printed, printed_labels, printed_manifest, printed_route_sheet, printed_slips
from labels.sample_counter import printed_appointments, printed_closing, printed_inserts, printed_reconciliation

KINDS: dict[str, Callable[[Made], Printed]] = {
    "label": printed_labels,
    "slip": printed_slips,
    "manifest": printed_manifest,
    "route-sheet": printed_route_sheet,
    "insert": printed_inserts,
    "appointment": printed_appointments,
    "closing": printed_closing,
    "reconciliation": printed_reconciliation,
}
