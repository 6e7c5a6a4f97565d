"""The question put to the solver: which unit may go where, at what cost, and how even it has to come out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BAND_TOLERANCE = 1e-9
"""A band is met where the load is inside it to this share of its scale: sums of decimals are not exact."""

_MAX_CANDIDATES = 52
_N_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Problem:
    """Which unit may go to which territory, what that costs, and the bands every territory has to meet.

    A **unit** moves as one (an account, a family, an area). Choosing column 0 at no cost is staying;
    every other choice is a **move**, also column 0 where it costs something. A unit that may not stay has
    -1 in column 0. Where a territory is listed twice for a unit, the cheaper column counts.

    What is least, in this order, each given the ones before:

    ==================================  =====================================================
    `grades` given                      violation; moves of high, of medium, of low grade; Σ costs
    `grades` None                       violation; Σ costs
    `violation_price` given             Σ costs + price × violation (grades are counted, and order nothing)
    ==================================  =====================================================

    Parameters
    ----------
    candidates
        (n, k) int: territory indices 0 … T-1, the present one in column 0; -1 where there are fewer.
    costs
        (n, k) ≥ 0: disruption or misfit of each choice; 0 for staying. Ignored where there is no candidate.
    grades
        (n,) 0 low, 1 medium, 2 high: the grade of moving the unit; None: costs alone count.
    amounts
        (n, M) ≥ 0: how much of each measure the unit brings.
    lower, upper
        (T, M): the band of each territory and measure; -inf and inf where there is none.
    scale
        (T, M) > 0: what violation is relative to, usually the target.
    violation_price
        Cost of one unit of violation; None: violation comes strictly first.
    max_moves
        The most moves in all; None for no limit.
    max_moves_from, max_moves_into
        (T,) the most moves out of and into each territory; inf for none. A unit that may not stay counts
        towards no limit of moves out: its territory is being emptied. Where units that may not stay can't keep
        the limits, these are first widened by the fewest moves in all, and then hold.
    ids
        (n,) whole numbers that break ties, so that the order of the rows doesn't; None: the row number does.

    Raises
    ------
    InputError
        Naming every field that is wrong, at once.
    """

    candidates: NDArray[np.int32]
    costs: NDArray[np.float64]
    grades: NDArray[np.int8] | None
    amounts: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    scale: NDArray[np.float64]
    violation_price: float | None = None
    max_moves: int | None = None
    max_moves_from: NDArray[np.float64] | None = None
    max_moves_into: NDArray[np.float64] | None = None
    ids: NDArray[np.uint64] | None = None

    def __post_init__(self) -> None:
        problems: dict[str, str] = {}
        for name, dtype, n_dims in _ARRAYS:
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            array, fault = _as_array(value, dtype, n_dims)
            if fault:
                problems[name] = fault
            object.__setattr__(self, name, array)
        if not problems:
            problems.update(_check_shapes(self))
        if not problems:
            problems.update(_check_values(self))
        if problems:
            raise InputError(problems)

    @property
    def n_units(self) -> int:
        """Units to be placed."""
        return len(self.candidates)

    @property
    def n_territories(self) -> int:
        """Territories, empty ones included."""
        return len(self.lower)

    @property
    def n_measures(self) -> int:
        """Measures that have bands."""
        return int(self.lower.shape[1])

    @property
    def is_candidate(self) -> NDArray[np.bool_]:
        """(n, k) whether there is a territory in that column."""
        return self.candidates >= 0

    @property
    def is_move(self) -> NDArray[np.bool_]:
        """(n, k) whether choosing that column moves the unit."""
        moves = self.candidates >= 0
        if moves.shape[1]:
            moves[:, 0] &= self.costs[:, 0] > 0
        return moves

    @property
    def inner_lower(self) -> NDArray[np.float64]:
        """(T, M) the least load that meets the band, its tolerance included."""
        return self.lower - BAND_TOLERANCE * self.scale

    @property
    def inner_upper(self) -> NDArray[np.float64]:
        """(T, M) the greatest load that meets the band, its tolerance included."""
        return self.upper + BAND_TOLERANCE * self.scale


def may_stay(candidates: NDArray[np.int32], is_move: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) whether column 0 is where the unit is now and may stay."""
    if not candidates.shape[1]:
        return np.zeros(len(candidates), np.bool_)
    stays: NDArray[np.bool_] = (candidates[:, 0] >= 0) & ~is_move[:, 0]
    return stays


def drop_repeats(problem: Problem) -> NDArray[np.int32]:
    """(n, k) candidates, -1 also where a territory is listed a second time at no lower cost."""
    in_order = np.sort(problem.candidates, axis=1)
    repeated = ((in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] >= 0)).any(axis=1)
    rows = np.flatnonzero(repeated)
    if not len(rows):
        return problem.candidates
    candidates, given, costs = problem.candidates.copy(), problem.candidates[rows], problem.costs[rows]
    for j in range(given.shape[1]):
        for other in range(given.shape[1]):
            better = (costs[:, other] < costs[:, j]) | ((costs[:, other] == costs[:, j]) & (other < j))
            candidates[rows[(given[:, other] == given[:, j]) & better], j] = -1
    return candidates


def sum_loads(
    territories: NDArray[np.integer], amounts: NDArray[np.float64], n_territories: int
) -> NDArray[np.float64]:
    """(T, M) the load of every territory, the same to the bit in whatever order the units come."""
    loads = np.zeros((n_territories, amounts.shape[1]))
    for m, values in enumerate(np.ascontiguousarray(amounts.T)):
        # Whole multiples of a power of two add up exactly in 64 bits.
        coarse = _find_step(float(values.max(initial=0.0)), len(values).bit_length())
        step = _find_step(float(np.rint(values / coarse).astype(np.int64).sum()) * coarse)
        sums = np.zeros(n_territories, np.int64)
        np.add.at(sums, territories, np.rint(values / step).astype(np.int64))
        loads[:, m] = sums * step
    return loads


def _find_step(most: float, n_more_bits: int = 0) -> float:
    """Find the power of two of which the sum, so many bits above, is at most 2⁶² (2⁶³ where it was rounded down)."""
    return 2.0 ** (math.frexp(max(most, 2.0**-900))[1] + n_more_bits - 62)


_ARRAYS: tuple[tuple[str, type[np.generic], int], ...] = (
    ("candidates", np.int32, 2),
    ("costs", np.float64, 2),
    ("grades", np.int8, 1),
    ("amounts", np.float64, 2),
    ("lower", np.float64, 2),
    ("upper", np.float64, 2),
    ("scale", np.float64, 2),
    ("max_moves_from", np.float64, 1),
    ("max_moves_into", np.float64, 1),
    ("ids", np.uint64, 1),
)
_OPTIONAL = frozenset({"grades", "max_moves_from", "max_moves_into", "ids"})


def _as_array(value: ArrayLike | None, dtype: type[np.generic], n_dims: int) -> tuple[NDArray[Any], str]:
    """Turn what the caller gave into a contiguous array, or say why it can't be one."""
    nothing: NDArray[Any] = np.zeros((0,) * n_dims, dtype=dtype)
    if value is None:
        return nothing, "is missing"
    try:
        given = np.asarray(value)
        array = np.ascontiguousarray(given, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        return nothing, f"has to be an array of {np.dtype(dtype).name}"
    if array.ndim != n_dims:
        return nothing, f"has to have {n_dims} dimension{'s' * (n_dims > 1)}, not {array.ndim}"
    if np.issubdtype(dtype, np.integer) and given.size and given.dtype.kind not in "iub":
        return nothing, f"has to be whole numbers, not {given.dtype.name}"
    if np.issubdtype(dtype, np.integer) and given.size and not np.array_equal(given, array):
        return nothing, f"has numbers beyond {np.dtype(dtype).name}"
    return array, ""


def _check_shapes(problem: Problem) -> dict[str, str]:
    n, k = problem.candidates.shape
    n_territories, n_measures = problem.lower.shape
    wanted = {
        "costs": (n, k),
        "grades": (n,),
        "amounts": (n, n_measures),
        "upper": (n_territories, n_measures),
        "scale": (n_territories, n_measures),
        "max_moves_from": (n_territories,),
        "max_moves_into": (n_territories,),
        "ids": (n,),
    }
    found = {name: getattr(problem, name) for name in wanted}
    problems = {
        name: f"has shape {found[name].shape}, but {shape} is needed"
        for name, shape in wanted.items()
        if found[name] is not None and found[name].shape != shape
    }
    if k > _MAX_CANDIDATES:
        problems["candidates"] = f"has {k} columns, but {_MAX_CANDIDATES} are the most"
    return problems


def _check_values(problem: Problem) -> dict[str, str]:
    valid = problem.is_candidate
    candidates, costs, grades = problem.candidates, problem.costs, problem.grades
    faults: list[tuple[str, NDArray[np.bool_], str]] = [
        ("candidates", (candidates < -1) | (candidates >= problem.n_territories), "is no territory index and not -1"),
        ("candidates", np.logical_not(valid.any(axis=1)), "has no territory it may go to"),
        ("costs", valid & ~((costs >= 0) & np.isfinite(costs)), "is not a finite number ≥ 0"),
        ("amounts", ~((problem.amounts >= 0) & np.isfinite(problem.amounts)), "is not a finite number ≥ 0"),
        ("lower", np.isnan(problem.lower) | (problem.lower == np.inf), "is no lower bound"),
        ("upper", np.isnan(problem.upper) | (problem.upper == -np.inf), "is no upper bound"),
        ("upper", problem.lower > problem.upper, "is below the lower bound"),
        ("scale", ~((problem.scale > 0) & np.isfinite(problem.scale)), "is not a finite number > 0"),
    ]
    if grades is not None:
        faults.append(("grades", (grades < 0) | (grades > 2), "is not 0 low, 1 medium or 2 high"))
    for name in ("max_moves_from", "max_moves_into"):
        limit = getattr(problem, name)
        if limit is not None:
            faults.append((name, ~(limit >= 0), "is no limit ≥ 0"))
    problems: dict[str, str] = {}
    for name, wrong, what in faults:
        if wrong.any():
            text = _describe(wrong, what)
            problems[name] = f"{problems[name]}; {text}" if name in problems else text
    price = problem.violation_price
    if price is not None and not (price >= 0 and np.isfinite(price)):
        problems["violation_price"] = f"is {price}, but has to be a finite number ≥ 0 or None"
    if problem.max_moves is not None and problem.max_moves < 0:
        problems["max_moves"] = f"is {problem.max_moves}, but has to be ≥ 0 or None"
    return problems


def _describe(wrong: NDArray[np.bool_], what: str) -> str:
    """Name the first few wrong entries by their index and count the rest."""
    where = np.argwhere(wrong)
    shown = ", ".join(str([int(i) for i in index]) for index in where[:_N_SHOWN])
    more = f" and {len(where) - _N_SHOWN} more" if len(where) > _N_SHOWN else ""
    return f"{shown}{more} {what}"
