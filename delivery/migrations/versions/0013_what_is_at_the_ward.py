"""Finding what is at the wards without reading all that was ever sent.

Code of before asks the same questions and is answered sooner.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    at_ward = sa.text("custody = 'ward' AND recalled_at IS NULL")
    op.create_index("ix_item_at_ward", "item", ["batch_id"], sqlite_where=at_ward, postgresql_where=at_ward)


def downgrade() -> None:
    op.drop_index("ix_item_at_ward", "item")
