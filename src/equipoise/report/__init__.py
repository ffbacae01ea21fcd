"""Report: tables, figures and sentences from the results table, as one HTML file.

It formats numbers and computes none: each number stands in the results table (`analysis/results.py`), each word in the
protocol or in `texts.toml`. A row that is not there is named as missing; the report is written all the same.
"""
