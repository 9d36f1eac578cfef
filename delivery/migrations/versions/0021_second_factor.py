"""A second factor for those who log in, recovery codes for lost phones, and log-ins that end on demand.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = delivery.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    op.add_column("staff", sa.Column("last_login_at", MOMENT, nullable=True))
    # Has a default in the database as well: while two versions run, the older enters people without it.
    op.add_column("staff", sa.Column("login_round", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("staff", sa.Column("second_factor", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("second_factor_step", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE staff SET last_login_at = (SELECT MAX(audit.at) FROM audit "
        "WHERE audit.action = 'log-in' AND audit.subject = 'staff:' || CAST(staff.id AS VARCHAR(20)))"
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])


def downgrade() -> None:
    op.drop_index("ix_recovery_code_staff_id", "recovery_code")
    op.drop_table("recovery_code")
    for column in ("second_factor_step", "second_factor", "login_round", "last_login_at"):
        op.drop_column("staff", column)
