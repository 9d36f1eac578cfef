"""The next job is found without sorting, however many were asked for at the same moment.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_job_turn", "job", ["state", "next_at", "id"])
    op.drop_index("ix_job_due", "job")


def downgrade() -> None:
    op.create_index("ix_job_due", "job", ["state", "next_at"])
    op.drop_index("ix_job_turn", "job")
