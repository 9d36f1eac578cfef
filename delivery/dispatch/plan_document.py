"""A plan as a document for machines: every route, every stop with its times; no names and no addresses."""

from typing import Any

from sqlalchemy.orm import Session

from delivery.models import Batch, LeftOut, Plan, Route, Stop
from delivery.moments import clock


def plan_document(session: Session, plan: Plan) -> dict[str, Any]:
    """The plan: times as HH:MM on the wall, lengths in metres and seconds."""
    batches = [session.get_one(Batch, batch_id) for batch_id in plan.batches["ids"]]
    return {
        "plan": plan.id,
        "date": plan.day.isoformat(),
        "state": plan.state.value,
        "batches": [batch.code for batch in batches],
        "routes": [_route(route) for route in plan.routes],
        "left_out": [_left_out(left_out) for left_out in plan.left_out],
        "totals": {
            "stops": sum(len(route.stops) for route in plan.routes),
            "left_out": len(plan.left_out),
            "distance_m": sum(route.distance for route in plan.routes),
            "driving_s": sum(route.driving for route in plan.routes),
        },
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "route": route.code,
        "office": route.courier.office.code,
        "leave": clock(route.leave),
        "back": clock(route.back),
        "distance_m": route.distance,
        "driving_s": route.driving,
        "stops": [_stop(stop) for stop in route.stops],
    }


def _stop(stop: Stop) -> dict[str, Any]:
    result = stop.item.first
    return {
        "position": stop.position,
        "item": stop.item_id,
        "dossier": result.dossier_code,
        "arrival": clock(stop.arrival),
        "start": clock(stop.start),
        "departure": clock(stop.departure),
        "slots": result.slots,
        "lat": result.lat,
        "lon": result.lon,
    }


def _left_out(left_out: LeftOut) -> dict[str, Any]:
    return {
        "item": left_out.item_id,
        "dossier": left_out.item.first.dossier_code,
        "reason": left_out.reason,
        "facts": left_out.facts,
    }
