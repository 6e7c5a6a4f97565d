from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from evenhand.plan.solver.level import Level, Rows

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def make_level() -> Callable[..., Level]:
    """Territories in a row, units between them, the first ones too full."""

    def make(
        n: int = 600,
        n_territories: int = 6,
        k: int = 3,
        *,
        band: float = 0.1,
        cap: float | None = 0.0,
        cost: str = "smooth",
        max_into: float | None = None,
        seed: int = 0,
    ) -> Level:
        rng = np.random.default_rng(seed)
        place = rng.beta(1.3, 1.7, n) * n_territories
        nearest = np.argsort(np.abs(place[:, None] - 0.5 - np.arange(n_territories)[None, :]), axis=1, kind="stable")
        candidates = nearest[:, :k].astype(np.int32)
        amounts = np.stack([np.ones(n), rng.lognormal(0.0, 0.7, n)], axis=1)
        costs = rng.uniform(1.0, 5.0, (n, k)) if cost == "smooth" else np.ones((n, k))
        costs[:, 0] = 0.0
        target = np.repeat(amounts.sum(axis=0)[None, :] / n_territories, n_territories, axis=0)
        rows: tuple[Rows, ...] = ()
        if max_into is not None:
            index = np.where(np.arange(k)[None, :] > 0, candidates, -1).astype(np.int32)
            rows = (Rows(index, np.full(n_territories, max_into)),)
        lower, upper = (1 - band) * target, (1 + band) * target
        return Level(candidates, costs, amounts, lower, upper, target, cap, rows=rows)

    return make
