"""An index of the callbacks that wait, which are few among the many that have been applied.

Code of before makes a job for each callback and looks for none; the index does not stand in its way.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'new' AND note = ''")


def upgrade() -> None:
    op.create_index("callbacks_waiting", "callback", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index("callbacks_waiting", "callback")
