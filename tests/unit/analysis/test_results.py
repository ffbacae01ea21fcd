"""The results table: schema, rules, canonical files."""

from __future__ import annotations

import math

import polars as pl
import pytest

from equipoise.analysis.results import (
    SCHEMA,
    Row,
    comparison,
    read_results,
    results_csv,
    results_json,
    results_table,
    run_rows,
    write_results,
)
from equipoise.errors import AnalysisDataError, TrialErrors


def row(**columns) -> Row:
    return Row(**({"analysis": "OR28", "group": "MSC", "statistic": "n", "value": 99} | columns))


def faults_of(*rows: Row) -> list[str]:
    with pytest.raises(TrialErrors) as caught:
        results_table(rows)
    return [fault.rule for fault in caught.value.faults]


def test_rows_are_sorted_by_key_whatever_order_they_come_in():
    rows = [row(at=12.0), row(), row(analysis="CR28"), row(at=6.0)]
    table = results_table(rows)
    assert table.select("analysis", "at").rows() == [("CR28", None), ("OR28", None), ("OR28", 6.0), ("OR28", 12.0)]
    assert results_csv(table) == results_csv(results_table(rows[::-1]))


def test_values_keep_twelve_significant_digits_and_no_negative_zero():
    table = results_table([row(value=1 / 3), row(group="CONTROL", value=-0.0)])
    assert table["value"].to_list() == [0.0, 0.333333333333]
    assert math.copysign(1, table["value"][0]) == 1


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"statistic": "hazard"}, "RESULTS-STATISTIC"),
        ({"value": math.inf}, "RESULTS-FINITE"),
        ({"value": None}, "RESULTS-ABSENT"),
        ({"value": None, "text": "too few"}, "RESULTS-ABSENT"),
        ({"statistic": "proportion", "value": 82.8}, "RESULTS-FRACTION"),
        ({"statistic": "p_fisher", "value": -0.1}, "RESULTS-FRACTION"),
        ({"group": ""}, "RESULTS-NAMED"),
        ({"published": 82.0}, "RESULTS-SOURCE"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(columns, rule):
    assert faults_of(row(**columns)) == [rule]


def test_two_rows_with_one_key_are_refused_and_all_faults_come_at_once():
    assert faults_of(row(), row(value=98), row(statistic="hazard")) == ["RESULTS-STATISTIC", "RESULTS-KEY"]


def test_a_number_that_does_not_exist_says_why():
    table = results_table(
        [row(statistic="odds_ratio_upper", group=comparison("MSC", "CONTROL"), value=None, text="infinite")]
    )
    assert table.select("group", "value", "text").row(0) == ("MSC vs CONTROL", None, "infinite")


def test_the_place_of_a_fault_names_no_arm():
    with pytest.raises(TrialErrors) as caught:
        results_table([row(statistic="proportion", value=2.0, subgroup="grade=II", at=6.0)])
    assert str(caught.value).splitlines()[0] == (
        "results: OR28 / grade=II / at 6 / proportion: proportion 2.0 is outside 0 to 1"
    )


@pytest.mark.parametrize("name", ["results.csv", "results.json"])
def test_a_file_reads_back_as_the_same_table_and_is_written_as_the_same_bytes(tmp_path, name):
    rows = [
        row(statistic="proportion", value=0.1 + 0.2),
        row(value=None, text="not reached", statistic="median"),
        row(at=6.0),
    ]
    table = results_table([*rows, row(text='a "quoted", text\nof two lines')])
    path, again = tmp_path / name, tmp_path / f"again-{name}"
    write_results(table, path)
    assert read_results(path).equals(table)
    write_results(read_results(path), again)
    assert path.read_bytes() == again.read_bytes()


def test_the_csv_has_a_line_for_each_row_and_empty_fields_for_null():
    text = results_csv(results_table([row()]))
    assert text == f"{','.join(SCHEMA)}\nOR28,,,MSC,,,n,99.0,,,,,\n"


def test_the_json_is_an_array_with_one_object_a_line():
    text = results_json(results_table([row(), row(group="CONTROL")]))
    assert text.startswith('[\n{"analysis": "OR28", "endpoint": "", ')
    assert text.count("\n") == 4


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("results.txt", "", "RESULTS-FORMAT"),
        ("results.csv", "a,b\n1,2\n", "RESULTS-READ"),
        ("results.json", "{", "RESULTS-READ"),
        ("results.csv", f"{','.join(SCHEMA)}\nOR28,,,MSC,,,n,many,,,,,\n", "RESULTS-READ"),
    ],
)
def test_a_file_that_is_not_a_results_table_is_refused(tmp_path, name, content, rule):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(AnalysisDataError) as caught:
        read_results(path)
    assert caught.value.rule == rule
    assert caught.value.where == name


def test_a_frame_with_other_columns_is_not_written(tmp_path):
    with pytest.raises(AnalysisDataError, match="columns are not those"):
        write_results(pl.DataFrame({"analysis": ["OR28"]}), tmp_path / "results.csv")


def test_run_rows_hold_what_was_run_and_the_heads_of_the_chains():
    rows = run_rows({"seed": "7"}, {"clinical": (12, "ab" * 32)})
    table = results_table(rows)
    assert table.select("statistic", "subgroup", "value", "text").rows() == [
        ("seed", "", None, "7"),
        ("chain_head", "stream=clinical", 12.0, "ab" * 32),
    ]
