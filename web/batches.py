"""The batch that an address names, for those who may see its office."""

from sqlalchemy.orm import Session

from delivery.dispatch.batching import find_batch
from delivery.models import Batch
from web import access


def batch_seen(session: Session, code: str) -> Batch:
    """The batch of that code.

    Raises NotFound, which the pages answer with 404; for the batch of an office that whoever asks may not see, the
    answer is the same.
    """
    batch = find_batch(session, code)
    access.need_office(batch.office_id)
    return batch
