"""The batch, and the plan, that an address names, for those who may see its office."""

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import Session

from delivery.dispatch.batching import find_batch
from delivery.models import Batch, Plan
from web import access


def batch_seen(session: Session, code: str) -> Batch:
    """The batch of that code.

    Raises NotFound, which the pages answer with 404; for the batch of an office that whoever asks may not see, the
    answer is the same.
    """
    batch = find_batch(session, code)
    access.need_office(batch.office_id)
    return batch


def plan_seen(session: Session, plan_id: int) -> Plan:
    """The plan of that number, for those who may see one of its batches; for all others it is not there."""
    plan = session.get(Plan, plan_id)
    return plan if plan is not None and is_seen(session, plan) else abort(404)


def is_seen(session: Session, plan: Plan) -> bool:
    """Whether a batch of the plan is of an office that whoever asks may see."""
    offices = session.scalars(sa.select(Batch.office_id).where(Batch.id.in_(plan.batches["ids"])))
    return any(access.may_see_office(office_id) for office_id in offices)
