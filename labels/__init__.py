"""Papers: plain data in, PDF out. Labels, slips, manifests and route sheets, each readable by people and scan guns.

What the counter gives out and signs is imported from where it is, so that labels begin at once: `labels.insert`,
`labels.appointment`, `labels.closing`, and for label printers `labels.zpl`, `labels.printer`, `labels.calibration`.
"""

from labels.errors import CannotDraw, FontsMissing, LabelsError
from labels.label import SHEETS, Sheet, draw_labels, write_labels
from labels.manifest import draw_manifest, manifest_proof
from labels.model import (
    Label,
    Landmark,
    Manifest,
    ManifestLine,
    Outline,
    Party,
    RouteSheet,
    RouteStop,
    Slip,
    Street,
    StreetName,
)
from labels.route_sheet import draw_route_sheets, sketched_area
from labels.slip import draw_slips

__all__ = [
    "SHEETS",
    "CannotDraw",
    "FontsMissing",
    "Label",
    "LabelsError",
    "Landmark",
    "Manifest",
    "ManifestLine",
    "Outline",
    "Party",
    "RouteSheet",
    "RouteStop",
    "Sheet",
    "Slip",
    "Street",
    "StreetName",
    "draw_labels",
    "draw_manifest",
    "draw_route_sheets",
    "draw_slips",
    "manifest_proof",
    "sketched_area",
    "write_labels",
]
