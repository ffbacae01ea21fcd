"""The ledgers: in memory, and a small Django app with fixed SQL for SQLite."""
