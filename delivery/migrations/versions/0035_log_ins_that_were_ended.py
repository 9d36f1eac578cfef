"""Log-ins that somebody has ended, and when a log-in was refused last.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

META = sa.table("meta", sa.column("key"), sa.column("value"))


def upgrade() -> None:
    op.create_table(
        "ended_login",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ended_login")),
    )
    op.create_index("ix_ended_login_ended_at", "ended_login", ["ended_at"])
    op.bulk_insert(META, [{"key": "log-in refused", "value": ""}])


def downgrade() -> None:
    op.execute(META.delete().where(META.c.key == "log-in refused"))
    op.drop_table("ended_login")
