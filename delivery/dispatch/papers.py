"""What the papers of a batch say: from our books to plain data, with no word about what is inside an envelope."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from delivery.dispatch.contents import contents_of
from delivery.dispatch.courier_map import CourierMap, landmark_words
from delivery.dispatch.signatures import Signed, signatures_of
from delivery.i18n import gettext as _
from delivery.models import Batch, Consignment, Item, ItemSeal, Label, Manifest, Office, Result, Route, Side, Stop
from delivery.moments import clock, local, short_date
from delivery.places.landmarks import Landmark
from delivery.places.postcodes import postcode_of
from delivery.places.text import fold
from delivery.places.wards import WardBook
from delivery.postage import weight_of
from delivery.rules.codes import qr_payload, show_tracking_code
from delivery.rules.phones import national
from delivery.rules.policy import PAYERS, Payer, must_show
from delivery.tracking.doorstep import policies_of
from delivery.ways import points_of
from labels.model import Label as LabelPaper
from labels.model import Landmark as Mark
from labels.model import Manifest as ManifestPaper
from labels.model import ManifestLine, Party, RouteSheet, RouteStop, Slip
from labels.model import Signed as SignedPaper

# Short names of the post's service for public administration, without and with money collected at the door.
SERVICE, SERVICE_COLLECTING = "HCC", "HCC COD"
# Beyond this a courier has to look for the door.
ROUGH_M = 100


def label_for(
    consignment: Consignment, label: Label, stop: Stop, batch: Batch, seal: bytes, wards: WardBook
) -> LabelPaper:
    """The label of an envelope in its place on a route."""
    result = consignment.item.first
    return LabelPaper(
        item_code=consignment.item_code,
        qr=qr_payload(consignment.reference, label.version, seal),
        sender=_office(batch.office),
        receiver=_receiver(result, wards),
        route=stop.route.code,
        position=stop.position,
        batch=batch.code,
        version=label.version,
        copy=len(label.printings) or 1,
        slot=result.slots,
        to_collect=consignment.to_collect,
    )


def slip_for(session: Session, consignment: Consignment, tracking_address: str, wards: WardBook) -> Slip:
    """The slip that goes with an envelope and comes back signed."""
    item, result = consignment.item, consignment.item.first
    return Slip(
        item_code=consignment.item_code,
        sender=_office(item.office),
        receiver=_receiver(result, wards),
        references=tuple(result.dossier_code for result in item.results),
        must_show=_must_show(session, item),
        tracking_code=show_tracking_code(item.tracking_code),
        tracking_address=tracking_address,
        promised=short_date(item.most_urgent.promised_date),
        slot=result.slots,
        payer=_(PAYERS[Payer(result.payer)]),
        to_collect=consignment.to_collect,
        fee=consignment.postage,
        weight=weight_of(item),
    )


def manifest_for(
    session: Session, manifest: Manifest, batch: Batch, consignments: Sequence[Consignment], wards: WardBook
) -> ManifestPaper:
    """The list that both sides sign."""
    inside = contents_of(session, [consignment.item for consignment in consignments])
    signed = {side: _signed(one) for side, one in signatures_of(session, batch).items()}
    return ManifestPaper(
        code=manifest.code,
        batch=batch.code,
        day=short_date(batch.day),
        sender=_office(batch.office),
        lines=tuple(_line(one, inside[one.item_id].seal, wards) for one in consignments),
        digest=manifest.digest,
        ward_signed=signed.get(Side.WARD),
        carrier_signed=signed.get(Side.CARRIER),
    )


def route_sheet_for(
    session: Session, route: Route, batch: Batch, sent: dict[int, Consignment], ground: CourierMap
) -> RouteSheet:
    """A courier's day: the stops of what is `sent`, by item id."""
    office = batch.office
    stops = [stop for stop in route.stops if stop.item_id in sent]
    near = {stop.item_id: ground.landmark_of(stop.item.first) for stop in stops}
    sheet = RouteSheet(
        route=route.code,
        courier=route.courier.name,
        batch=batch.code,
        day=short_date(batch.day),
        office=_office(office),
        start=(office.lat, office.lon),
        leave=clock(route.leave),
        back=clock(route.back),
        distance=route.distance,
        stops=tuple(
            route_stop_for(session, stop, sent[stop.item_id], ground.atlas.wards, near[stop.item_id]) for stop in stops
        ),
        way=tuple(points_of(route.way)),
    )
    marks = dict.fromkeys(Mark(found.name, (found.lat, found.lon)) for found in near.values() if found is not None)
    return ground.drawn_on(sheet, tuple(marks))


def route_stop_for(
    session: Session, stop: Stop, consignment: Consignment, wards: WardBook, near: Landmark | None = None
) -> RouteStop:
    """What a courier is told of a stop, on paper and on the phone: whom to find, when, and what must be shown."""
    result, office = stop.item.first, stop.item.office
    return RouteStop(
        position=stop.position,
        item_code=consignment.item_code,
        receiver=_receiver(result, wards),
        arrival=clock(stop.start),
        point=(result.lat or office.lat, result.lon or office.lon),
        slot=result.slots,
        must_show=_must_show(session, stop.item),
        note=_note(stop.item),
        landmark=landmark_words(near) if near is not None else "",
        to_collect=consignment.to_collect,
    )


def _signed(one: Signed) -> SignedPaper:
    signature = one.signature
    return SignedPaper(
        name=signature.name,
        at=f"{local(signature.signed_at):%H:%M %d/%m/%Y}",
        count=signature.counted,
        strokes=tuple(tuple((across, down) for across, down in stroke) for stroke in signature.strokes),
        proof=signature.digest,
        earlier=not one.holds,
    )


def _line(consignment: Consignment, seal: ItemSeal | None, wards: WardBook) -> ManifestLine:
    result = consignment.item.first
    return ManifestLine(
        item_code=consignment.item_code,
        receiver=result.recipient_name,
        area=_area(result, wards),
        to_collect=consignment.to_collect,
        service=SERVICE_COLLECTING if consignment.to_collect else SERVICE,
        weight=weight_of(consignment.item),
        fee=consignment.postage,
        seal=seal.number if seal is not None else "",
    )


def _office(office: Office) -> Party:
    return Party(office.name, office.address, office.phone)


def _receiver(result: Result, wards: WardBook) -> Party:
    area, ward = _area(result, wards), wards.by_code(result.new_ward_code)
    said = fold(area) in fold(result.address)
    whole = ", ".join(part for part in (area, ward.province if ward is not None else "") if part)
    postcode = postcode_of(result.new_ward_code)
    return Party(result.recipient_name, result.address, national(result.phone), "" if said else whole, postcode)


def _area(result: Result, wards: WardBook) -> str:
    """The ward of today, and the old one in brackets: couriers know their ground by the old names."""
    ward, old = wards.by_code(result.new_ward_code), wards.old_by_code(result.old_ward_code)
    if ward is None:
        return ""
    return f"{ward.kind} {ward.name}" + (f" (cũ: {old.name})" if old is not None else "")


def _note(item: Item) -> str:
    """What the courier should know: what was noted of each result, and that the door is known only roughly."""
    radius = item.first.radius_m or 0
    where = _("the place on the map is within {metres} m only").format(metres=radius) if radius > ROUGH_M else ""
    return "; ".join(text for text in dict.fromkeys([*(result.note for result in item.results), where]) if text)


def _must_show(session: Session, item: Item) -> str:
    return _(must_show(policies_of(session, item)))
