"""Papers: plain data in, PDF out. Labels, slips, manifests and route sheets, each readable by people and scan guns."""

from labels.errors import CannotDraw, FontsMissing, LabelsError
from labels.label import draw_labels
from labels.manifest import draw_manifest
from labels.model import Label, Manifest, ManifestLine, Outline, Party, RouteSheet, RouteStop, Slip
from labels.route_sheet import draw_route_sheets
from labels.slip import draw_slips

__all__ = [
    "CannotDraw",
    "FontsMissing",
    "Label",
    "LabelsError",
    "Manifest",
    "ManifestLine",
    "Outline",
    "Party",
    "RouteSheet",
    "RouteStop",
    "Slip",
    "draw_labels",
    "draw_manifest",
    "draw_route_sheets",
    "draw_slips",
]
