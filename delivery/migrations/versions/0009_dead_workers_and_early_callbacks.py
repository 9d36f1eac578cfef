"""How many workers a job has killed; and which item a callback is about that came before the item was known.

Code of before counts no dead workers and looks for no early callbacks; neither column stands in its way.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("crashes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("callback", sa.Column("about", sa.String(), nullable=True))
    op.create_index("ix_callback_about", "callback", ["about"])


def downgrade() -> None:
    op.drop_index("ix_callback_about", "callback")
    op.drop_column("callback", "about")
    op.drop_column("job", "crashes")
