"""The carriers' pace, amendments to what they have accepted, codes that were learnt, their own codes of wards.

Every new column may be empty: code of before goes on writing rows without them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("recalled_at", _moment(), nullable=True))
    op.create_table(
        "carrier_pace",
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("full_at", _moment(), nullable=False),
        sa.Column("queue_end", _moment(), nullable=False),
        sa.Column("failed_at", sa.JSON(), nullable=False),
        sa.Column("open_until", _moment(), nullable=True),
        sa.Column("try_until", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("carrier", name="pk_carrier_pace"),
    )
    _amendments()
    op.create_table(
        "learnt_code",
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("fact", sa.String(length=32), nullable=False),
        sa.Column("learnt_by", sa.String(), nullable=False),
        sa.Column("learnt_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "code", name="pk_learnt_code"),
    )
    op.create_table(
        "carrier_ward",
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("ward_code", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("noted_at", _moment(), nullable=False),
        sa.Column("chosen_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "ward_code", name="pk_carrier_ward"),
    )


def _amendments() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consignment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("wanted_by", sa.String(), nullable=False),
        sa.Column("wanted_at", _moment(), nullable=False),
        sa.Column("asked_at", _moment(), nullable=True),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("carrier_reference", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name="fk_amendment_consignment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_amendment"),
    )
    op.create_index("ix_amendment_consignment_id", "amendment", ["consignment_id"])
    op.create_index(
        "one_open_amendment",
        "amendment",
        ["consignment_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _moment() -> delivery.models.base.UtcMoment:
    return delivery.models.base.UtcMoment(timezone=True)


def downgrade() -> None:
    for table in ("carrier_ward", "learnt_code", "amendment", "carrier_pace"):
        op.drop_table(table)
    op.drop_column("item", "recalled_at")
