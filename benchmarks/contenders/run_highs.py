"""HiGHS on the same model, as a linear programme (the bar of speed) or with whole units.

One variable a unit and candidate, one row a unit, one row a territory and measure. First with hard bands. Where that
has no solution, or the task says so, every row of a band has two slacks, and violation is minimised first. Every
further level of the order is minimised with the ones before held at their least (lexicographic by stages).
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from benchmarks.contenders.exchange import Answer, Clock, Task, run_contender

HOLD = 1e-9
"""What a finished level may be exceeded by, relative, while the next is minimised."""


class Model:
    """The model in HiGHS, solved level by level."""

    def __init__(self, task: Task, *, is_elastic: bool) -> None:
        arrays = task.arrays
        candidates, amounts, scale = arrays["candidates"], arrays["amounts"], arrays["scale"]
        n_units, n_territories = len(candidates), len(scale)
        self.task, self.is_elastic = task, is_elastic
        self.units, self.columns = np.nonzero(candidates >= 0)
        self.territories = candidates[self.units, self.columns]
        n_choices, n_measures = len(self.units), amounts.shape[1]
        n_rows = n_units + n_territories * n_measures
        choice = np.arange(n_choices)
        ones = [np.ones(n_choices)]
        rows, cols = [self.units], [choice]
        for m in range(n_measures):
            rows.append(n_units + self.territories * n_measures + m)
            cols.append(choice)
            ones.append(amounts[self.units, m])
        n_slacks = 2 * n_territories * n_measures if is_elastic else 0
        for s, sign in enumerate((1.0, -1.0)) if is_elastic else ():
            rows.append(n_units + np.arange(n_territories * n_measures))
            cols.append(n_choices + s * n_territories * n_measures + np.arange(n_territories * n_measures))
            ones.append(np.full(n_territories * n_measures, sign))
        shape = (n_rows, n_choices + n_slacks)
        entries = (np.concatenate(ones), (np.concatenate(rows), np.concatenate(cols)))
        matrix = sparse.csc_matrix(entries, shape=shape)
        self.violation = np.concatenate([np.zeros(n_choices), np.tile(1.0 / scale.ravel(), 2 if is_elastic else 0)])
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = shape
        lp.col_cost_ = np.zeros(shape[1])
        lp.col_lower_ = np.zeros(shape[1])
        lp.col_upper_ = np.concatenate([np.ones(n_choices), np.full(n_slacks, highspy.kHighsInf)])
        lp.row_lower_ = np.concatenate([np.ones(n_units), arrays["lower"].ravel()])
        lp.row_upper_ = np.concatenate([np.ones(n_units), arrays["upper"].ravel()])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        if task.options["kind"] == "mip":
            whole = [highspy.HighsVarType.kInteger] * n_choices
            lp.integrality_ = whole + [highspy.HighsVarType.kContinuous] * n_slacks
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        if "method" in task.options:
            self.solver.setOptionValue("solver", task.options["method"])
        self.solver.setOptionValue("mip_rel_gap", task.options.get("gap", 1e-4))
        self.solver.passModel(lp)

    def stages(self) -> list[tuple[str, np.ndarray]]:
        """Name the levels with the cost of every variable, violation first where there are slacks."""
        n_slacks = len(self.violation) - len(self.units)
        levels = [
            (name, np.concatenate([costs[self.units, self.columns], np.zeros(n_slacks)]))
            for name, costs in self.task.levels()
        ]
        return [("violation", self.violation), *levels] if self.is_elastic else levels

    def minimise(self, costs: np.ndarray, seconds: float) -> str:
        """Minimise one level; its status by HiGHS's name."""
        every = np.arange(len(costs), dtype=np.int32)
        self.solver.changeColsCost(len(costs), every, costs)
        if np.isfinite(seconds):
            self.solver.setOptionValue("time_limit", self.solver.getRunTime() + seconds)
        self.solver.run()
        return self.solver.modelStatusToString(self.solver.getModelStatus())

    @property
    def value(self) -> float:
        """The objective of the last solution."""
        return self.solver.getInfo().objective_function_value

    @property
    def bound(self) -> float:
        """What HiGHS has proved about the last level."""
        is_mip = self.task.options["kind"] == "mip"
        return self.solver.getInfo().mip_dual_bound if is_mip else self.value

    @property
    def has_solution(self) -> bool:
        """Whether there is a feasible solution."""
        return self.solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible

    def hold(self, costs: np.ndarray, value: float) -> None:
        """Keep a finished level at its value."""
        used = np.flatnonzero(costs).astype(np.int32)
        limit = value + HOLD * max(1.0, abs(value))
        self.solver.addRow(-highspy.kHighsInf, limit, len(used), used, costs[used])

    def read_columns(self) -> np.ndarray:
        """Read the largest share of each unit: (variables,) → (n,) territory."""
        x = np.array(self.solver.getSolution().col_value)[: len(self.units)]
        order = np.lexsort((x, self.units))
        last = np.flatnonzero(np.diff(self.units[order], append=-1))
        return self.territories[order[last]]


def answer_task(task: Task) -> Answer:
    """Solve with hard bands; without, where there is nothing inside them."""
    built = Clock(None)
    model = Model(task, is_elastic=task.is_elastic)
    build_seconds = built.seconds
    clock = Clock(task.seconds)
    assignment, status, figures, bound = _solve_in_order(model, clock)
    if status == "Infeasible" and not model.is_elastic:
        model = Model(task, is_elastic=True)
        assignment, status, figures, bound = _solve_in_order(model, clock)
    is_plan = assignment is not None and task.options["kind"] == "mip"
    return Answer(
        assignment if is_plan else None,
        status.lower(),
        clock.seconds,
        build_seconds,
        search_cpu=clock.cpu_seconds,
        own_bound=bound,
        version=model.solver.version(),
        figures=figures | {"is_elastic": model.is_elastic},
    )


def _solve_in_order(model: Model, clock: Clock) -> tuple[np.ndarray | None, str, dict[str, float], float | None]:
    assignment, status, bound = None, "", None
    figures: dict[str, float] = {}
    stages = model.stages()
    for place, (name, costs) in enumerate(stages):
        status = model.minimise(costs, clock.left)
        if not model.has_solution:
            return assignment, status, figures, None
        assignment = model.read_columns()
        figures[name] = model.value
        bound = model.bound if place == len(stages) - 1 else None
        if clock.left <= 0 or status != "Optimal":
            return assignment, status, figures, bound
        if place < len(stages) - 1:
            whole = model.solver.getSolution()
            model.hold(costs, model.value)
            model.solver.setSolution(whole)
    return assignment, status, figures, bound


if __name__ == "__main__":
    run_contender(answer_task)
