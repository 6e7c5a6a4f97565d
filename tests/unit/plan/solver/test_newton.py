from __future__ import annotations

import numpy as np
import pytest

from evenhand.plan.solver.coupling import couple
from evenhand.plan.solver.definite import multiply, read_diagonal
from evenhand.plan.solver.newton import RowLimits, find_step
from evenhand.plan.solver.parallel import Partitions, Workforce


@pytest.mark.parametrize("most", [1e6, 0.05])
def test_a_step_solves_the_model_with_the_kinks_of_the_bands(make_level, most):
    coupling = couple(make_level(n=900, n_territories=9, k=3, band=0.1))
    partitions = Partitions(coupling, Workforce())
    prices = np.zeros(len(coupling.lower))
    _, load, _, _, curvature = partitions.smoothed(prices, 0.3, 1)
    limits = RowLimits(coupling.lower, coupling.upper, np.full(len(load), -most), np.full(len(load), most))
    target, gain = find_step(partitions.pattern, curvature, load, prices, limits)
    assert gain > 0
    diagonal = read_diagonal(partitions.pattern, curvature)
    after = load - multiply(partitions.pattern, curvature, diagonal, target - prices)
    above, below = (target > 1e-9) & (target < most), (target < -1e-9) & (target > -most)
    np.testing.assert_allclose(after[above], limits.upper[above], atol=1e-2)
    np.testing.assert_allclose(after[below], limits.lower[below], atol=1e-2)
    at_zero = np.abs(target) <= 1e-9
    assert (after[at_zero] <= limits.upper[at_zero] + 1e-2).all()
    assert (after[at_zero] >= limits.lower[at_zero] - 1e-2).all()
    assert (np.abs(target) <= most).all()
