"""Tables of fees that were entered, from which day on each counts, and by which of them a consignment was charged.

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fee_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_version")),
    )
    # No foreign key: SQLite would copy the whole table to add one.
    op.add_column("consignment", sa.Column("fee_version", sa.Integer(), nullable=True))
    op.create_index("ix_consignment_fee_version", "consignment", ["fee_version"])


def downgrade() -> None:
    op.drop_index("ix_consignment_fee_version", "consignment")
    op.drop_column("consignment", "fee_version")
    op.drop_table("fee_version")
