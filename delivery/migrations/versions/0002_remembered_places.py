"""Pins with their history, doors confirmed by couriers, answers of online services.

Every new column may be empty: code of before goes on writing rows without them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("result", sa.Column("address_key", sa.String(), nullable=True))
    op.create_index("ix_result_address_key", "result", ["address_key"])
    op.add_column("place_fix", sa.Column("radius_m", sa.Integer(), nullable=True))
    op.add_column("place_fix", sa.Column("quality", sa.String(), nullable=True))
    op.create_table(
        "past_fix",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("new_ward_code", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=True),
        sa.Column("quality", sa.String(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_past_fix"),
    )
    op.create_index("ix_past_fix_address_key", "past_fix", ["address_key"])
    op.create_table(
        "confirmed_door",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name="fk_confirmed_door_result_id"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmed_door"),
    )
    op.create_index("ix_confirmed_door_address_key", "confirmed_door", ["address_key"])
    op.create_index("ix_confirmed_door_result_id", "confirmed_door", ["result_id"])
    op.create_table(
        "service_answer",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("asked_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_service_answer"),
    )
    op.create_index("ix_service_answer_asked_at", "service_answer", ["asked_at"])


def downgrade() -> None:
    for table in ("service_answer", "confirmed_door", "past_fix"):
        op.drop_table(table)
    with op.batch_alter_table("place_fix") as batch_op:
        batch_op.drop_column("quality")
        batch_op.drop_column("radius_m")
    op.drop_index("ix_result_address_key", table_name="result")
    with op.batch_alter_table("result") as batch_op:
        batch_op.drop_column("address_key")
