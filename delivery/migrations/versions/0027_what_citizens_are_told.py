"""Messages to citizens, and the addresses that want none.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UNSENT = "state IN ('waiting', 'trying')"


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("occasion", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=True),
        sa.Column("refused", sa.JSON(), nullable=True),
        sa.Column("masked", sa.String(), nullable=False, server_default=""),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worth_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_message_item_id")),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_message_result_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "result_id", "occasion", "about", "round", name=op.f("uq_message_result_id_occasion_about_round")
        ),
    )
    op.create_index("ix_message_item_id", "message", ["item_id"])
    op.create_index("ix_message_created_at", "message", ["created_at"])
    op.create_index(
        "ix_message_unsent",
        "message",
        ["channel", "tried_at"],
        sqlite_where=sa.text(UNSENT),
        postgresql_where=sa.text(UNSENT),
    )
    op.create_index("ix_message_sent", "message", ["channel", "sent_at"])
    op.create_table(
        "unwanted_address",
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_unwanted_address")),
    )


def downgrade() -> None:
    op.drop_table("unwanted_address")
    op.drop_table("message")
