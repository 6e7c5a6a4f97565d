"""110 % under three reps is a strong territory; 110 % under one rep and 70 % under two is rep dependency."""

import datetime as dt

import pytest

from evenhand.diagnose.effects import Reading, separate_effects
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
QUARTERS = [
    (dt.date(year, month, 1), dt.date(year, month + 2, 31 if month in {1, 10} else 30))
    for year, month in ((2024, 10), (2025, 1), (2025, 4), (2025, 7), (2025, 10), (2026, 1), (2026, 4), (2026, 7))
]
USUAL = (0.86, 0.93, 0.88, 0.95, 0.90, 0.91)
NOISE = (0.02, -0.03, 0.01, 0.0, -0.02, 0.03, -0.01, 0.0)


def firm(make_book, stories):
    """Make a book of territories, each a list of (rep, quarters, attainment)."""
    quotas, coverage = [], []
    for i, (seat, story) in enumerate(stories.items()):
        quarter = 0
        for rep, n_quarters, attainment in story:
            first, last = QUARTERS[quarter][0], QUARTERS[quarter + n_quarters - 1][1]
            coverage.append({"rep_id": rep, "territory_id": seat, "starts_on": first, "ends_on": last})
            for start, end in QUARTERS[quarter : quarter + n_quarters]:
                noise = NOISE[(quarter + 3 * i) % len(NOISE)]
                quotas.append(
                    {
                        "territory_id": seat,
                        "period_start": start,
                        "period_end": end,
                        "amount_cents": 100_000,
                        "attained_cents": round((attainment + noise) * 100_000),
                    }
                )
                quarter += 1
    return make_book(
        AS_OF,
        territories=[{"territory_id": seat} for seat in stories],
        accounts=[{"account_id": f"A-{seat}", "territory_id": seat} for seat in stories],
        reps=[{"rep_id": rep} for rep in sorted({row["rep_id"] for row in coverage})],
        coverage=coverage,
        quotas=quotas,
    )


@pytest.fixture(scope="module")
def effects(make_book):
    usual = {f"T{i}": [(f"R{i}a", 4, level), (f"R{i}b", 4, level)] for i, level in enumerate(USUAL, start=1)}
    stories = {
        "strong": [("S1", 3, 1.10), ("S2", 3, 1.10), ("S3", 2, 1.10)],
        "dependent": [("D1", 3, 1.10), ("D2", 3, 0.70), ("D3", 2, 0.70)],
        "alone": [("L1", 8, 1.10)],
        **usual,
    }
    return separate_effects(firm(make_book, stories), Policy())


def row(effects, seat):
    return effects.territories.filter(territory_id=seat).row(0, named=True)


def test_110_under_three_reps_is_a_strong_territory(effects):
    found = row(effects, "strong")
    assert found["reading"] == Reading.STRONG
    assert found["n_reps"] == 3
    assert found["effect"] > 0
    assert "strong territory whoever covers it" in found["sentence"]


def test_110_under_one_and_70_under_two_is_rep_dependency(effects):
    found = row(effects, "dependent")
    assert found["reading"] == Reading.REP
    assert found["low"] < 0 < found["high"]
    assert "D1 is worth +" in found["sentence"]


def test_one_rep_who_covered_nothing_else_cannot_be_separated_and_a_swap_is_named(effects):
    found = row(effects, "alone")
    assert found["reading"] == Reading.INSEPARABLE
    assert "L1, who covered nothing else" in found["sentence"]
    assert "would tell" in found["sentence"]


def test_the_others_are_no_different_from_chance(effects):
    assert {row(effects, f"T{i}")["reading"] for i in range(1, 7)} == {Reading.UNCLEAR}


def test_the_shares_of_variance_add_up(effects):
    assert sum(effects.shares.values()) == pytest.approx(1)
    assert set(effects.shares) == {"territory", "rep", "rest"}
