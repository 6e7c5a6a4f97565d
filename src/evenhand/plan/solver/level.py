"""One level of the lexicographic order: what the exact and the large-scale methods both solve."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evenhand.plan.solver.tree import TreeNode


@dataclass(frozen=True)
class Rows:
    """A family of counting rows: each pair (unit, candidate) counts one towards at most one row of it.

    A limit on high moves, on moves into a territory, out of it or in all are each such a family.
    """

    index: NDArray[np.int32]
    """(n, k) the row that choosing candidate j for unit i counts towards; -1 for none."""
    cap: NDArray[np.float64]
    """(R,) the most that each row may count."""


@dataclass(frozen=True)
class Level:
    """Least Σ costs, each unit on exactly one candidate, inside the bands and the counting rows.

    Violation is Σ over territories and measures of max(0, lower − load, load − upper) ÷ scale. With
    `violation_cap` it may be at most that (0: the bands are hard); where that is None it costs
    `violation_price` a unit in the objective.
    """

    candidates: NDArray[np.int32]
    """(n, k) territory index, the present one in column 0 where the unit may stay; -1 where there are fewer."""
    costs: NDArray[np.float64]
    """(n, k) ≥ 0."""
    amounts: NDArray[np.float64]
    """(n, M) ≥ 0."""
    lower: NDArray[np.float64]
    """(T, M), -inf for none."""
    upper: NDArray[np.float64]
    """(T, M), inf for none."""
    scale: NDArray[np.float64]
    """(T, M) > 0."""
    violation_cap: float | None = 0.0
    violation_price: float = 1.0
    rows: tuple[Rows, ...] = field(default=())


@dataclass(frozen=True)
class LevelResult:
    """A choice for every unit and the prices that bound how much better any other choice could be."""

    columns: NDArray[np.int32]
    """(n,) the chosen column of `candidates`."""
    cost: float
    violation: float
    bound: float
    """No choice inside the bands and rows has an objective below this."""
    prices: NDArray[np.float64]
    """(T, M) of the bands: positive where the upper bound binds, negative where the lower one does."""
    violation_multiplier: float
    """≥ 0, of the row violation ≤ cap; |prices|·scale ≤ this. inf where the bands are hard (cap 0)."""
    row_prices: tuple[NDArray[np.float64], ...]
    """≥ 0, one array for each family of rows."""
    solver_bound: float = -math.inf
    """What a search with cuts and branches has proved, where it is more than the prices prove."""
    tree: tuple[TreeNode, ...] = ()
    """The cases that prove the bound, in preorder, where the prices alone prove less."""
    n_work: int = 0
    """Steps of search, the same on every machine."""
    is_interrupted: bool = False
    """Whether the clock or the caller ended the search."""
