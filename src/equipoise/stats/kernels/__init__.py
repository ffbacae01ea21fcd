"""Compiled loops: arrays and scalars in, arrays out. Rows are checked, coded and sorted before they come here."""
