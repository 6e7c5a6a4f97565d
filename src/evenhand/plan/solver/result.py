"""What the solver hands over: the plan, its figures, and what proves them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evenhand.plan.solver.certificate import Certificate
    from evenhand.plan.solver.check import LevelFigures, MovesByGrade
    from evenhand.plan.solver.clash import Clash

Status = Literal["optimal", "feasible", "infeasible_bands", "interrupted"]


@dataclass(frozen=True)
class Progress:
    """How far a solve has come; figures are those of the part of the problem that is being solved."""

    level: str
    value: float
    bound: float
    violation: float
    seconds: float
    part: int = 0
    n_parts: int = 1

    @property
    def gap(self) -> float:
        """(value − bound) ÷ bound; 0 where both are nothing, inf where nothing is proved yet."""
        if self.value <= self.bound:
            return 0.0
        return (self.value - self.bound) / self.bound if self.bound > 0 else float("inf")


@dataclass(frozen=True, eq=False)
class Result:
    """A plan with its proof. Every figure here is what `check` recomputes, but for the `solver_…` ones."""

    assignment: NDArray[np.int32]
    """(n,) the territory of every unit."""
    status: Status
    """
    optimal           the certificate proves every level to 0.01 %
    feasible          a plan, with the gap that is left
    infeasible_bands  the certificate proves that no plan meets the bands and limits; this one violates them least,
                      to the gap that is left
    interrupted       the seconds ran out or the caller cancelled; the plan is the best so far
    """
    violation: float
    """Σ of how far each load is outside its band ÷ scale."""
    moves_by_grade: MovesByGrade
    """(low, medium, high)."""
    cost: float
    """Σ costs of the choices."""
    objective: float
    """The last level: Σ costs, with violation at its price where it has one."""
    bound: float
    """No plan as good on the earlier levels has an objective below this, by the certificate."""
    gap: float
    """The largest gap of the levels of disruption: (value − bound) ÷ (bound − unavoidable) of violation and of each
    grade, or of the costs where moves have no grades. Each is on its own, so that none hides another, and alignment,
    which matters last, hides none. What is unavoidable whatever the bands (units that may not stay) is taken off."""
    levels: tuple[LevelFigures, ...]
    """By level, most important first: value, bound, what is unavoidable, gap."""
    prices: Certificate
    seconds: float
    solver_bounds: dict[str, float] = field(default_factory=dict)
    """By level, what the search with cuts and branches has proved where that is more than the certificate does.
    It can't be checked without solving again."""
    excess_moves: int = 0
    """Moves beyond the limits, which units that may not stay force."""
    clash: Clash | None = None
    """Why the bands can't be met, where they can't."""
    n_work: int = 0
    """Steps of search, the same on every machine."""
