"""Work on partitions of the units, over any executor, with the same result on all of them.

How the units are cut depends on their number alone, and sums are added in the order of the partitions; so threads,
processes and a cluster agree to the bit. A worker elsewhere keeps the partitions it has seen, so that only prices
go out and sums come back. Where a pool breaks because a worker was killed, it is made again (or replaced by threads
here) and what was lost is sent again.

References
----------
.. [1] J. Dean, S. Ghemawat (2008), MapReduce: simplified data processing on large clusters, Communications of the ACM
   51, doi:10.1145/1327452.1327492 (re-execution as the answer to failures).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from concurrent.futures import BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from evenhand.plan.solver.passes import cheapest_pass, regret_pass, smoothed_pass
from evenhand.plan.solver.pattern import find_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling
    from evenhand.plan.solver.pattern import Curvature

_Result = TypeVar("_Result")
_Arrays = tuple[Any, ...]

_UNITS_PER_PART = 10_000
_MOST_PARTS = 64
_ENTRIES_PER_UNIT = 10
"""A part has at least one unit for so many entries of the curvature, which each part adds up for itself."""
_MOST_KEPT = 128
_MOST_FAILURES = 3
_LOST = frozenset({"KilledWorker", "CommClosedError", "FutureCancelledError", "WorkerClosedError"})
"""Names of the errors by which a cluster says that a worker has gone; the cluster's package may not be installed."""

_kept: OrderedDict[str, _Arrays] = OrderedDict()


class Workforce:
    """An executor that survives the death of its workers."""

    def __init__(self, executor: Executor | None = None) -> None:
        self._own: Executor | None = None
        self._n_failures = 0
        if executor is None:
            executor = self._own = ThreadPoolExecutor(thread_name_prefix="evenhand")
        self._executor = executor

    @property
    def shares_memory(self) -> bool:
        """Whether the workers see the same arrays."""
        return isinstance(self._executor, ThreadPoolExecutor)

    def run(self, function: Callable[..., _Result], tasks: Sequence[tuple[Any, ...]]) -> list[_Result]:
        """Call the function on every task and return the results in the order of the tasks.

        The function may run more than once on a task, so it must only compute.
        """
        results: dict[int, _Result] = {}
        while len(results) < len(tasks):
            missing = [number for number in range(len(tasks)) if number not in results]
            try:
                futures = {number: self._executor.submit(function, *tasks[number]) for number in missing}
                for number, future in futures.items():
                    results[number] = future.result()
            except Exception as error:
                if not _is_lost(error):
                    raise
                self._replace()
        return [results[number] for number in range(len(tasks))]

    def _replace(self) -> None:
        """Make the pool again as it was; after some failures, go on with threads here."""
        self._n_failures += 1
        broken = self._executor
        if isinstance(broken, ProcessPoolExecutor) and self._n_failures <= _MOST_FAILURES:
            self._close()
            self._own = ProcessPoolExecutor(
                getattr(broken, "_max_workers", None), mp_context=getattr(broken, "_mp_context", None)
            )
        elif self._n_failures > _MOST_FAILURES or isinstance(broken, (ProcessPoolExecutor, ThreadPoolExecutor)):
            self._close()
            self._own = ThreadPoolExecutor(thread_name_prefix="evenhand")
        else:
            return  # A cluster replaces its workers itself.
        self._executor = self._own

    def _close(self) -> None:
        if self._own is not None:
            self._own.shutdown(wait=False, cancel_futures=True)
            self._own = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def _is_lost(error: Exception) -> bool:
    return isinstance(error, (BrokenExecutor, CancelledError)) or type(error).__name__ in _LOST


class Smoothed(NamedTuple):
    """Sums over units at prices and a temperature."""

    total: float
    """Smoothed sum of the cheapest candidates."""
    load: NDArray[np.float64]
    """(R,) its slope: the loads of the fractional plan of the units' shares."""
    cost: float
    """What that plan costs."""
    n_undecided: int
    curvature: Curvature
    """Minus its Hessian."""


def add_smoothed(results: Sequence[Smoothed]) -> Smoothed:
    """Add up, in their order."""
    total, load, cost, n_undecided, (blocks, strip) = results[0]
    for other in results[1:]:
        total += other.total
        load += other.load
        cost += other.cost
        n_undecided += other.n_undecided
        blocks += other.curvature[0]
        strip += other.curvature[1]
    return Smoothed(total, load, cost, n_undecided, (blocks, strip))


class Partitions:
    """The units of a level in a fixed number of parts, and passes over them."""

    def __init__(self, coupling: Coupling, workforce: Workforce) -> None:
        self._workforce = workforce
        self.pattern = find_pattern(coupling)
        n_least = max(_UNITS_PER_PART, self.pattern.n_entries // _ENTRIES_PER_UNIT)
        n_parts = min(_MOST_PARTS, max(1, coupling.n_units // n_least))
        edges = [round(coupling.n_units * part / n_parts) for part in range(n_parts + 1)]
        self._parts: list[_Arrays] = [
            (
                coupling.candidates[a:b],
                coupling.costs[a:b],
                coupling.amounts[a:b],
                coupling.counts[a:b],
                self.pattern,
            )
            for a, b in pairwise(edges)
        ]
        self._keys: list[str] | None = None

    def smoothed(self, prices: NDArray[np.float64], temperature: float, stride: int = 0) -> Smoothed:
        """Sum up the units at a temperature.

        The Hessian is estimated from every stride-th unit that is undecided, and empty where the stride is 0.
        """
        return add_smoothed(self._each(_smoothed_part, prices, temperature, stride))

    def cheapest(self, prices: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Sum of the cheapest candidates, and the loads they make."""
        results = self._each(_cheapest_part, prices)
        total = sum(result[0] for result in results)
        load = np.sum([result[1] for result in results], axis=0)
        return total, load

    def regrets(self, prices: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Each unit's cheapest column and how much dearer the second is."""
        results = self._each(_regret_part, prices)
        return np.concatenate([r[0] for r in results]), np.concatenate([r[1] for r in results])

    def _each(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        if len(self._parts) == 1 and self._workforce.shares_memory:
            return [function(self._parts[0], *arguments)]
        if self._workforce.shares_memory:
            return self._workforce.run(function, [(part, *arguments) for part in self._parts])
        if self._keys is None:
            self._keys = [_hash_arrays(part) for part in self._parts]
        keys = self._keys
        results = self._workforce.run(_on_kept, [(key, None, function, arguments) for key in keys])
        unknown = [number for number, result in enumerate(results) if result is None]
        if unknown:
            sent = [(keys[number], self._parts[number], function, arguments) for number in unknown]
            for number, result in zip(unknown, self._workforce.run(_on_kept, sent), strict=True):
                results[number] = result
        return results


def _hash_arrays(arrays: _Arrays) -> str:
    digest = hashlib.blake2b(digest_size=16)
    *units, pattern = arrays
    for array in (*units, pattern.block_of):
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _on_kept(key: str, arrays: _Arrays | None, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Run on a partition that this worker has, or is sent now; None where it has it not."""
    if arrays is not None:
        _kept[key] = arrays
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    kept = _kept.get(key)
    return None if kept is None else function(kept, *arguments)


def _smoothed_part(part: _Arrays, prices: NDArray[np.float64], temperature: float, stride: int) -> Smoothed:
    *arrays, pattern = part
    load = np.zeros(len(prices))
    blocks, strip = pattern.make_curvature() if stride else (np.empty((0, 0, 0)), np.empty((0, 0)))
    rest = prices, temperature, stride, load, pattern.block_of, blocks, strip
    total, cost, n_undecided = smoothed_pass(*arrays, *rest)  # type: ignore[call-arg]  # the part is the first arguments
    return Smoothed(total, load, cost, n_undecided, (blocks, strip))


def _cheapest_part(part: _Arrays, prices: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    load = np.zeros(len(prices))
    return cheapest_pass(*part[:-1], prices, load), load  # type: ignore[call-arg]  # the part is the first arguments


def _regret_part(part: _Arrays, prices: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    n = len(part[0])
    best, margin = np.empty(n, np.int32), np.empty(n)
    regret_pass(*part[:-1], prices, best, margin)  # type: ignore[call-arg]  # the part is the first arguments
    return best, margin
