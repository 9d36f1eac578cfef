"""The board of a batch: versions of its routes, what each changed, and the draft that somebody works on.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Said in one statement each, which SQLite understands as well: to copy tables that refer to each other, it would not do.
REFERENCES = (("batch", "draft_id", "plan"), ("plan", "batch_id", "batch"), ("plan", "parent_id", "plan"))


def upgrade() -> None:
    for table, column, other in REFERENCES:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT fk_{table}_{column} REFERENCES {other} (id)"
        )
    op.add_column("plan", sa.Column("made_by", sa.String(), nullable=False, server_default=""))
    op.add_column("plan", sa.Column("change", sa.JSON(), nullable=True))
    op.add_column("plan", sa.Column("wishes", sa.JSON(), nullable=True))
    op.create_index("ix_plan_batch_id", "plan", ["batch_id"])


def downgrade() -> None:
    op.drop_index("ix_plan_batch_id", "plan")
    for column in ("wishes", "change", "made_by"):
        op.drop_column("plan", column)
    for table, column, _other in reversed(REFERENCES):
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
            changed.drop_column(column)
