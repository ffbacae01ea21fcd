"""The steroid taper of the index trial. Source: Zhao et al. 2022: 30 % every 5 days, off within 4 weeks."""

import numpy as np
import pytest
from ruamel.yaml import YAML

from equipoise.state.steroids import TAPER_G, TAPER_L, TAPERS

title = "30 % every five days, read as part of the starting dose (L) or of the current dose (G)"


def test_reading_l_takes_30_percent_of_the_starting_dose(rule):
    rule(
        lambda sl_day: (TAPER_L.percent_on(sl_day - 1), TAPER_L.dose_on(sl_day - 1, np.float64(2.0))),
        """
        sl_day || percent | mg_per_kg
          1    ||  100    |  2.0
          3    ||  100    |  2.0
          4    ||   70    |  1.4
          8    ||   70    |  1.4
          9    ||   40    |  0.8
         14    ||   10    |  0.2
         18    ||   10    |  0.2
         19    ||    0    |  0.0
         40    ||    0    |  0.0
        """,
    )


def test_reading_g_takes_30_percent_of_the_current_dose_and_stops_after_four_weeks(rule):
    rule(
        lambda sl_day: (TAPER_G.percent_on(sl_day - 1), TAPER_G.dose_on(sl_day - 1, np.float64(2.0))),
        """
        sl_day || percent | mg_per_kg
          3    ||  100    |  2.0
          4    ||   70    |  1.4
          9    ||   49    |  0.98
         14    ||   34.3  |  0.686
         19    ||   24.01 |  0.48
         24    ||   16.807|  0.336
         30    ||   16.807|  0.336
         31    ||    0    |  0.0
        """,
    )


def test_the_printed_percentages_follow_from_30_percent():
    assert [100 - 30 * k for k in (1, 2, 3)] + [0] == list(TAPER_L.percent)
    assert TAPER_G.percent[:-1] == pytest.approx([100 * 0.7**k for k in range(1, 6)], rel=1e-12)


@pytest.mark.shared
def test_schedules_are_those_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "treatments.yaml")
    printed = reference["steroid_taper"]
    for reading, key in (("L", "linear_percent"), ("G", "geometric_percent")):
        assert dict(zip(TAPERS[reading].sl_day, TAPERS[reading].percent)) == printed[key]
    dated = reference["schedule_example"]["steroid_linear_mg_kg_from_2"]
    for date, dose in dated.items():
        elapsed = np.datetime64(str(date)) - np.datetime64("2018-03-01")  # SL day 1 of the example
        assert TAPER_L.dose_on(elapsed.astype(int), np.float64(2.0)) == dose
