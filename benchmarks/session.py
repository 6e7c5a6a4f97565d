"""One run of a set of benchmarks: where its rows go, what it may take, and how one process becomes a row."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import machine, tables
from benchmarks.measure import Contender, judge, read_certificate, run_contender, write_problem

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from benchmarks.instances import Instance
    from evenhand.plan.solver import Problem

Row = dict[str, Any]


def own_contender(gap: float, **options: object) -> Contender:
    """Evenhand, told to stop at a gap."""
    return Contender("Evenhand", "run_evenhand", {"gap": gap} | options)


@dataclass
class Session:
    """Where the rows go, and what the run may take."""

    path: Path
    scratch: Path
    cap_seconds: float
    """The most seconds a rival is given."""
    own_seconds: float
    """The most seconds Evenhand is given."""
    linear_seconds: float
    """The most seconds a linear programme is given, which otherwise runs to its end."""
    ends_at: float
    """No new process starts after this moment."""
    rows: list[Row] = field(default_factory=list)
    problem: Problem | None = None

    def add(self, row: Row) -> Row:
        """Keep a row, write all, and print it in a line."""
        self.rows.append(row)
        self.save()
        print(tables.describe_row(row), flush=True)
        return row

    def save(self) -> None:
        """Write all rows."""
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps({"machine": machine.describe(), "rows": self.rows}, indent=1) + "\n")

    def has(self, **wanted: object) -> bool:
        """Whether a row with these fields is there from before."""
        return any(all(row.get(name) == value for name, value in wanted.items()) for row in self.rows)

    @property
    def is_over(self) -> bool:
        """Whether it is too late to start another process."""
        return time.time() >= self.ends_at

    @property
    def certificate(self) -> Path:
        """Where Evenhand's process writes its certificate of the problem that is set."""
        return self.scratch / "certificate"

    def set_problem(self, instance: Instance) -> None:
        """Write the problem that the next processes solve."""
        self.certificate.unlink(missing_ok=True)
        self.problem = write_problem(instance, self.scratch / "problem.npz")

    def solve(
        self, contender: Contender, row: Row, seconds: float | None, *, is_elastic: bool = False
    ) -> tuple[Row, np.ndarray | None]:
        """Have the problem solved, measure and judge it; the row with what was found, and the plan."""
        row = row | {"contender": contender.name, "budget_seconds": seconds, "load": os.getloadavg()[0]}
        if contender.absence is not None:
            return row | {"status": "not run here", "error": contender.absence}, None
        places = self.scratch / "problem.npz", self.scratch / "answer"
        said, plan, usage = run_contender(contender, *places, seconds, is_elastic=is_elastic)
        row |= said | {"wall": usage.wall_seconds, "cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib}
        if plan is not None and self.problem is not None:
            row["plan"] = judge(self.problem, plan, read_certificate(self.certificate))
        return row, plan
