"""Published instances with known optima: the generalised assignment problems of OR-Library.

J. E. Beasley, "OR-Library: distributing test problems by electronic mail", Journal of the Operational Research Society
41 (1990) 1069–1072; the page "Generalised assignment problem" there names the sources and the optima of gap1 to gap12.
The files aren't kept here: save gap1.txt … gap12.txt (and single instances named as c05100) in a folder and say
``python -m benchmarks.run --full --or-library FOLDER``.

A job's weight depends on the agent there. That is a territory problem with a measure for every agent: unit i brings
a(i, t) of measure t, and territory t has an upper bound on measure t alone. Nobody is anywhere at first, so every
choice costs something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.instances import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_PROFITS = {
    "gap1": (336, 327, 339, 341, 326),
    "gap2": (434, 436, 420, 419, 428),
    "gap3": (580, 564, 573, 570, 564),
    "gap4": (656, 644, 673, 647, 664),
    "gap5": (563, 558, 564, 568, 559),
    "gap6": (761, 759, 758, 752, 747),
    "gap7": (942, 949, 968, 945, 951),
    "gap8": (1133, 1134, 1141, 1117, 1127),
    "gap9": (709, 717, 712, 723, 706),
    "gap10": (958, 963, 960, 947, 947),
    "gap11": (1139, 1178, 1195, 1171, 1171),
    "gap12": (1451, 1449, 1433, 1447, 1446),
}
"""File → largest total profit of each of its problems."""

LEAST_COSTS = {
    "c05100": 1931,
    "c10100": 1402,
    "c20100": 1243,
    "c05200": 3456,
    "c10200": 2806,
    "c20200": 2391,
    "d05100": 6353,
    "d05200": 12742,
}
"""Single instance → least total cost, where it is proved."""


def find_published(folder: Path) -> Iterator[tuple[str, Instance, float]]:
    """Read what is in the folder: name, instance, and the known least cost (profits turned into costs)."""
    for name, optima in LARGEST_PROFITS.items():
        path = folder / f"{name}.txt"
        if not path.exists():
            continue
        numbers = np.array(path.read_text().split(), dtype=np.int64)
        place = 1
        for number, optimum in enumerate(optima, start=1):
            profits, weights, capacities, place = _read_one(numbers, place)
            highest = int(profits.max())
            least = highest * profits.shape[1] - optimum
            yield f"{name}-{number}", _state(highest - profits, weights, capacities), float(least)
    for name, optimum in LEAST_COSTS.items():
        path = folder / name
        if path.exists():
            costs, weights, capacities, _ = _read_one(np.array(path.read_text().split(), dtype=np.int64), 0)
            yield name, _state(costs, weights, capacities), float(optimum)


def _read_one(numbers: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    n_agents, n_jobs = (int(number) for number in numbers[place : place + 2])
    place += 2
    size = n_agents * n_jobs
    first, second = (
        numbers[place + s * size : place + (s + 1) * size].reshape(n_agents, n_jobs).astype(np.float64) for s in (0, 1)
    )
    place += 2 * size
    return first, second, numbers[place : place + n_agents].astype(np.float64), place + n_agents


def _state(costs: np.ndarray, weights: np.ndarray, capacities: np.ndarray) -> Instance:
    """State (agents, jobs) costs and weights as a territory problem. The first column is no unit's present place."""
    n_agents, n_jobs = costs.shape
    candidates = np.tile(np.arange(-1, n_agents, dtype=np.int32), (n_jobs, 1))
    upper = np.full((n_agents, n_agents), np.inf)
    np.fill_diagonal(upper, capacities)
    return Instance(
        candidates=candidates,
        costs=np.concatenate([np.zeros((n_jobs, 1)), costs.T], axis=1),
        grades=None,
        amounts=np.ascontiguousarray(weights.T),
        lower=np.full((n_agents, n_agents), -np.inf),
        upper=upper,
        scale=np.tile(capacities[:, None], (1, n_agents)),
        violation_price=None,
    )
