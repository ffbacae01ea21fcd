"""Speed of `equipoise.stats` beside its peers: one run, processor time, ratios.

`contest` races ours against each peer, call by call in turn; `estimators` has every public estimator, whose growth,
memory, first call and independence of threads are measured; `page` writes docs/reference/speed-stats.md.
"""
