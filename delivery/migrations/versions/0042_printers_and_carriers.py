"""The printers of offices in the browser, who printed on which last, and which carrier an office hands to.

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
        sa.Column("right_mm", sa.Double(), nullable=False),
        sa.Column("down_mm", sa.Double(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_print_profile_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_profile")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_print_profile_office_id_name")),
    )
    op.create_table(
        "print_choice",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_print_choice_staff_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_print_choice_office_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["print_profile.id"], name=op.f("fk_print_choice_profile_id")),
        sa.PrimaryKeyConstraint("staff_id", "office_id", name=op.f("pk_print_choice")),
    )
    op.create_table(
        "carrier_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_carrier_choice_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_choice")),
    )


def downgrade() -> None:
    op.drop_table("carrier_choice")
    op.drop_table("print_choice")
    op.drop_table("print_profile")
