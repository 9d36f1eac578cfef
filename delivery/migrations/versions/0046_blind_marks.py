"""Results are found by blind marks where what they say lies sealed.

Revision ID: 0046
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NAME = "ix_result_search_marks"


def upgrade() -> None:
    marks = sa.Text().with_variant(ARRAY(sa.Integer()), "postgresql")
    op.add_column("result", sa.Column("search_marks", marks, nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # Nothing is in the column yet: no need to build it while others work.
        op.create_index(NAME, "result", ["search_marks"], postgresql_using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(NAME, "result")
    with op.batch_alter_table("result") as table:
        table.drop_column("search_marks")
