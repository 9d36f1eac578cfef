"""What each consignment costs and what is collected for it, as it was when it was made.

Until now every one cost 26,000 dong, collected at the door from those who pay there.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consignment", sa.Column("postage", sa.Integer(), nullable=False, server_default="26000"))
    op.add_column("consignment", sa.Column("to_collect", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE consignment SET to_collect = 26000 "
        "WHERE item_id IN (SELECT item_id FROM result WHERE payer = 'citizen_cod')"
    )


def downgrade() -> None:
    op.drop_column("consignment", "to_collect")
    op.drop_column("consignment", "postage")
