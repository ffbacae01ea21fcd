"""Every peer in Python, by task and name, with how it differs from ours in what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.bench.stats import peer_others as other
from tests.bench.stats import peer_rust as rust
from tests.bench.stats import peer_statsmodels as statsmodels
from tests.bench.stats.answers import Prepared
from tests.bench.stats.data import Data

Ask = Callable[[Data], Prepared]


@dataclass(frozen=True)
class Peer:
    """A call of a peer; most: the largest number of subjects that it is asked to take; note: what it leaves out."""

    ask: Ask
    most: int = 10**6
    note: str = ""


NAIVE = "naive errors"
ROUNDING = "does not tie times that differ by rounding"
QUADRATIC = "work grows with n × n"


def fine_gray(columns: int) -> dict[str, Peer]:
    """Peers of the Fine-Gray task with so many covariates."""

    def with_columns(ask: Callable[..., Prepared], **options: bool) -> Ask:
        return lambda data: ask(data, data.few if columns == 2 else data.covariates, **options)

    return {
        "comprisk": Peer(with_columns(other.comprisk_fine_gray), note=NAIVE),
        "comprisk, robust": Peer(with_columns(other.comprisk_fine_gray, robust=True), 10**5, "no censoring term"),
        "surpyval": Peer(with_columns(other.surpyval_fine_gray), note=NAIVE),
        "survival": Peer(with_columns(rust.fine_gray), most=1_000, note=f"{NAIVE}; {QUADRATIC}"),
    }


PEERS: dict[str, dict[str, Peer]] = {
    "kaplan_meier": {
        "survival": Peer(rust.kaplan_meier),
        "statsmodels": Peer(statsmodels.kaplan_meier, note="limits by the caller, from its standard errors"),
        "surpyval": Peer(other.surpyval_kaplan_meier),
        "lifelines": Peer(other.lifelines_kaplan_meier),
        "scikit-survival": Peer(other.sksurv_kaplan_meier),
    },
    "log_rank": {
        "survival": Peer(rust.log_rank),
        "statsmodels": Peer(statsmodels.log_rank),
        "surpyval": Peer(other.surpyval_log_rank),
        "lifelines": Peer(other.lifelines_log_rank),
        "scikit-survival": Peer(other.sksurv_log_rank),
    },
    "stratified_log_rank": {
        "survival": Peer(partial(rust.log_rank, stratified=True)),
        "statsmodels": Peer(partial(statsmodels.log_rank, stratified=True)),
        "surpyval": Peer(partial(other.surpyval_log_rank, stratified=True)),
    },
    "log_rank_bare": {"survival, timefix off": Peer(partial(rust.log_rank, timefix=False), note=ROUNDING)},
    "stratified_log_rank_bare": {
        "survival, timefix off": Peer(partial(rust.log_rank, timefix=False, stratified=True), note=ROUNDING)
    },
    "cox": {
        "survival": Peer(rust.cox),
        "surpyval": Peer(other.surpyval_cox),
        "statsmodels": Peer(statsmodels.cox),
        "lifelines": Peer(other.lifelines_cox),
        "scikit-survival": Peer(other.sksurv_cox, note="no standard errors"),
    },
    "cox_bare": {"survival, coxph_fit_raw": Peer(rust.cox_bare, note="no Wald test, no concordance")},
    "stratified_cox": {
        "survival": Peer(partial(rust.cox, stratified=True)),
        "surpyval": Peer(partial(other.surpyval_cox, stratified=True)),
        "statsmodels": Peer(partial(statsmodels.cox, stratified=True)),
        "lifelines": Peer(partial(other.lifelines_cox, stratified=True)),
    },
    "stratified_cox_bare": {
        "survival, coxph_fit_raw": Peer(partial(rust.cox_bare, stratified=True), note="no Wald test, no concordance")
    },
    "cumulative_incidence": {
        "statsmodels": Peer(statsmodels.cumulative_incidence),
        "survival": Peer(rust.cumulative_incidence),
        "surpyval": Peer(other.surpyval_cumulative_incidence),
        "comprisk": Peer(other.comprisk_cumulative_incidence),
    },
    "gray_test": {"surpyval": Peer(other.surpyval_gray), "comprisk": Peer(other.comprisk_gray)},
    "fine_gray_2": fine_gray(2),
    "fine_gray_10": fine_gray(10),
}
