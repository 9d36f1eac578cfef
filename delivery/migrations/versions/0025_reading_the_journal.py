"""The audit book is read by person, by thing and by day, not only written.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"])
    op.create_index("ix_audit_subject_at", "audit", ["subject", "at"])


def downgrade() -> None:
    op.drop_index("ix_audit_subject_at", "audit")
    op.drop_index("ix_audit_actor_at", "audit")
    op.drop_index("ix_audit_at", "audit")
