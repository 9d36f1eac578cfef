"""By which times a plan was made, and the line that a route follows along the streets.

Both may be empty: code of before goes on writing rows without them.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("travel", sa.String(), nullable=True))
    op.add_column("route", sa.Column("way", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("route", "way")
    op.drop_column("plan", "travel")
