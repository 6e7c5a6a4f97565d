"""A published assignment problem, whose weights depend on the agent, is a territory problem with a measure an agent."""

import itertools

import numpy as np
from benchmarks.published import find_published

from evenhand.plan.solver import Problem, Stop, solve


def test_optimum_is_that_of_all_assignments(tmp_path):
    rng = np.random.default_rng(4)
    costs, weights = rng.integers(1, 30, (3, 6)), rng.integers(1, 9, (3, 6))
    capacities = np.array([9, 10, 8])
    words = ["3 6", *(" ".join(map(str, row)) for row in (*costs, *weights)), " ".join(map(str, capacities))]
    (tmp_path / "c05100").write_text("\n".join(words))

    least = min(
        sum(costs[agent, job] for job, agent in enumerate(agents))
        for agents in itertools.product(range(3), repeat=6)
        if all(
            sum(weights[a, job] for job, agent in enumerate(agents) if agent == a) <= capacities[a] for a in range(3)
        )
    )
    ((name, instance, optimum),) = find_published(tmp_path)
    found = solve(Problem(**vars(instance)), Stop(gap=0))

    assert (name, optimum) == ("c05100", 1931.0)
    assert found.violation == 0
    assert found.cost == least
