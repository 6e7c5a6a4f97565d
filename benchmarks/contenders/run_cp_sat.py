"""OR-Tools CP-SAT on the same model in whole numbers, started from the present plan, on two workers.

The amounts of the instances are whole thousandths and their costs whole ten-thousandths, so nothing is rounded but
the scale of violation (to a millionth).
"""

from __future__ import annotations

import numpy as np
import ortools
from ortools.sat.python import cp_model

from benchmarks.contenders.exchange import Answer, Clock, Task, run_contender

AMOUNT_STEPS = 1_000
COST_STEPS = 10_000
VIOLATION_STEPS = 1e9
N_WORKERS = 2


class Model:
    """The model in CP-SAT, solved level by level."""

    def __init__(self, task: Task, *, is_elastic: bool) -> None:
        arrays = task.arrays
        candidates = arrays["candidates"]
        self.candidates, self.model = candidates, cp_model.CpModel()
        self.units, self.columns = np.nonzero(candidates >= 0)
        self.start = task.start
        self.x = [self.model.new_bool_var("") for _ in self.units]
        first = np.searchsorted(self.units, np.arange(len(candidates) + 1))
        for i in range(len(candidates)):
            self.model.add_exactly_one(self.x[first[i] : first[i + 1]])
        amounts = np.rint(arrays["amounts"] * AMOUNT_STEPS).astype(np.int64)
        territories = candidates[self.units, self.columns]
        slacks, weights = [], []
        order = np.argsort(territories, kind="stable")
        ends = np.searchsorted(territories[order], np.arange(len(arrays["scale"]) + 1))
        for t, scale in enumerate(arrays["scale"]):
            here = order[ends[t] : ends[t + 1]]
            variables = [self.x[v] for v in here]
            for m in range(amounts.shape[1]):
                load = cp_model.LinearExpr.weighted_sum(variables, amounts[self.units[here], m].tolist())
                steps = arrays["lower"][t, m] * AMOUNT_STEPS, arrays["upper"][t, m] * AMOUNT_STEPS
                lower, upper = int(np.ceil(steps[0] - 1e-6)), int(np.floor(steps[1] + 1e-6))
                if is_elastic:
                    slack = self.model.new_int_var(0, int(amounts[:, m].sum()), "")
                    slacks.append(slack)
                    weights.append(max(1, round(VIOLATION_STEPS / (scale[m] * AMOUNT_STEPS))))
                    self.model.add(load <= upper + slack)
                    self.model.add(load >= lower - slack)
                else:
                    self.model.add_linear_constraint(load, lower, upper)
        self.levels = []
        if is_elastic:
            self.levels.append(("violation", VIOLATION_STEPS, cp_model.LinearExpr.weighted_sum(slacks, weights)))
        for name, costs in task.levels():
            steps = COST_STEPS if name == "cost" else 1
            whole = np.rint(costs[self.units, self.columns] * steps).astype(np.int64)
            used = np.flatnonzero(whole)
            expression = cp_model.LinearExpr.weighted_sum([self.x[v] for v in used], whole[used].tolist())
            self.levels.append((name, float(steps), expression))

    def hint(self, columns: np.ndarray) -> None:
        """Start from these columns."""
        self.model.clear_hints()
        for variable, is_on in zip(self.x, columns[self.units] == self.columns, strict=True):
            self.model.add_hint(variable, bool(is_on))


def answer_task(task: Task) -> Answer:
    """Solve with hard bands; without, where it proves that there is nothing inside them."""
    built = Clock(None)
    model = Model(task, is_elastic=task.is_elastic)
    model.hint(model.start)
    build_seconds = built.seconds
    clock = Clock(task.seconds)
    columns, status, bound = _solve_in_order(model, clock)
    if status == "INFEASIBLE" and not task.is_elastic:
        model = Model(task, is_elastic=True)
        model.hint(model.start)
        columns, status, bound = _solve_in_order(model, clock)
    assignment = None if columns is None else model.candidates[np.arange(len(columns)), columns]
    return Answer(assignment, status.lower(), clock.seconds, build_seconds, bound, ortools.__version__)


def _solve_in_order(model: Model, clock: Clock) -> tuple[np.ndarray | None, str, float | None]:
    columns, status, bound = None, "", None
    for place, (_, steps, expression) in enumerate(model.levels):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = N_WORKERS
        if np.isfinite(clock.left):
            solver.parameters.max_time_in_seconds = clock.left
        model.model.minimize(expression)
        code = solver.solve(model.model)
        status = solver.status_name(code)
        if code not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return columns, status if columns is None else "feasible", None
        is_on = np.array(solver.values(_as_series(model.x)), dtype=bool)
        columns = np.zeros(len(model.candidates), np.int64)
        columns[model.units[is_on]] = model.columns[is_on]
        bound = solver.best_objective_bound / steps if place == len(model.levels) - 1 else None
        if code != cp_model.OPTIMAL or clock.left <= 0:
            break
        if place < len(model.levels) - 1:
            model.model.add(expression <= round(solver.objective_value))
            model.hint(columns)
    return columns, status, bound


def _as_series(variables: list[cp_model.IntVar]) -> object:
    import pandas as pd  # noqa: PLC0415 - comes with OR-Tools

    return pd.Series(variables)


if __name__ == "__main__":
    run_contender(answer_task)
