"""What happens at the same time as the plan."""

import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.events import Layoff, NewHire, RepLeft, parse_event
from evenhand.plan.make import make_plan
from evenhand.policy import Policy


def firm(make_book, n_seats=4, n_each=30, **accounts):
    return make_book(
        accounts=[
            {"account_id": f"A{t}{i:02}", "territory_id": f"T{t}", "potential": 10.0, **accounts}
            for t in range(n_seats)
            for i in range(n_each)
        ],
        territories=[{"territory_id": f"T{t}"} for t in range(n_seats)]
        + [{"territory_id": "T9", "capacity_share": 1.0}],
    )


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("new-hire:territory=T99,capacity_share=0.5", NewHire("T99", 0.5)),
        ("new-hire: territory = T99", NewHire("T99")),
        ("rep-left:territory=T07", RepLeft("T07")),
        ("layoff:territories=T03;T11", Layoff(("T03", "T11"))),
    ],
)
def test_events_are_read_as_they_are_written(text, event):
    assert parse_event(text) == event
    assert parse_event(str(event)) == event


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("new-hir:territory=T1", "'new-hire'"),
        ("rep-left", "territory"),
        ("rep-left:teritory=T1", "'territory'"),
        ("new-hire:territory=T1,capacity_share=half", "not a number"),
        ("new-hire:territory=T1,capacity_share=0", "above 0"),
        ("layoff:territories=", "missing"),
        ("", "no event"),
    ],
)
def test_wrong_events_are_refused_by_name(text, says):
    with pytest.raises(InputError, match=says):
        parse_event(text)


def test_an_event_names_a_seat_that_is_there(make_book):
    book = firm(make_book)
    with pytest.raises(InputError, match="T0"):
        make_plan(book, Policy(), events=[RepLeft("T00")])


def test_a_new_hire_gets_a_ramped_share(make_book):
    plan = make_plan(firm(make_book), Policy(), events=[NewHire("T9", 0.5)])
    row = plan.territories.row(by_predicate=(_is(plan, "T9", "potential")), named=True)
    assert row["target"] == pytest.approx(1200 * 0.5 / 4.5)
    assert row["status_after"] == "within"
    assert plan.events == ("new-hire:territory=T9,capacity_share=0.5",)


def test_a_rep_who_left_keeps_nothing_and_the_others_share(make_book):
    plan = make_plan(firm(make_book), Policy(), events=[RepLeft("T0"), RepLeft("T9")])
    after = {
        row["territory_id"]: row["after"]
        for row in plan.territories.iter_rows(named=True)
        if row["measure"] == "accounts"
    }
    assert after["T0"] == after["T9"] == 0
    assert min(after[t] for t in ("T1", "T2", "T3")) >= 0.85 * 40
    assert plan.n_moves == 30


def test_locked_accounts_of_an_emptied_territory_move_and_it_is_said(make_book):
    plan = make_plan(firm(make_book, locked=True), Policy(), events=[RepLeft("T0"), RepLeft("T9")])
    assert plan.n_moves == 30
    assert "PL109" in {finding.code for finding in plan.findings}


def test_accounts_of_an_emptied_territory_that_nobody_takes_stay_and_it_is_said(make_book):
    book = make_book(
        accounts=[{"account_id": "A", "territory_id": "T1", "potential": 1.0, "segment": "x"}],
        territories=[{"territory_id": "T1", "segment": "x"}, {"territory_id": "T2", "segment": "y"}],
    )
    plan = make_plan(book, Policy(), events=[RepLeft("T1")])
    assert plan.assignment.rows() == [("A", "T1")]
    assert "PL108" in {finding.code for finding in plan.findings}


def _is(plan, territory_id, measure):
    import polars as pl

    return (pl.col("territory_id") == territory_id) & (pl.col("measure") == measure)
