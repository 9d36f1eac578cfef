"""Somebody takes a case over, and everybody sees who.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_", sa.Column("owner", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("case_", "owner")
