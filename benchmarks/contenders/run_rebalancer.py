"""Meta's ``rebalancer``, local search. Run as a script by a Python 3.12+ that has ``rebalancer`` and NumPy alone.

The levels are goals in strict order (its goal tuples), with violation as its CapacitySpec relative to the scale, and
cost as affinities. Eligibility is a dynamic dimension with a limit of nothing, as its documentation advises where most
pairs are forbidden. Capacity as goals finds better plans than as constraints, which keep to the bands that hold at the
start. Moves: ``advised`` is the starting set of its documentation (single, swap, triple loop); ``tuned`` leaves out the
triple loop (objects³) and looks for at most a tenth of a second per move, which was the best of eight settings at 1,000
units; above 10,000 units swaps are sampled, as the documentation advises.
"""

from __future__ import annotations

import math
from importlib.metadata import version

import numpy as np
from exchange import Answer, Clock, Task, run_contender  # beside this script: the project isn't in this environment
from rebalancer import ProblemSolver

ABSOLUTE, RELATIVE = 1, 2
BOUNDS = {"MAX": (1, "upper"), "MIN": (2, "lower")}
SWAP_ALL_UP_TO = 10_000
SAMPLE = 100
SECONDS_PER_MOVE = 0.1
SINGLE, TRIPLE = {"singleMoveTypeSpec": {}}, {"tripleLoopMoveTypeSpec": {}}


def answer_task(task: Task) -> Answer:
    """State the problem in rebalancer's terms and search."""
    clock = Clock(None)
    arrays = task.arrays
    candidates, scale = arrays["candidates"], arrays["scale"]
    units = [f"u{i}" for i in range(len(candidates))]
    territories = [f"t{t}" for t in range(len(scale))]
    start = candidates[np.arange(len(candidates)), task.start]
    solver = ProblemSolver(service_name="benchmark", service_scope="benchmark")
    solver.set_object_name("unit").set_container_name("territory")
    solver.set_log_level("ERR")
    solver.disable_solution_summary()
    holding: dict[str, list[str]] = {territory: [] for territory in territories}
    for unit, t in zip(units, start, strict=True):
        holding[territories[t]].append(unit)
    solver.set_assignment(holding)
    _forbid_others(solver, candidates, units, territories)
    _add_violation(solver, task, units, territories)
    _add_levels(solver, task, units, territories)
    seconds = None if task.seconds is None else math.ceil(task.seconds)
    solver.add_solver({"localSearchSolverSpec": _describe_search(task.options["moves"], len(units), seconds)})
    build_seconds = clock.seconds
    clock = Clock(None)
    found = solver.solve()["assignment"]
    assignment = np.array([int(found[unit][1:]) for unit in units])
    is_late = seconds is not None and clock.seconds >= seconds
    status = "time limit" if is_late else "local optimum"
    return Answer(assignment, status, clock.seconds, build_seconds, version=version("rebalancer"))


def _describe_search(moves: str, n_units: int, seconds: int | None) -> dict[str, object]:
    sample = {} if n_units <= SWAP_ALL_UP_TO else {"sampleSize": {"defaultSampleSize": SAMPLE}}
    search: dict[str, object] = {"moveTypeList": [SINGLE, {"swapMoveTypeSpec": sample}]}
    if moves == "advised":
        search["moveTypeList"] = [SINGLE, {"swapMoveTypeSpec": sample}, TRIPLE]
    else:
        search["timePerMove"] = SECONDS_PER_MOVE
    if seconds is not None:
        search["solveTime"] = seconds
    return search


def _forbid_others(solver: ProblemSolver, candidates: np.ndarray, units: list[str], territories: list[str]) -> None:
    allowed: dict[str, dict[str, float]] = {territory: {} for territory in territories}
    for unit, row in zip(units, candidates.tolist(), strict=True):
        for t in row:
            if t >= 0:
                allowed[territories[t]][unit] = 0.0
    solver.add_dynamic_object_dimension("forbidden", "territory", allowed, 1.0)
    limit = {"type": ABSOLUTE, "globalLimit": 0.0}
    spec = {"name": "eligible", "scope": "territory", "dimension": "forbidden", "limit": limit}
    solver.add_constraint({"capacitySpec": spec})


def _add_violation(solver: ProblemSolver, task: Task, units: list[str], territories: list[str]) -> None:
    scale = task.arrays["scale"]
    for m in range(scale.shape[1]):
        name = f"measure{m}"
        solver.add_object_dimension(name, dict(zip(units, task.arrays["amounts"][:, m].tolist(), strict=True)))
        solver.add_container_dimension(name, dict(zip(territories, scale[:, m].tolist(), strict=True)))
        for bound, (code, side) in BOUNDS.items():
            share = task.arrays[side][:, m] / scale[:, m]
            limit = {"type": RELATIVE, "scopeItemLimits": dict(zip(territories, share.tolist(), strict=True))}
            spec = {"name": bound + name, "scope": "territory", "dimension": name, "bound": code, "limit": limit}
            solver.add_goal({"capacitySpec": spec}, 1.0, 0)


def _add_levels(solver: ProblemSolver, task: Task, units: list[str], territories: list[str]) -> None:
    candidates = task.arrays["candidates"]
    for place, (name, costs) in enumerate(task.levels(), start=1):
        rows, columns = np.nonzero((costs > 0) & (candidates >= 0))
        affinities = [
            {"objectName": units[i], "scopeItemName": territories[t], "affinity": -cost}
            for i, t, cost in zip(
                rows.tolist(), candidates[rows, columns].tolist(), costs[rows, columns].tolist(), strict=True
            )
        ]
        spec = {"name": name, "scope": "territory", "affinities": affinities}
        solver.add_goal({"assignmentAffinitiesSpec": spec}, 1.0, place)


if __name__ == "__main__":
    run_contender(answer_task)
