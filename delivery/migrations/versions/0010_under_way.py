"""Who has envelopes under way is asked for each carrier every second: an index answers it.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_consignment_under_way", "consignment", ["carrier", "submission", "journey"])


def downgrade() -> None:
    op.drop_index("ix_consignment_under_way", "consignment")
