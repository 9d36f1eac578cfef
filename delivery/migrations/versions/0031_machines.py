"""Machines that work with the service: their keys, their answers, and the changes that they follow.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machine_client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("all_offices", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_client")),
        sa.UniqueConstraint("name", name=op.f("uq_machine_client_name")),
    )
    op.create_table(
        "machine_client_office",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_machine_client_office_client_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_machine_client_office_office_id")),
        sa.PrimaryKeyConstraint("client_id", "office_id", name=op.f("pk_machine_client_office")),
    )
    op.create_table(
        "machine_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_machine_key_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_machine_key_key_hash")),
    )
    op.create_index("ix_machine_key_client_id", "machine_key", ["client_id"])
    op.create_table(
        "machine_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["machine_client.id"], name=op.f("fk_machine_answer_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_answer")),
        sa.UniqueConstraint("client_id", "key", name=op.f("uq_machine_answer_client_id_key")),
    )
    op.create_index("ix_machine_answer_at", "machine_answer", ["at"])
    op.create_table(
        "result_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_change")),
    )
    op.create_index("ix_result_change_turn", "result_change", ["turn", "id"])
    op.create_index("ix_result_change_at", "result_change", ["at"])
    # Each request that brings results is a reading of its own: there will be many more of them.
    op.create_index("ix_import_file_sha256", "import_file", ["sha256"])


def downgrade() -> None:
    op.drop_index("ix_import_file_sha256", "import_file")
    for table in ("result_change", "machine_answer", "machine_key", "machine_client_office", "machine_client"):
        op.drop_table(table)
