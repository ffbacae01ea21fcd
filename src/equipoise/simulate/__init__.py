"""Simulated conduct: virtual subjects, and virtual sites that act through `conduct/`. Everything here is SIMULATED."""
