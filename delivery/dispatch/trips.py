"""Later trips of a day: who is out with an earlier batch comes back first, and nobody leaves before it was gathered."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from delivery.models import Batch, Item, Route, Stop
from delivery.moments import local

# To put one bag down and take the next.
TURN = 15 * 60


def busy_until(session: Session, batch: Batch) -> Mapping[int, int]:
    """For the office's couriers, by id, from when on each may leave with this batch: seconds since midnight.

    Nobody is bound by the first batch of a day. A later one is made once an earlier one has begun to leave the house.
    """
    earlier = session.scalars(
        sa.select(Batch.id).where(Batch.office_id == batch.office_id, Batch.day == batch.day, Batch.id < batch.id)
    ).all()
    if not earlier:
        return {}
    gathered = local(batch.created_at)
    ready = gathered.hour * 3600 + gathered.minute * 60 + TURN if gathered.date() == batch.day else 0
    routes = (
        sa.select(Route.courier_id, sa.func.max(Route.back))
        .join(Stop, Stop.route_id == Route.id)
        .join(Item, Item.id == Stop.item_id)
        .join(Batch, sa.and_(Batch.id == Item.batch_id, Batch.plan_id == Route.plan_id))
        .where(Batch.id.in_(earlier))
        .group_by(Route.courier_id)
    )
    back: dict[int, int] = dict(session.execute(routes).all())
    return {one.id: max(ready, back[one.id] + TURN if one.id in back else 0) for one in batch.office.couriers}
