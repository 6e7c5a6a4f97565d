"""What a level's proof is written down as: prices, and the nodes of the tree that `check` walks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LevelPrices(NamedTuple):
    """The multipliers of one level: of its bands and of its counting rows."""

    bands: NDArray[np.float64]
    """(T, M)"""
    rows: tuple[NDArray[np.float64], ...]
    """One array ≥ 0 for each family of rows."""
    cases: tuple[float, ...] = ()
    """≥ 0, of the counts that a case is about, the outermost first."""
    cuts: tuple[float, ...] = ()
    """≥ 0, of the cuts that hold, the first one first."""


@dataclass(frozen=True)
class TreeSplit:
    """Two cases: the unit goes to one of the columns (as bits), or to one of the others."""

    unit: int
    columns: int


@dataclass(frozen=True)
class TreeCount:
    """Two cases: at most so many units with that first candidate choose the target, or more; -1 for any."""

    origin: int
    target: int
    most: int


class CountSide(NamedTuple):
    """One of the two cases of a count."""

    of: TreeCount
    at_most: bool


@dataclass(frozen=True, eq=False)
class TreeCut:
    """Multipliers of rows whose sum, rounded, is one more row; see `certificate.Cut`."""

    at_least: NDArray[np.float64]
    at_most: NDArray[np.float64]
    rows: tuple[NDArray[np.float64], ...]
    earlier: tuple[tuple[int, float], ...]
    bases: NDArray[np.intp]
    """(n,)"""
    changes: tuple[tuple[int, int], ...] = ()
    """Unit and base where it is another than that of the cut before."""


@dataclass(frozen=True)
class TreeFix:
    """Choices that cost at least `cutoff` at these prices are struck from the case that follows."""

    prices: LevelPrices
    cutoff: float


TreeNode = TreeSplit | TreeCount | TreeFix | TreeCut | LevelPrices
