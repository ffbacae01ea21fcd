"""Sample size, power and group-sequential boundaries, by hand and from published tables."""
