"""Alembic's environment: the connection and the tables come from whoever runs the migration."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString


def plainly(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's string type as the plain one, so that a migration needs SQLAlchemy only."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


config = context.config
connection = config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=config.attributes["metadata"],
    compare_type=True,
    render_item=plainly,
    include_object=lambda _object, _name, kind, reflected, compare_to: (
        not (kind == "table" and reflected and compare_to is None)
    ),
)
with context.begin_transaction():
    context.run_migrations()
