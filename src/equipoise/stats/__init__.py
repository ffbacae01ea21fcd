"""Estimators: arrays in, small frozen results out. Knows no trial.

Every public name is imported from its module when it is first used, so that `import equipoise.stats` neither loads
scipy nor compiles a kernel. Kernels are compiled at their first call and kept in numba's cache.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.stats.binary import LogisticModel as LogisticModel
    from equipoise.stats.binary import logistic as logistic
    from equipoise.stats.binary_imputation import BinaryImputation as BinaryImputation
    from equipoise.stats.binary_imputation import impute_binary as impute_binary
    from equipoise.stats.cause_specific import cause_specific_cox as cause_specific_cox
    from equipoise.stats.combined_log_rank import MaxCombo as MaxCombo
    from equipoise.stats.combined_log_rank import max_combo as max_combo
    from equipoise.stats.competing import CumulativeIncidence as CumulativeIncidence
    from equipoise.stats.competing import cumulative_incidence as cumulative_incidence
    from equipoise.stats.contingency import FisherExact as FisherExact
    from equipoise.stats.contingency import PearsonChi2 as PearsonChi2
    from equipoise.stats.contingency import fisher_exact as fisher_exact
    from equipoise.stats.contingency import pearson_chi2 as pearson_chi2
    from equipoise.stats.contrasts import DifferenceEstimate as DifferenceEstimate
    from equipoise.stats.contrasts import RatioEstimate as RatioEstimate
    from equipoise.stats.gray import GrayTest as GrayTest
    from equipoise.stats.gray import gray_test as gray_test
    from equipoise.stats.hazards import CoxModel as CoxModel
    from equipoise.stats.hazards import cox as cox
    from equipoise.stats.homogeneity import BreslowDay as BreslowDay
    from equipoise.stats.homogeneity import breslow_day as breslow_day
    from equipoise.stats.homogeneity import cochran_mantel_haenszel as cochran_mantel_haenszel
    from equipoise.stats.logrank import LogRank as LogRank
    from equipoise.stats.logrank import log_rank as log_rank
    from equipoise.stats.lost_time import YearsLost as YearsLost
    from equipoise.stats.lost_time import years_lost as years_lost
    from equipoise.stats.ordered_log_rank import LogRankTrend as LogRankTrend
    from equipoise.stats.ordered_log_rank import log_rank_trend as log_rank_trend
    from equipoise.stats.pooling import PooledEstimate as PooledEstimate
    from equipoise.stats.pooling import rubin as rubin
    from equipoise.stats.proportions import TwoByTwo as TwoByTwo
    from equipoise.stats.proportions import two_by_two as two_by_two
    from equipoise.stats.rank_groups import kruskal_wallis as kruskal_wallis
    from equipoise.stats.ranks import MannWhitney as MannWhitney
    from equipoise.stats.ranks import mann_whitney as mann_whitney
    from equipoise.stats.restricted_means import RestrictedMeanComparison as RestrictedMeanComparison
    from equipoise.stats.restricted_means import compare_restricted_mean as compare_restricted_mean
    from equipoise.stats.stratified_tables import MantelHaenszel as MantelHaenszel
    from equipoise.stats.stratified_tables import mantel_haenszel as mantel_haenszel
    from equipoise.stats.structural_failure import StructuralFailureTime as StructuralFailureTime
    from equipoise.stats.structural_failure import rpsft as rpsft
    from equipoise.stats.subdistribution import FineGrayModel as FineGrayModel
    from equipoise.stats.subdistribution import fine_gray as fine_gray
    from equipoise.stats.subdistribution_time_varying import TimeVarying as TimeVarying
    from equipoise.stats.survival import KaplanMeier as KaplanMeier
    from equipoise.stats.survival import kaplan_meier as kaplan_meier
    from equipoise.stats.survival import reverse_kaplan_meier as reverse_kaplan_meier
    from equipoise.stats.survival_differences import SurvivalComparison as SurvivalComparison
    from equipoise.stats.survival_differences import compare_survival as compare_survival
    from equipoise.stats.switching import WeightedForSwitching as WeightedForSwitching
    from equipoise.stats.switching import ipcw as ipcw
    from equipoise.stats.switching_data import Visits as Visits
    from equipoise.stats.tipping import TippingPoint as TippingPoint
    from equipoise.stats.tipping import tipping_point as tipping_point
    from equipoise.stats.trend import TrendTest as TrendTest
    from equipoise.stats.trend import trend_test as trend_test
    from equipoise.stats.unconditional import UnconditionalTest as UnconditionalTest
    from equipoise.stats.unconditional import barnard as barnard
    from equipoise.stats.unconditional import boschloo as boschloo

MODULES = {
    "binary": ("LogisticModel", "logistic"),
    "binary_imputation": ("BinaryImputation", "impute_binary"),
    "cause_specific": ("cause_specific_cox",),
    "combined_log_rank": ("MaxCombo", "max_combo"),
    "competing": ("CumulativeIncidence", "cumulative_incidence"),
    "contingency": ("FisherExact", "PearsonChi2", "fisher_exact", "pearson_chi2"),
    "contrasts": ("DifferenceEstimate", "RatioEstimate"),
    "gray": ("GrayTest", "gray_test"),
    "hazards": ("CoxModel", "cox"),
    "homogeneity": ("BreslowDay", "breslow_day", "cochran_mantel_haenszel"),
    "logrank": ("LogRank", "log_rank"),
    "lost_time": ("YearsLost", "years_lost"),
    "ordered_log_rank": ("LogRankTrend", "log_rank_trend"),
    "pooling": ("PooledEstimate", "rubin"),
    "proportions": ("TwoByTwo", "two_by_two"),
    "rank_groups": ("kruskal_wallis",),
    "ranks": ("MannWhitney", "mann_whitney"),
    "restricted_means": ("RestrictedMeanComparison", "compare_restricted_mean"),
    "stratified_tables": ("MantelHaenszel", "mantel_haenszel"),
    "structural_failure": ("StructuralFailureTime", "rpsft"),
    "subdistribution": ("FineGrayModel", "fine_gray"),
    "subdistribution_time_varying": ("TimeVarying",),
    "survival": ("KaplanMeier", "kaplan_meier", "reverse_kaplan_meier"),
    "survival_differences": ("SurvivalComparison", "compare_survival"),
    "switching": ("WeightedForSwitching", "ipcw"),
    "switching_data": ("Visits",),
    "tipping": ("TippingPoint", "tipping_point"),
    "trend": ("TrendTest", "trend_test"),
    "unconditional": ("UnconditionalTest", "barnard", "boschloo"),
}
HOME = {name: module for module, names in MODULES.items() for name in names}
__all__ = sorted(HOME)


def __getattr__(name: str) -> Any:
    """Public name `name`, from its module."""
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *HOME})
