"""What came back is fetched at the counter, or sent once more by two people's decision.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("item", sa.Column("collected", sa.JSON(), nullable=True))
    op.create_table(
        "resend",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("consignment_id", sa.Integer(), nullable=False),
        sa.Column("wanted_by", sa.String(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("agreed_by", sa.String(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.String(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name=op.f("fk_resend_consignment_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_resend_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resend")),
    )
    op.create_index("ix_resend_item_id", "resend", ["item_id"])
    op.create_index(
        "one_open_resend",
        "resend",
        ["consignment_id"],
        unique=True,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("resend")
    op.drop_column("item", "collected")
    op.drop_column("item", "collected_at")
