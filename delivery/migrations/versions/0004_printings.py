"""Each printing of a label, with its number and, from the second on, the reason.

A label that was printed before counts as printed once. Code of before does not know the table and need not.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "printing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("copy_no", sa.Integer(), nullable=False),
        sa.Column("printed_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("printed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_printing_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printing")),
        sa.UniqueConstraint("label_id", "copy_no", name=op.f("uq_printing_label_id_copy_no")),
    )
    op.execute(
        "INSERT INTO printing (label_id, copy_no, printed_at, printed_by, reason) "
        "SELECT id, 1, printed_at, '', '' FROM label"
    )


def downgrade() -> None:
    op.drop_table("printing")
