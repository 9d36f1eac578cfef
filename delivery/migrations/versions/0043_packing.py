"""What was put into an envelope, its seal, and whether an office lets go only what is packed.

Revision ID: 0043
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

STANDS = "taken_back_at IS NULL"
ON_IT = "taken_back_at IS NULL AND opened_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "packed_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("result_version", sa.Integer(), nullable=False),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("packed_by", sa.String(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_packed_result_item_id")),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_packed_result_result_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packed_result")),
        sa.UniqueConstraint("act_id", name=op.f("uq_packed_result_act_id")),
    )
    op.create_index(op.f("ix_packed_result_item_id"), "packed_result", ["item_id"])
    _unique("one_envelope_for_a_paper", "packed_result", ["result_id"], STANDS)
    op.create_table(
        "item_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by", sa.String(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_seal_item_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_item_seal_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_seal")),
        sa.UniqueConstraint("act_id", name=op.f("uq_item_seal_act_id")),
    )
    op.create_index(op.f("ix_item_seal_item_id"), "item_seal", ["item_id"])
    _unique("one_envelope_for_a_seal", "item_seal", ["office_id", "number"], STANDS)
    _unique("one_seal_on_it", "item_seal", ["item_id"], ON_IT)
    op.add_column("office", sa.Column("packing_required", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("office", "packing_required")
    op.drop_table("item_seal")
    op.drop_table("packed_result")


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
