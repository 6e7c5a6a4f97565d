"""What ``evenhand diagnose`` prints: tables and sentences that fit a terminal, and how a figure came about."""

import csv
import io
import json


def test_everything_is_printed_within_a_hundred_columns(evenhand, firm):
    run = evenhand("diagnose", firm / "book")
    assert run.code == 0
    assert max(len(line) for line in run.out.splitlines()) <= 100
    for heading in (
        "Triggers",
        "what they hold",
        "How they perform",
        "Shape",
        "Territory or rep?",
        "Propensity to buy",
    ):
        assert heading in run.out, heading
    assert "Gini" in run.out
    assert "coefficient of variation" in " ".join(run.out.split())
    assert any(answer in run.out for answer in ("fired", "quiet"))


def test_json_has_all_of_it(evenhand, firm):
    found = json.loads(evenhand("diagnose", firm / "book", "--format", "json").out)
    parts = {
        "verdicts",
        "triggers",
        "territories",
        "effects",
        "win_rates",
        "shapes",
        "history",
        "propensity",
        "missing",
    }
    assert parts <= set(found)
    assert found["propensity"]["standing"] == "off"


def test_a_trace_in_every_form(evenhand, firm):
    run = evenhand("diagnose", firm / "book", "--trace", "T01:potential")
    assert run.code == 0
    for heading in ("How:", "Step by step", "Policy", "ranges.potential", "Records:"):
        assert heading in run.out, heading
    assert max(len(line) for line in run.out.splitlines()) <= 100
    traced = json.loads(evenhand("diagnose", firm / "book", "--trace", "T01:potential", "--format", "json").out)
    assert traced["subject"] == "T01:potential"
    rows = list(csv.DictReader(io.StringIO(
        evenhand("diagnose", firm / "book", "--trace", "T01:potential", "--format", "csv").out
    )))  # fmt: skip
    assert [row["record_id"] for row in rows] == [row["record_id"] for row in traced["records"]["accounts"]]


def test_a_trace_of_what_there_is_not_is_an_input_error(evenhand, firm):
    run = evenhand("diagnose", firm / "book", "--trace", "T01:potental")
    assert run.code == 10
    assert "nearest: potential" in run.err
