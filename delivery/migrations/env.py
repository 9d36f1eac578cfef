"""How Alembic reaches the database: over the connection that `Database.migrate` hands in."""

from alembic import context

from delivery.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
