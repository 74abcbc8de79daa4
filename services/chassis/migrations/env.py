"""Alembic's environment: the connection and the tables come from whoever runs the migration."""

from alembic import context

config = context.config
connection = config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=config.attributes["metadata"],
    compare_type=True,
    include_object=lambda _object, _name, kind, reflected, compare_to: not (
        kind == "table" and reflected and compare_to is None
    ),
)
with context.begin_transaction():
    context.run_migrations()
