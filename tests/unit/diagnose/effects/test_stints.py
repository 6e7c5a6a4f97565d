"""Who answers for a period, and which territories and reps are connected."""

import datetime as dt

import polars as pl

from evenhand.diagnose.effects import separate_effects
from evenhand.diagnose.effects.mobility import connect
from evenhand.diagnose.effects.stints import list_stints
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
Q2 = (dt.date(2026, 4, 1), dt.date(2026, 6, 30))
Q3 = (dt.date(2026, 7, 1), dt.date(2026, 9, 30))


def quota(seat, period, attained, amount=100):
    return {
        "territory_id": seat,
        "period_start": period[0],
        "period_end": period[1],
        "amount_cents": amount,
        "attained_cents": attained,
    }


def book_of(make_book, coverage, quotas, reps=()):
    seats = sorted({row["territory_id"] for row in quotas})
    return make_book(
        AS_OF,
        territories=[{"territory_id": seat} for seat in seats],
        accounts=[],
        coverage=coverage,
        quotas=quotas,
        reps=reps or [{"rep_id": rep} for rep in sorted({row["rep_id"] for row in coverage})],
    )


def cover(rep, seat, starts_on, ends_on=None):
    return {"rep_id": rep, "territory_id": seat, "starts_on": starts_on, "ends_on": ends_on}


def test_the_rep_with_most_days_answers_for_the_period(make_book):
    book = book_of(
        make_book,
        [cover("R1", "T1", dt.date(2026, 1, 1), dt.date(2026, 5, 10)), cover("R2", "T1", dt.date(2026, 5, 11))],
        [quota("T1", Q2, 80), quota("T1", Q3, 120)],
    )
    assert list_stints(book, Policy()).select("period_start", "rep_id", "attainment").rows() == [
        (Q2[0], "R2", 0.8),
        (Q3[0], "R2", 1.2),
    ]


def test_a_period_that_nobody_covered_for_half_is_left_out(make_book):
    book = book_of(
        make_book,
        [cover("R1", "T1", dt.date(2026, 1, 1))],
        [quota("T1", Q2, 80), quota("T1", Q3, 120)],
        reps=[{"rep_id": "R1", "left_on": dt.date(2026, 7, 31)}],
    )
    assert list_stints(book, Policy())["period_start"].to_list() == [Q2[0]]


def test_years_beside_quarters_open_periods_and_zero_quotas_are_left_out(make_book):
    book = book_of(
        make_book,
        [cover("R1", "T1", dt.date(2025, 1, 1))],
        [
            quota("T1", Q2, 80),
            quota("T1", Q3, 5, amount=0),
            quota("T1", (dt.date(2025, 1, 1), dt.date(2025, 12, 31)), 300),
            quota("T1", (dt.date(2026, 10, 1), dt.date(2026, 12, 31)), 1),
        ],
    )
    assert list_stints(book, Policy())["period_start"].to_list() == [Q2[0]]


def test_what_is_missing_is_said(make_book):
    bare = make_book(AS_OF, territories=[{"territory_id": "T1"}], accounts=[])
    assert "no attainment" in separate_effects(bare, Policy()).missing
    short = book_of(make_book, [cover("R1", "T1", dt.date(2026, 1, 1))], [quota("T1", Q2, 80), quota("T1", Q3, 90)])
    assert separate_effects(short, Policy()).missing.startswith("2 closed periods")


def stints(*rows):
    return pl.DataFrame(
        [
            {"territory_id": seat, "rep_id": rep, "period_start": dt.date(2026, i % 12 + 1, 1)}
            for i, (seat, rep) in enumerate(rows)
        ]
    )


def test_components_and_who_cannot_be_separated():
    mobility = connect(
        stints(("T1", "R1"), ("T2", "R1"), ("T2", "R2"), ("T3", "R3"), ("T4", "R4"), ("T4", "R5"), ("T5", "R6")),
        {"T1": "EAST", "T2": "EAST", "T3": "EAST", "T4": "WEST", "T5": "WEST"},
    )
    assert mobility.component["T1"] == mobility.component["T2"] == 0
    assert len({mobility.component[seat] for seat in ("T1", "T3", "T4", "T5")}) == 4
    assert mobility.inseparable == {"T3", "T5"}
    assert mobility.n_reps == {"T1": 1, "T2": 2, "T3": 1, "T4": 2, "T5": 1}
    # Within the group first, in the largest component, whoever covers the seat now.
    assert mobility.separating["T3"] == ("R1", "T1")
    assert mobility.separating["T5"] == ("R5", "T4")


def test_a_firm_with_one_territory_has_no_one_to_swap_with():
    assert connect(stints(("T1", "R1")), {"T1": None}).separating == {"T1": None}
