"""PostgreSQL without Docker: one cluster in a folder, one database and one role per service."""
