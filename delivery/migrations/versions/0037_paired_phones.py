"""Couriers' phones that were let in at the desk, and what was shown there to let them in.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paired_phone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("login_hash", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paired_by", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_paired_phone_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paired_phone")),
        sa.UniqueConstraint("login_hash", name=op.f("uq_paired_phone_login_hash")),
    )
    op.create_index(op.f("ix_paired_phone_staff_id"), "paired_phone", ["staff_id"])
    op.create_index(op.f("ix_paired_phone_paired_at"), "paired_phone", ["paired_at"])
    op.create_table(
        "pairing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_pairing_staff_id_staff")),
        sa.ForeignKeyConstraint(["phone_id"], ["paired_phone.id"], name=op.f("fk_pairing_phone_id_paired_phone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_pairing_secret_hash")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_pairing_code_hash")),
    )
    op.create_index(op.f("ix_pairing_staff_id"), "pairing", ["staff_id"])
    op.create_index(op.f("ix_pairing_made_at"), "pairing", ["made_at"])


def downgrade() -> None:
    op.drop_table("pairing")
    op.drop_table("paired_phone")
