"""What goes in and out of a contender's process. NumPy alone, so that any interpreter can run it."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Task:
    """One problem with a limit."""

    arrays: dict[str, Any]
    seconds: float | None
    """The most seconds for the search; making the model isn't counted. None: no limit."""
    is_elastic: bool
    """The bands can't be met: don't look for a plan inside them, violate them least."""
    options: dict[str, Any]

    @property
    def grades(self) -> Any:
        """(n,) 0 low, 1 medium, 2 high; None where costs alone count."""
        return self.arrays.get("grades")

    @property
    def start(self) -> np.ndarray:
        """(n,) the column of the present territory, or the cheapest where the unit may not stay."""
        valid = self.arrays["candidates"] >= 0
        return np.where(valid, self.arrays["costs"], np.inf).argmin(axis=1)

    @property
    def is_move(self) -> np.ndarray:
        """(n, k) whether choosing that column moves the unit."""
        moves = self.arrays["candidates"] >= 0
        moves[:, 0] &= self.arrays["costs"][:, 0] > 0
        return moves

    def levels(self) -> list[tuple[str, np.ndarray]]:
        """Name the levels after violation, most important first, with the (n, k) cost of each choice."""
        costs = np.where(self.arrays["candidates"] >= 0, self.arrays["costs"], 0.0)
        if self.grades is None:
            return [("cost", costs)]
        counted = [
            (name, (self.is_move & (self.grades == grade)[:, None]).astype(np.float64))
            for name, grade in (("high", 2), ("medium", 1), ("low", 0))
        ]
        return [*counted, ("cost", costs)]


@dataclass
class Answer:
    """What a contender hands back."""

    assignment: np.ndarray | None
    """(n,) the territory of every unit; None where it found no plan."""
    status: str
    seconds: float
    """Seconds of the search."""
    build_seconds: float = 0.0
    """Seconds of making the model, before."""
    own_bound: float | None = None
    """The lower bound that it claims for the last level."""
    version: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    search_cpu: float | None = None
    """Processor seconds of the search, all threads of the process together."""


class Clock:
    """Seconds since the start, and what is left of the limit."""

    def __init__(self, seconds: float | None) -> None:
        self.limit = seconds
        self.started = time.perf_counter()
        self.cpu_started = time.process_time()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of this process since the start."""
        return time.process_time() - self.cpu_started

    @property
    def left(self) -> float:
        """Seconds left; inf without a limit."""
        return float("inf") if self.limit is None else max(0.0, self.limit - self.seconds)


def run_contender(answer_task: Callable[[Task], Answer]) -> None:
    """Read the task named on the command line, have it answered, write the answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("problem", type=Path)
    parser.add_argument("answer", type=Path)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--elastic", action="store_true")
    parser.add_argument("--options", type=json.loads, default={})
    given = parser.parse_args()
    with np.load(given.problem) as archive:
        arrays = {name: archive[name] for name in archive.files}
    answer = answer_task(Task(arrays, given.seconds, given.elastic, given.options))
    if answer.assignment is not None:
        np.save(given.answer.with_suffix(".npy"), answer.assignment.astype(np.int32))
    said = {name: value for name, value in vars(answer).items() if name != "assignment"}
    given.answer.with_suffix(".json").write_text(json.dumps(said))
