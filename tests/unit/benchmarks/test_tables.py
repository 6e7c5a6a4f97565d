import pytest

pytest.importorskip("psutil", reason="the benchmarks' own packages aren't installed (dependency group bench)")

from benchmarks.bar import bar_table
from benchmarks.measure import compare
from benchmarks.tables import duel_table, find_exponent


def _plan(violation=0.0, high=0, medium=0, low=0, cost=0.0):
    return {"violation": violation, "high": high, "medium": medium, "low": low, "cost": cost}


def test_first_level_that_differs_decides():
    assert compare(_plan(cost=9.0), _plan(violation=0.1, cost=1.0), with_grades=False) == "ours"
    assert compare(_plan(high=1, low=0), _plan(high=0, low=50), with_grades=True) == "theirs"
    assert compare(_plan(high=1, cost=1.0), _plan(high=0, cost=2.0), with_grades=False) == "ours"
    assert compare(_plan(cost=100.0), _plan(cost=100.00001), with_grades=False) == "same"


def test_exponent_is_the_slope_of_the_logarithms():
    rows = [{"n_units": n, "seconds": 3e-6 * n**1.5} for n in (1_000, 7_000, 90_000)]
    assert find_exponent(rows, "seconds") == pytest.approx(1.5)


def _row(contender, multiple, seconds, cost, gap=None, **more):
    plan = _plan(cost=cost) | {"gap": gap, "bound": 0.0}
    row = {"group": "case", "case": "10k feasible", "size": "10k", "kind": "feasible", "with_grades": False}
    row |= {"seed": 0, "status": "x", "wall": seconds, "cpu": seconds, "peak_mib": 1.0}
    return row | {"contender": contender, "multiple": multiple, "seconds": seconds, "plan": plan} | more


def test_bar_says_no_where_a_rival_is_better_or_the_speed_falls_short():
    rows = [
        _row("Evenhand", 0, 2.0, 102.0, gap=0.004),
        _row("HiGHS LP", 0, 8.0, 0.0, status="optimal"),
        _row("CP-SAT", 1, 2.0, 100.0, ahead="theirs"),
    ]
    table = bar_table(rows)
    assert "| 10k | gap ≤ 0.5 % | 1 of 1 seeds; median 0.4 %, worst 0.4 % | yes |" in table
    assert "median 4.0 ×, least 4.0 ×" in table
    assert table.count("| no |") == 2
    assert "| 10k feasible | CP-SAT, same time | 0 | 0 | 1 | 0 | cost | 2 % |" in duel_table(rows)
