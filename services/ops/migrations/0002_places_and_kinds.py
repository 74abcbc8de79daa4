"""How far each partition was read, and what is in it: kept while reading, not counted when asked."""

import sqlalchemy as sa
from alembic import op

revision = "ops_0002"
down_revision = "ops_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "place",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.Column("logged_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_place")),
    )
    op.create_table(
        "kind",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("logged_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "event_type", "version", name=op.f("pk_kind")),
    )
    op.execute(
        "insert into place select topic, partition, max(position) + 1, max(logged_at) "
        "from seen group by 1, 2"
    )
    op.execute(
        "insert into kind select topic, event_type, version, count(*), max(logged_at) "
        "from seen group by 1, 2, 3"
    )
