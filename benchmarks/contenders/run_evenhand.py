"""Evenhand's own solver: threads here, processes, or a Dask cluster on loopback."""

from __future__ import annotations

import contextlib
import pickle
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders.exchange import Answer, Clock, Task, run_contender
from benchmarks.instances import make_instance
from evenhand import __version__
from evenhand.plan.solver import Problem, Result, Stop, solve, solve_frontier

if TYPE_CHECKING:
    from collections.abc import Iterator

N_WORKERS = 2


def answer_task(task: Task) -> Answer:
    """Solve once, or once for each tolerance of a frontier."""
    wanted = task.options
    problem = Problem(grades=task.grades, **{name: value for name, value in task.arrays.items() if name != "grades"})
    stop = Stop(gap=wanted.get("gap", 1e-3), seconds=task.seconds, work=wanted.get("work"))
    _warm_up(with_grades=task.grades is not None)
    with open_executor(wanted.get("executor")) as executor:
        clock = Clock(None)
        if "tolerances" in wanted:
            return _run_frontier(problem, stop, wanted["tolerances"], clock)
        result = solve(problem, stop, seed=wanted.get("seed", 0), executor=executor)
        seconds, cpu = clock.seconds, clock.cpu_seconds
    if "certificate" in wanted:
        Path(wanted["certificate"]).write_bytes(pickle.dumps(result.prices))
    return Answer(
        result.assignment,
        result.status,
        seconds,
        search_cpu=cpu,
        own_bound=result.bound,
        version=__version__,
        figures=_describe(result),
    )


def _describe(result: Result) -> dict[str, object]:
    clash = result.clash
    return {"n_work": result.n_work, "solver_bounds": result.solver_bounds, "has_clash": clash is not None}


def _run_frontier(problem: Problem, stop: Stop, tolerances: list[float], clock: Clock) -> Answer:
    """Trace the frontier, and solve at the middle tolerance alone and cold: both to the same gap.

    Small problems are proved to the last alone, but not on a frontier: the gaps of both say so.
    """
    target = (problem.lower + problem.upper) / 2
    middle = tolerances[len(tolerances) // 2]

    def at(tolerance: float) -> Problem:
        return replace(problem, lower=target * (1 - tolerance), upper=target * (1 + tolerance))

    before = time.process_time()
    alone = solve(at(middle), stop, seed=0)
    single = {"single_seconds": clock.seconds, "single_cpu": time.process_time() - before, "single_gap": alone.gap}
    began, before = clock.seconds, time.process_time()
    # Ten tolerances share what ten solves of the single one's seconds would take.
    shared = stop if stop.seconds is None else replace(stop, seconds=stop.seconds * len(tolerances))
    results = solve_frontier([at(tolerance) for tolerance in tolerances], shared, seed=0)
    whole = {"frontier_seconds": clock.seconds - began, "frontier_cpu": time.process_time() - before}
    points = [
        {
            "tolerance": tolerance,
            "cost": result.cost,
            "violation": result.violation,
            "gap": result.gap,
            "status": result.status,
            "seconds": result.seconds,
        }
        for tolerance, result in zip(tolerances, results, strict=True)
    ]
    figures = single | whole | {"points": points}
    return Answer(alone.assignment, alone.status, clock.seconds, version=__version__, figures=figures)


@contextlib.contextmanager
def open_executor(name: str | None) -> Iterator[Executor | None]:
    """Open the executor of that name; None for the solver's own choice."""
    if name is None:
        yield None
    elif name == "threads":
        with ThreadPoolExecutor(N_WORKERS) as executor:
            yield executor
    elif name == "processes":
        with ProcessPoolExecutor(N_WORKERS) as executor:
            yield executor
    else:
        from distributed import Client, LocalCluster  # noqa: PLC0415 - an optional extra

        with (
            LocalCluster(
                n_workers=N_WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client.get_executor()


def _warm_up(*, with_grades: bool) -> None:
    """Load what is compiled once per machine, on a problem of 600 units that isn't counted."""
    made = make_instance(n_units=600, n_territories=4, n_candidates=3, with_grades=with_grades)
    solve(Problem(**vars(made)), Stop(gap=0.2, seconds=2))


if __name__ == "__main__":
    run_contender(answer_task)
