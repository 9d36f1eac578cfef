"""What the papers say, as plain data. Nothing here knows what is in an envelope, and no field asks for it.

Times and dates come as text, as they shall be read; money is in whole đồng, distances in metres.
"""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Party:
    """Sender or receiver; `area` is the line under the address, with the ward of today and the old one in brackets."""

    name: str
    address: str
    phone: str = ""
    area: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """The label of one envelope. `to_collect` is what the courier takes at the door; `copy` counts its prints.

    The receiver's whole telephone number is not printed, whatever is given here.
    """

    item_code: str
    qr: str
    sender: Party
    receiver: Party
    route: str
    position: int
    batch: str
    version: int = 1
    copy: int = 1
    slot: str = ""
    to_collect: int = 0


@dataclass(frozen=True, slots=True)
class Slip:
    """What goes with an envelope and is signed at the door; `must_show` says to whom it may be handed.

    `references` are the dossiers whose results are inside; `complaints` is where to turn, beside the sender's number.
    """

    item_code: str
    sender: Party
    receiver: Party
    references: tuple[str, ...]
    must_show: str
    tracking_code: str
    tracking_address: str
    promised: str = ""
    slot: str = ""
    payer: str = ""
    to_collect: int = 0
    fee: int = 0
    weight: int = 0
    complaints: str = ""


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One envelope on the hand-over table: weight in grams, the postage, what is collected at the door, its seal."""

    item_code: str
    receiver: str
    area: str
    to_collect: int = 0
    service: str = ""
    weight: int = 0
    fee: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What one side has signed on the screen: who, when, for how many envelopes, and the strokes.

    Points of `strokes` are in thousandths of the field's width, the field is 1000 by 300; without strokes the name was
    typed as the signature. `proof` is the fingerprint of the list that was signed, in hexadecimal; where it is of an
    `earlier` list, the paper says so.
    """

    name: str
    at: str
    count: int
    strokes: tuple[tuple[tuple[int, int], ...], ...] = ()
    proof: str = ""
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list that ward and carrier sign; scanning `code` stands for scanning every line.

    `digest` is hexadecimal and of the whole list: a part of it is in the QR code of every page.
    """

    code: str
    batch: str
    day: str
    sender: Party
    lines: tuple[ManifestLine, ...]
    digest: str = ""
    carrier: str = ""
    ward_signed: Signed | None = None
    carrier_signed: Signed | None = None


@dataclass(frozen=True, slots=True)
class RouteStop:
    """A door on a route, in the order of the visits."""

    position: int
    item_code: str
    receiver: Party
    arrival: str
    point: Point
    slot: str = ""
    must_show: str = ""
    note: str = ""
    landmark: str = ""
    to_collect: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """A ward's border on the sketch, as (lat, lon) points."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Street:
    """A piece of a street on the sketch; `rank` is 0 for the largest roads, 3 for lanes, and says how it is drawn."""

    points: tuple[Point, ...]
    rank: int = 2


@dataclass(frozen=True, slots=True)
class StreetName:
    """A name to be written along a street, where there is room; of several, those that come first go first."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Landmark:
    """Something that everybody there knows, on the sketch."""

    name: str
    point: Point


@dataclass(frozen=True, slots=True)
class RouteSheet:
    """A courier's day on paper: the sketch, then the doors. `way` is the line along the streets, if known.

    `streets`, `street_names` and `landmarks` are drawn as far as they lie in the sketch's area; `source` says whose
    map they are from.
    """

    route: str
    courier: str
    batch: str
    day: str
    office: Party
    start: Point
    leave: str
    back: str
    distance: int
    stops: tuple[RouteStop, ...]
    outlines: tuple[Outline, ...] = ()
    streets: tuple[Street, ...] = ()
    way: tuple[Point, ...] = ()
    street_names: tuple[StreetName, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    source: str = ""
