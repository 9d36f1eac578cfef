"""Finding a result by a few letters, and the open ones among all that ever were.

Code of before leaves the new column empty: `tannha init` fills it for what came in meanwhile.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = sa.text("custody <> 'recipient'")


def upgrade() -> None:
    op.add_column("result", sa.Column("search_text", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_item_open", "item", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_item_open", "item")
    op.drop_column("result", "search_text")
