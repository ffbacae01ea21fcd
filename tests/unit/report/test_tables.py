"""Tables: which number stands where, and what stands for one that is not there."""

from __future__ import annotations

import pytest

from equipoise.analysis.published import NOTHING_PUBLISHED, with_published
from equipoise.analysis.results import Row, results_table
from equipoise.report import numbers
from equipoise.report.lookup import Lookup
from equipoise.report.tables.baseline import baseline_table
from equipoise.report.tables.cells import estimate, p_values
from equipoise.report.tables.conduct import completeness_table, deviation_table
from equipoise.report.tables.headline import HEADLINES, headline_table
from equipoise.report.tables.response import response_table, sensitivity_table
from equipoise.report.tables.safety import adverse_event_table, serious_event_table
from equipoise.report.tables.survival import survival_sensitivity_table, survival_table
from equipoise.report.texts import Words, catalogue
from unit.report.sample import published, sample_table, sample_trial

VERSUS = "MSC vs CONTROL"


def lookup(frame) -> Lookup:
    return Lookup(frame, "MSC", "CONTROL")


@pytest.fixture(scope="module")
def results() -> Lookup:
    return lookup(sample_table(beside=published()))


def line(table, label: str, level: int | None = None) -> list[list[str]]:
    """The texts of the parts of each cell of the first line with a label."""
    found = next(one for one in table.lines if one.label == label and level in (None, one.level))
    return [[part.text for part in cell] for cell in found.cells]


def test_baseline_shows_counts_with_percentages_and_both_p_values_beside_the_published(results):
    table = baseline_table(results, sample_trial(), Words())
    assert line(table, "Male")[:2] == [["58 (58.6)", "62 (62.6)"], ["61 (61.6)", "56 (56.6)"]]
    assert line(table, "Sex")[2] == ["0.667", "0.562", "0.385"]
    assert line(table, "Age, years, median (range)") == [
        ["29 (15–60)", "28 (16–59)"],
        ["28 (14–58)", "29 (16–57)"],
        ["0.412", "0.680"],
    ]


def test_a_level_that_nobody_has_is_left_out_of_the_baseline_table(results):
    labels = [one.label for one in baseline_table(results, sample_trial(), Words()).lines]
    assert "3" in labels
    assert "4" not in labels


def test_responses_show_responders_of_all_with_odds_ratio_and_both_p_values(results):
    table = response_table(results, sample_trial(), Words())
    assert line(table, "Overall response", 0) == [
        ["81/99 (81.8)", "82/99 (82.8)"],
        ["69/99 (69.7)", "70/99 (70.7)"],
        ["1.96 (1.00–3.83)", "2.00 (1.01–3.94)"],
        ["0.061", "0.044", "0.043"],
    ]
    assert line(table, "Grade IV", 1)[2] == ["2.57 (0.71–9.30)", "3.50 (0.95–13.0)"]
    assert line(table, "Grade II", 1)[2] == ["1.94 (0.33–11.3)", ""]


def test_the_published_response_at_day_56_stands_beside_the_as_treated_analysis_alone(results):
    table = response_table(results, sample_trial(), Words())
    assert line(table, "Overall response, as treated")[0] == ["90/106 (84.9)", "93 (86.9)"]
    assert line(table, "Overall response, as randomized")[0] == ["83/99 (83.8)", ""]


def test_classes_of_events_in_the_order_of_the_table_without_those_that_nobody_had(results):
    table = adverse_event_table(results, sample_trial(), Words())
    labels = [one.label for one in table.lines]
    assert labels[:3] == ["Any", "Infection", "Viral"]
    assert "Secondary malignancy" not in labels
    assert line(table, "Infusion-related event")[0] == ["0", "0"]
    assert line(table, "Infusion-related event")[1] == []


def test_shares_among_the_infected_stand_beside_the_published_shares(results):
    table = adverse_event_table(results, sample_trial(), Words())
    among = [one for one in table.lines if one.label == "Viral"][1]
    assert [part.text for part in among.cells[0]] == ["64.3 %", "69.2 %"]


def test_a_class_that_the_paper_lists_stays_with_zero_shown_as_zero_and_without_a_test(results):
    serious = serious_event_table(results, sample_trial(), Words())
    assert line(serious, "Secondary malignancy")[0][0] == "0\u2007 (0.0)"
    assert line(serious, "Secondary malignancy")[2] == []


def test_serious_events_keep_the_classes_of_the_paper(results):
    labels = [one.label for one in serious_event_table(results, sample_trial(), Words()).lines]
    assert labels.index("Haematological") < labels.index("Platelets decreased") < labels.index("Gastrointestinal")


def test_horizons_show_estimate_hazard_ratio_and_both_p_values(results):
    table = survival_table(results, sample_trial(), Words())
    first = next(one for one in table.lines if one.label == "36 months")
    texts = [[part.text for part in cell] for cell in first.cells]
    assert texts == [
        ["62.0 (52.0–72.0)", "63.4 (58.5–68.3)"],
        ["49.0 (39.0–59.0)", "48.5 (43.4–53.6)"],
        ["0.71 (0.46–1.09)", "0.67 (0.43–1.02)"],
        ["0.118", "<0.001", "0.060"],
    ]
    assert [part.tag for part in first.cells[3]] == ["C", "LR", ""]


def test_a_median_that_was_not_reached_says_so_and_an_open_interval_says_at_least(results):
    table = survival_table(results, sample_trial(), Words())
    assert line(table, "Median, months")[:2] == [["not reached (≥5.1)", ""], ["30.3 (≥5.1)", ""]]


def test_the_headlines_cover_primary_and_key_secondary_first(results):
    table = headline_table(results, sample_trial(), Words())
    assert [one.label for one in table.lines][:2] == [
        "Overall response, day 28 (primary)",
        "Durable overall response, day 56 (key secondary)",
    ]
    assert len(table.lines) == len(HEADLINES)
    assert line(table, "Failure-free survival, median months")[:2] == [["10.9", "11.3"], ["6.3", "6.0"]]


def test_sensitivity_analyses_are_whatever_the_table_holds(results):
    table = sensitivity_table(results, sample_trial(), Words())
    assert [one.label for one in table.lines] == ["Per protocol", "Day 28 from the second-line start"]


def test_a_stratified_comparison_is_a_sensitivity_analysis_without_numbers_of_its_own_by_arm(results):
    table = survival_sensitivity_table(results, sample_trial(), Words())
    assert [one.label for one in table.lines] == [
        "Overall survival, stratified by grade at baseline",
        "All follow-up",
        "6 months",
        "12 months",
        "36 months",
    ]
    assert line(table, "All follow-up") == [[], [], ["0.71 (0.46–1.09)", ""], ["0.118", "<0.001", ""]]


def test_deviations_are_listed_by_severity_and_an_unknown_code_by_itself(results):
    table = deviation_table(results, sample_trial(), Words())
    assert [one.label for one in table.lines if one.heading] == ["Major", "Minor", "Not in the protocol's list"]
    assert line(table, "Basiliximab outside its window") == [["12 (14)", ""], ["9 (11)", ""], ["21 (25)", ""]]
    assert line(table, "UNHEARD_OF")


def test_completeness_starts_with_the_primary_assessment(results):
    table = completeness_table(results, sample_trial(), Words())
    assert table.lines[0].label == "Response assessed in the day-28 window"
    assert line(table, "Forms entered") == [["61\u202f482", ""], ["62\u202f001", ""], ["99.2", ""]]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([(1.5, ""), (0.5, ""), (4.5, "")], "1.50 (0.50–4.50)"),
        ([(None, "infinite"), (0.61, ""), (None, "infinite")], "∞ (0.61–∞)"),
        ([(None, "not estimable")] * 3, "not estimable"),
        ([(1.5, "")], "1.50"),
    ],
)
def test_an_estimate_is_written_with_what_is_known_of_its_interval(values, text):
    rows = [
        Row(analysis="A", group=VERSUS, statistic=f"odds_ratio{end}", value=value, text=why)
        for end, (value, why) in zip(("", "_lower", "_upper"), values)
    ]
    cell = estimate(lookup(results_table(rows)), "A", "odds_ratio", numbers.ratio, group=VERSUS)
    assert [part.text for part in cell] == [text, ""]


def test_no_row_gives_no_cell_and_one_of_two_tests_a_dash():
    row = Row(analysis="A", group=VERSUS, statistic="p_fisher", value=0.02)
    results = lookup(with_published(results_table([row]), NOTHING_PUBLISHED))
    tests = {"F": "p_fisher", "χ²": "p_pearson"}
    assert [part.text for part in p_values(results, "A", tests)] == ["0.020", numbers.ABSENT, ""]
    assert p_values(results, "B", tests) == ()
    assert estimate(results, "B", "odds_ratio", numbers.ratio, group=VERSUS) == ()


def test_every_text_is_english_at_least_and_ends_without_space():
    for name, text in catalogue().items():
        assert text.en, name
        assert text.en == text.en.rstrip(), name


def test_a_code_without_a_label_is_written_as_words():
    assert Words().label("class", "EYE_DISORDER") == "Eye disorder"


@pytest.mark.parametrize(
    ("parts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_series_reads_as_in_a_sentence(parts, text):
    assert Words().series(parts) == text
