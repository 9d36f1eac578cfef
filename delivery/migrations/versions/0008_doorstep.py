"""What happens at the door, for the ward's own team: acts with an id of their own, and couriers who log in.

An event may take back another of the same source. Code of before would read a fact of a kind it does not know:
stop the processes before `tannha init`, as the guide for operators says.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = delivery.models.base.UtcMoment(timezone=True)
    op.create_table(
        "door_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.String(), nullable=False),
        sa.Column("consignment_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("occurred_at", moment, nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("receiver", sa.String(length=32), nullable=True),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("taken_back_at", moment, nullable=True),
        sa.Column("taken_back_by", sa.String(), nullable=False),
        sa.Column("taken_back_in", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name=op.f("fk_door_act_consignment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_act")),
        sa.UniqueConstraint("act_id", name=op.f("uq_door_act_act_id")),
        sa.UniqueConstraint("taken_back_in", name=op.f("uq_door_act_taken_back_in")),
    )
    op.create_index(op.f("ix_door_act_consignment_id"), "door_act", ["consignment_id"])
    op.create_index(op.f("ix_door_act_said_by"), "door_act", ["said_by"])
    op.add_column("event", sa.Column("takes_back", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("courier_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_staff_courier_id"), "courier", ["courier_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("staff") as batch:
        batch.drop_constraint(op.f("fk_staff_courier_id"), type_="foreignkey")
        batch.drop_column("courier_id")
    op.drop_column("event", "takes_back")
    op.drop_table("door_act")
