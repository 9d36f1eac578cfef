"""Which queues a worker serves; and errands, which one process sends the others on.

Code of before serves all queues: it says nothing, and is taken for one that does. It never looks at an errand.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker", sa.Column("queues", sa.JSON(), nullable=True))
    op.create_table(
        "errand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.Integer(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("asked_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
    )
    op.create_index("ix_errand_sender", "errand", ["sender"])


def downgrade() -> None:
    op.drop_table("errand")
    op.drop_column("worker", "queues")
