"""Migrations of the accounts' own table."""
