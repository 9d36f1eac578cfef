"""Who takes an envelope at the door signs on the courier's phone, where the procedure asks for it.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("door_act", sa.Column("strokes", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("procedure", sa.Column("signed_at_door", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("procedure", "signed_at_door")
    op.drop_column("door_act", "strokes")
