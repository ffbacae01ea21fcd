"""How numbers are written. Expected texts by hand: rounding half up on the decimal text."""

from __future__ import annotations

import pytest

from equipoise.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.043, "0.043"),
        (0.0435, "0.044"),  # binary 0.0435 lies below; the pencil rounds up
        (0.0005, "<0.001"),
        (0.0009999, "<0.001"),
        (0.001, "0.001"),
        (0, "<0.001"),
        (0.9996, "1.000"),
        (1, "1.000"),
    ],
)
def test_p_values_have_three_decimals_and_a_floor(value, text):
    assert numbers.p_value(value) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.828, "82.8"),
        (0.8285, "82.9"),
        (82 / 99, "82.8"),
        (0, "0.0"),
        (1, "100.0"),
        (-0.1234, "−12.3"),
        (-0.0001, "0.0"),
    ],
)
def test_percentages_have_one_decimal(fraction, text):
    assert numbers.percent(fraction) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1.957, "1.96"), (2.005, "2.01"), (9.994, "9.99"), (12.97, "13.0"), (250.4, "250")]
)
def test_ratios_lose_decimals_as_they_grow(value, text):
    assert numbers.ratio(value) == text


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (119.5, "119.5"), (28.0, "28")])
def test_numbers_of_forms_are_as_short_as_they_are(value, text):
    assert numbers.plain(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(99, "99"), (2911, "2911"), (61482, "61\u202f482"), (0.5, "1"), (-3, "−3")]
)
def test_counts_are_whole_and_thousands_stand_apart(value, text):
    assert numbers.count(value) == text


def test_an_interval_with_a_negative_end_uses_a_word_for_the_dash():
    assert numbers.interval("1.01", "3.94") == "1.01–3.94"
    assert numbers.interval("−0.3", "24.1") == "−0.3 to 24.1"


def test_counts_stand_in_one_column_whatever_the_percentage():
    narrow, wide = numbers.count_percent("7", "7.1"), numbers.count_percent("15", "15.2")
    assert narrow == "7\u2007 (7.1)"
    assert len(narrow) - narrow.index("7") == len(wide) - wide.index("5")  # the last digit of the count
