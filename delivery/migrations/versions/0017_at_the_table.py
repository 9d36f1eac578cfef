"""The hand-over in the browser: each scan by a name of its own, and what both sides sign.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scan") as table:
        table.add_column(sa.Column("scan_id", sa.String(), nullable=True))
        table.add_column(sa.Column("scanned_by", sa.String(), nullable=False, server_default=""))
        table.create_unique_constraint(op.f("uq_scan_scan_id"), ["scan_id"])
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("strokes", sa.JSON(), nullable=False),
        sa.Column("signed_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_signature_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_index("ix_signature_batch_id", "signature", ["batch_id"])


def downgrade() -> None:
    op.drop_table("signature")
    with op.batch_alter_table("scan") as table:
        table.drop_constraint(op.f("uq_scan_scan_id"), type_="unique")
        table.drop_column("scanned_by")
        table.drop_column("scan_id")
