"""Looking for a result by a few letters of it stays quick among a million of them, on PostgreSQL.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

NAME = "ix_result_search_text"


def upgrade() -> None:
    if _has_trigrams():
        op.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        ops = {"search_text": "gin_trgm_ops"}
        op.create_index(NAME, "result", ["search_text"], postgresql_using="gin", postgresql_ops=ops)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(NAME, "result", if_exists=True)


def _has_trigrams() -> bool:
    """The extension comes with PostgreSQL, and whoever owns the database may have it; where it was left out, all are read."""
    connection = op.get_bind()
    there = sa.text("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
    return connection.dialect.name == "postgresql" and bool(connection.scalar(there))
