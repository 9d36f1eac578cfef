"""The words of the letters beside certificates, from version to version.

Texts that a ward has as files go on being read until it writes them in the pages or takes them over.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_code", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("written_at", delivery.models.base.UtcMoment(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_text")),
        sa.UniqueConstraint(
            "procedure_code", "language", "version", name=op.f("uq_letter_text_procedure_code_language_version")
        ),
    )


def downgrade() -> None:
    op.drop_table("letter_text")
