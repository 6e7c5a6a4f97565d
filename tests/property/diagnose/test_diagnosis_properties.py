"""What holds for every book: nothing is counted twice, order and currency unit don't matter, statuses follow ranges."""

import datetime as dt
import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.diagnose import Call, diagnose
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

maybe = lambda strategy: st.none() | strategy  # noqa: E731 - reads as a word
days = st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31))


@st.composite
def sources(draw):
    """Draw the tables of a small firm: two groups of seats, any accounts, deals and quotas, any gaps."""
    n_seats = draw(st.integers(1, 5))
    seats = [f"T{i}" for i in range(n_seats)]
    territories = [{"territory_id": "EAST"}, {"territory_id": "WEST"}] + [
        {
            "territory_id": seat,
            "parent_territory_id": draw(st.sampled_from(["EAST", "WEST"])),
            "capacity_share": draw(maybe(st.sampled_from([0.0, 0.5, 1.0]))),
        }
        for seat in seats
    ]
    accounts = [
        {
            "account_id": f"A{i}",
            "territory_id": draw(st.sampled_from(seats)),
            "annual_revenue_cents": draw(maybe(st.integers(0, 10**9))),
            "employees": draw(maybe(st.integers(0, 5000))),
            "in_buying_cycle": draw(maybe(st.booleans())),
            "expansion_potential": draw(maybe(st.floats(0, 1))),
            "tier": draw(maybe(st.sampled_from("ABCD"))),
            "latitude": draw(maybe(st.floats(-90, 90))),
            "longitude": draw(st.floats(-180, 180)),
            "created_on": dt.date(2023, 1, 1),
            "churned_on": draw(maybe(days)),
        }
        for i in range(draw(st.integers(0, 12)))
    ]
    opportunities = [
        {
            "opportunity_id": f"O{i}",
            "account_id": draw(st.sampled_from(accounts))["account_id"],
            "amount_cents": draw(maybe(st.integers(0, 10**8))),
            "created_on": draw(maybe(days)),
            "closed_on": draw(maybe(days)),
            "is_closed": draw(maybe(st.booleans())),
            "is_won": draw(maybe(st.booleans())),
        }
        for i in range(draw(st.integers(0, 20)) if accounts else 0)
    ]
    quotas = [
        {
            "territory_id": draw(st.sampled_from(seats)),
            "period_start": dt.date(2026, month, 1),
            "period_end": dt.date(2026, month, 28),
            "amount_cents": draw(st.integers(0, 10**8)),
            "attained_cents": draw(maybe(st.integers(0, 10**8))),
        }
        for month in draw(st.sets(st.integers(1, 12), max_size=4))
    ]
    return {"territories": territories, "accounts": accounts, "opportunities": opportunities, "quotas": quotas}


@FEW
@given(source=sources(), seed=st.integers(0, 2**16))
def test_the_order_of_rows_does_not_matter(make_book, source, seed):
    first = diagnose(make_book(AS_OF, **source), Policy())
    shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in source.items()}
    again = diagnose(make_book(AS_OF, **shuffled), Policy())
    assert again.territories.equals(first.territories)
    assert again.accounts.equals(first.accounts)
    assert again.verdicts == first.verdicts
    assert again.triggers == first.triggers


@FEW
@given(source=sources())
def test_groups_and_team_hold_what_their_seats_hold(make_book, source):
    diagnosis = diagnose(make_book(AS_OF, **source), Policy())
    seats = diagnosis.territories.filter("is_seat").group_by("measure").agg(pl.col("numerator").sum())
    groups = diagnosis.territories.filter(~pl.col("is_seat")).group_by("measure").agg(pl.col("numerator").sum())
    team = dict(diagnosis.team.select("measure", pl.col("numerator").fill_null(0)).iter_rows())
    assert dict(seats.iter_rows()) == pytest.approx(team)
    assert dict(groups.iter_rows()) == pytest.approx(team)
    active = [row for row in source["accounts"] if row["churned_on"] is None or row["churned_on"] > AS_OF]
    assert team["accounts"] == len(active) == diagnosis.accounts.height


@FEW
@given(source=sources())
def test_the_status_is_what_the_range_says_and_unknown_has_a_reason(make_book, source):
    for row in diagnose(make_book(AS_OF, **source), Policy()).territories.iter_rows(named=True):
        if row["status"] == "unknown":
            assert row["reason_missing"]
            continue
        slack = 1e-9 * abs(row["value"])
        assert (row["value"] < row["low"] - slack) == (row["status"] == "under")
        assert (row["value"] > row["high"] + slack) == (row["status"] == "over")


@FEW
@given(source=sources(), factor=st.sampled_from([2, 100]))
def test_another_unit_of_money_changes_no_verdict(make_book, source, factor):
    def scale(rows):
        return [
            {
                name: value * factor if name.endswith("_cents") and value is not None else value
                for name, value in row.items()
            }
            for row in rows
        ]

    first = diagnose(make_book(AS_OF, **source), Policy())
    scaled = diagnose(make_book(AS_OF, **{name: scale(rows) for name, rows in source.items()}), Policy())
    assert scaled.territories["status"].to_list() == first.territories["status"].to_list()
    assert [verdict.call for verdict in scaled.verdicts] == [verdict.call for verdict in first.verdicts]


@FEW
@given(source=sources())
def test_a_verdict_agrees_with_its_figures(make_book, source):
    policy = Policy()
    for verdict in diagnose(make_book(AS_OF, **source), policy).verdicts:
        statuses = [verdict.figures[name]["status"] for name in policy.verdict.volume_measures]
        known = [status for status in statuses if status != "unknown"]
        if verdict.call is Call.OVERLOADED:
            assert known.count("over") * 2 > len(known)
            assert "under" not in known
        if verdict.call is Call.STARVED:
            assert known.count("under") * 2 > len(known)
            assert "over" not in known
        assert (verdict.call is Call.CANNOT_TELL) == (not known)
        assert verdict.sentence.endswith(".")
        assert "None" not in verdict.sentence
        assert "nan" not in verdict.sentence
