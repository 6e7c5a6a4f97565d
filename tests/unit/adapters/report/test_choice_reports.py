"""The pages of a comparison and of a frontier say what they compare, safely and the same every time."""

import dataclasses
import datetime as dt

import polars as pl
import pytest

from evenhand.adapters.report import render_comparison_report, render_frontier_report
from evenhand.adapters.report.stacked_bar import stack_grades
from evenhand.plan.edits.draft import open_draft
from evenhand.plan.frontier import Frontier, Recommendation, price_next
from evenhand.plan.make import make_plan
from evenhand.plan.scenarios import Side, compare
from evenhand.policy import Policy

HOSTILE = "<img src=x onerror=alert(1)>"
POLICY = Policy.of({"bands": {"potential": 0.2, "workload_ceiling": "off"}})


@pytest.fixture(scope="module")
def book(make_book):
    return make_book(
        as_of=dt.date(2026, 9, 30),
        accounts=[
            {"account_id": f"A{t}{i}", "territory_id": f"T{t}", "potential": 10.0 * (i + 1), "name": HOSTILE}
            for t in range(3)
            for i in range(4)
        ],
        territories=[{"territory_id": f"T{t}", "name": HOSTILE if t else "North"} for t in range(3)],
    )


@pytest.fixture(scope="module")
def comparison(book):
    plan = make_plan(book, POLICY)
    edited = open_draft(plan, book, POLICY).move("A00", "T1").plan()
    return compare([Side.of_plan("agreed", plan), Side.of_plan(HOSTILE, edited)])


def check_safe(page):
    for tag, attrs in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]


def test_a_comparison_says_who_goes_where_and_why(comparison, book, read_page):
    rendered = render_comparison_report(comparison, book)
    page = read_page(rendered)
    assert render_comparison_report(comparison, book) == rendered
    assert "agreed moves 0 accounts" in page.text
    assert "move:A00=T1" in page.text
    assert "1 account goes elsewhere" in page.text
    assert "Moved by hand" in page.text
    assert "All territories" in page.text
    assert "Business lost while accounts are new" in page.text
    assert "days until an account that moves sells as before" in page.text
    check_safe(page)


def test_a_comparison_needs_no_book(comparison, read_page):
    page = read_page(render_comparison_report(comparison))
    assert "T0" in page.text
    assert "North" not in page.text
    check_safe(page)


def test_the_same_plans_are_said_to_be_the_same(comparison, read_page):
    side = comparison.sides[0]
    page = read_page(render_comparison_report(compare([side, side.renamed("again")])))
    assert "They are the same plan." in page.text


@pytest.fixture(scope="module")
def frontier():
    rows = [(0.3, 2, 0, True, None, 0), (0.15, 6, 1, True, "low", 4), (0.05, 9, 3, False, "violation", None)]
    points = pl.DataFrame(
        [
            {
                "tolerance_share": tolerance, "status": "optimal", "meets_bands": met, "violation": 0.0, "n_moves": n,
                "moves_high": high, "moves_medium": 1, "moves_low": n - high - 1, "n_customers": n, "n_seats": 2,
                "cost": 1.5, "effort": float(n), "gap": None, "is_agreed": tolerance == 0.15,
                "is_recommended": tolerance == 0.3, "open_level": level, "n_open": n_open,
            }
            for tolerance, n, high, met, level, n_open in rows
        ],
        schema_overrides={"open_level": pl.String, "n_open": pl.Int64},
    )  # fmt: skip
    return Frontier(
        measure="potential", points=price_next(points), recommendation=Recommendation(0.3, "Because <b>so</b>."),
        agreed_share=0.15, as_of=dt.date(2026, 9, 30), book_hash="b", policy_hash="p", policy_name=HOSTILE,
        territory_ids=(), assignments=(), seconds=1.0,
    )  # fmt: skip


def test_a_frontier_says_what_to_take_and_what_the_next_step_costs(frontier, book, read_page):
    rendered = render_frontier_report(frontier, book)
    page = read_page(rendered)
    assert render_frontier_report(dataclasses.replace(frontier, seconds=9.0), book) == rendered
    told = ("recommended", "agreed", "can’t be met", "+4 moves", "Because <b>so</b>.", "the fewest", "up to 4 low")
    for text in told:
        assert text in page.text, text
    check_safe(page)


def test_a_frontier_without_a_tolerance_that_can_be_met_says_so(frontier, book, read_page):
    unmet = dataclasses.replace(
        frontier,
        points=frontier.points.with_columns(meets_bands=False, is_recommended=False),
        recommendation=Recommendation(None, "None can be met."),
    )
    assert "can’t be met at any of these tolerances" in read_page(render_frontier_report(unmet, book)).text


def test_a_bar_is_as_long_as_its_moves():
    segments = stack_grades({"low": 3, "medium": 0, "high": 1}, 8)
    assert [(part.grade, part.left, part.width) for part in segments] == [("low", 0, 37.5), ("high", 37.5, 12.5)]
    assert stack_grades({"low": 0, "medium": 0, "high": 0}, 0) == []
