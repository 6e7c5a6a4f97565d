"""What ``evenhand diagnose`` prints: tables and sentences that fit a terminal, and how a figure came about."""

import csv
import io
import json
import shutil


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


def roll_back(export, to, day):
    """Write the export as it was on a day: accounts that there were, in the territories where they were."""
    shutil.copytree(export, to)
    with (export / "ownership.csv").open(encoding="utf-8", newline="") as file:
        was = {
            row["account_id"]: row["territory_id"]
            for row in csv.DictReader(file)
            if row["starts_on"] <= day and (not row["ends_on"] or row["ends_on"] > day)
        }
    with (export / "accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["created_on"] <= day]
    with (to / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "territory_id": was.get(row["account_id"], row["territory_id"])} for row in rows)
    return {row["account_id"] for row in rows}, was


def test_earlier_books_say_what_drifted(evenhand, firm, tmp_path):
    day = "2026-03-31"
    known, was = roll_back(firm / "export", tmp_path / "export", day)
    admitted = evenhand("admit", tmp_path / "export", "--to", tmp_path / "book", "--as-of", day)
    assert admitted.code == 0, admitted.err
    ran = evenhand("diagnose", firm / "book", "--earlier", tmp_path / "book", "--format", "json")
    assert ran.code == 0, ran.err
    past = json.loads(ran.out)["past"]
    assert [book["as_of"] for book in past["books"]] == [day, "2026-09-30"]
    came = {
        row["account_id"] for row in past["flows"] if row["flow"] == "arrived" and row["other_territory_id"] is None
    }
    moved = {row["account_id"]: row for row in past["flows"] if row["flow"] == "arrived" and row["other_territory_id"]}
    assert came
    assert not came & known
    assert moved
    assert all(was[account] == row["other_territory_id"] for account, row in moved.items())
    shown = evenhand("diagnose", firm / "book", "--earlier", tmp_path / "book").out
    assert "What drifted since earlier books" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100


def test_a_book_that_is_not_earlier_is_refused(evenhand, firm):
    ran = evenhand("diagnose", firm / "book", "--earlier", firm / "book")
    assert ran.code == 10
    assert "not earlier than the book that is diagnosed" in " ".join(ran.err.split())
