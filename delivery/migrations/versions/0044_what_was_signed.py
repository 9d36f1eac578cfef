"""Signatures at the table are bound to the list that was signed, and one that is sent twice is one.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signature", sa.Column("act_id", sa.String(), nullable=True))
    op.add_column("signature", sa.Column("digest", sa.String(), server_default="", nullable=False))
    op.create_index("ix_signature_act_id", "signature", ["act_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_signature_act_id", "signature")
    op.drop_column("signature", "digest")
    op.drop_column("signature", "act_id")
