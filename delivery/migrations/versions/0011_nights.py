"""What each night's look at all books has found.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from delivery.models.base import UtcMoment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "night",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("looked_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("envelopes", sa.Integer(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("night")
