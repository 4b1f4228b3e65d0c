"""How Alembic reaches the database: by the connection that `store/schema.py` hands over."""

from alembic import context
from sqlmodel import SQLModel

import mailproc.store.tables  # noqa: F401  (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
