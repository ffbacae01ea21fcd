"""Who gets which arm: permuted blocks in strata, lists generated from a recorded seed. Pure; knows no trial."""
