"""Where conversations are kept: in memory, in SQLite, in PostgreSQL."""
