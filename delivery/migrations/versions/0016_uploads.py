"""Files of results given in the browser, and the addresses that wait to be placed found at once.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

import delivery.models.base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

UNPLACED = sa.text("placed_at IS NULL")
MOMENT = delivery.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=True),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("refused", sa.LargeBinary(), nullable=True),
        sa.Column("stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_upload_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index("ix_upload_office_id", "upload", ["office_id"])
    # Said in one statement, which SQLite understands as well: to copy a table that others refer to, it would not do.
    op.execute(
        "ALTER TABLE import_file ADD COLUMN upload_id INTEGER "
        "CONSTRAINT fk_import_file_upload_id REFERENCES upload (id)"
    )
    op.create_index("ix_import_file_upload_id", "import_file", ["upload_id"])
    op.create_index("ix_result_import_id", "result", ["import_id"])
    op.create_index(
        "ix_result_unplaced",
        "result",
        ["wants_delivery", "placed_at"],
        sqlite_where=UNPLACED,
        postgresql_where=UNPLACED,
    )


def downgrade() -> None:
    op.drop_index("ix_result_unplaced", "result")
    op.drop_index("ix_result_import_id", "result")
    op.drop_index("ix_import_file_upload_id", "import_file")
    with op.batch_alter_table("import_file") as table:
        table.drop_constraint(op.f("fk_import_file_upload_id"), type_="foreignkey")
        table.drop_column("upload_id")
    op.drop_table("upload")
