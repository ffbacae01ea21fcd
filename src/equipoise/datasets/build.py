"""From the record log to the analysis datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from equipoise.datasets.adae import ADAE, adae
from equipoise.datasets.addv import ADDV, addv
from equipoise.datasets.adex import ADEX, adex
from equipoise.datasets.adlb import ADLB, adlb
from equipoise.datasets.adrs import ADRS, adrs
from equipoise.datasets.adsl import ADSL, adsl
from equipoise.datasets.adtte import ADTTE, adtte
from equipoise.datasets.source import read_source
from equipoise.datasets.variables import Variable
from equipoise.records.cuts import Cut
from equipoise.records.record import Record

if TYPE_CHECKING:
    from equipoise.protocol.model import Protocol

NO_CUT = Cut()
VARIABLES: Mapping[str, tuple[Variable, ...]] = {
    "adsl": ADSL,
    "adrs": ADRS,
    "adtte": ADTTE,
    "adae": ADAE,
    "adex": ADEX,
    "adlb": ADLB,
    "addv": ADDV,
}
"""Variables of each dataset, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Datasets:
    """The analysis datasets, one polars frame each; variables as in `VARIABLES`.

    Every row bears the ids of the records that it comes from (`SRCSEQ`). No row depends on the order in which records
    of different subjects were written. `cut` is the cut under which they were made.
    """

    cut: Cut
    adsl: pl.DataFrame
    adrs: pl.DataFrame
    adtte: pl.DataFrame
    adae: pl.DataFrame
    adex: pl.DataFrame
    adlb: pl.DataFrame
    addv: pl.DataFrame

    def as_dict(self) -> dict[str, pl.DataFrame]:
        """The frames by their names."""
        return {name: getattr(self, name) for name in VARIABLES}


def build(records: Iterable[Record], protocol: Protocol, cut: Cut = NO_CUT) -> Datasets:
    """Make the analysis datasets.

    Args:
        records: all versions of all streams, each stream in chain order (`ledger.read()`).
        protocol: the version that the analysis names.
        cut: what the server knew at an instant, and the last clinical date that counts.
    """
    source = read_source(records, protocol, cut)
    return Datasets(
        cut=cut,
        adsl=adsl(source),
        adrs=adrs(source),
        adtte=adtte(source),
        adae=adae(source),
        adex=adex(source),
        adlb=adlb(source),
        addv=addv(source),
    )
