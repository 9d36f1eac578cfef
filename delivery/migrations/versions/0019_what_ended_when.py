"""Finding what came to its end in a span of days, for the figures.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_consignment_ended", "consignment", ["journey", "since"])


def downgrade() -> None:
    op.drop_index("ix_consignment_ended", "consignment")
