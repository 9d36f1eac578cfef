"""Who of the staff comes in by way of a provider of identities.

Revision ID: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "provider_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by", sa.String(), nullable=False),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=True),
        sa.Column("tied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_provider_tie_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_tie")),
    )
    op.create_index(op.f("ix_provider_tie_staff_id"), "provider_tie", ["staff_id"])
    one_each = {"one_tie_of_a_person": ["staff_id", "issuer"], "one_person_of_a_tie": ["issuer", "subject_hash"]}
    for name, columns in one_each.items():
        op.create_index(name, "provider_tie", columns, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table("provider_tie")
