"""Analysis datasets from the record log, with CDISC names: ADSL, ADRS, ADTTE, ADAE, ADEX, ADLB, and ADDV.

Nothing clinical is decided here: the rules stand in `state/`. Partial dates are imputed here and nowhere else, by
the rule that the protocol names, and leave a flag.
"""

from equipoise.datasets.build import VARIABLES, Datasets, build
from equipoise.datasets.files import dataset_csv, write_datasets
from equipoise.datasets.parameters import paramcd

__all__ = ["VARIABLES", "Datasets", "build", "dataset_csv", "paramcd", "write_datasets"]
