"""Analysis: estimand -> dataset, analysis set, estimator -> rows of one results table.

`analyse.py` runs every analysis that the protocol declares; each method is a function of `METHODS`. `results.py` fixes
the table (schema, names of analyses and statistics, canonical files); `published.py` puts the published number beside
ours. Tables, figures and sentences are rendered from the table; nothing else computes a number.
"""
