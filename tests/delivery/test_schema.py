"""One history of the schema for both databases, and it leads to exactly what the code believes."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from delivery.database import Database
from delivery.models import Base

# Indexes that only one of the two has.
GIN = {"ix_result_search_text", "ix_result_search_marks"}


def test_the_migrated_schema_is_the_one_the_models_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        told = {
            "compare_type": True,
            "include_object": lambda _thing, name, *_others: is_postgresql or name not in GIN,
        }
        context = MigrationContext.configure(connection, opts=told)

        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert database.is_at_head()

    database.migrate()

    assert database.is_at_head()
