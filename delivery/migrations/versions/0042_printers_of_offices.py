"""The printers of offices as the browser's papers know them, and which of them somebody printed on last.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "print_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("right_mm", sa.Float(), nullable=False),
        sa.Column("down_mm", sa.Float(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_print_profile_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_profile")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_print_profile_office_id")),
    )
    op.create_table(
        "print_choice",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_print_choice_staff_id_staff")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_print_choice_office_id_office")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["print_profile.id"], name=op.f("fk_print_choice_profile_id_print_profile")
        ),
        sa.PrimaryKeyConstraint("staff_id", "office_id", name=op.f("pk_print_choice")),
    )


def downgrade() -> None:
    op.drop_table("print_choice")
    op.drop_table("print_profile")
