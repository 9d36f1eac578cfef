"""Days on which single offices were closed.

Revision ID: 0040
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A table of its own: a version that does not know it sees the closures of all offices as before.
    op.create_table(
        "office_closure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_office_closure_office_id")),
        sa.PrimaryKeyConstraint("day", "office_id", name=op.f("pk_office_closure")),
    )


def downgrade() -> None:
    op.drop_table("office_closure")
