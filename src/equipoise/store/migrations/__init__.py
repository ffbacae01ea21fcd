"""Migrations of the record log: one, for ever."""
