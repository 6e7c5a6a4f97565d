from __future__ import annotations

from benchmarks.instances import make_instance

from evenhand.plan.solver import Problem, Stop, solve


def test_alignment_is_sought_among_plans_with_as_few_moves():
    # Searches from the prices end a move or two above the fewest: without one that stays there, the gap is 70 %.
    made = make_instance("feasible", n_units=6_000, n_territories=30, n_candidates=4, with_grades=True, seed=0)
    result = solve(Problem(**vars(made)), Stop(gap=1e-3), seed=0)
    assert result.violation == 0
    assert result.levels[-1].name == "cost"
    assert result.levels[-1].gap < 0.05
