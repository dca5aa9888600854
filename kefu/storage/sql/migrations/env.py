"""Tells Alembic what to migrate; :mod:`kefu.storage.sql.migrating` passes the connection."""

from alembic import context

from kefu.storage.sql.schema import VERSION_TABLE
from kefu.storage.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
