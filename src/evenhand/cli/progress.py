"""Showing how far long work has come, on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evenhand.plan.solver import Progress as SolverProgress

_EVERY_SECONDS = 2.0

_LEVELS = {
    "violation": "bands",
    "high": "high moves",
    "medium": "medium moves",
    "low": "low moves",
    "cost": "alignment",
}


@contextmanager
def show_steps(title: str) -> Iterator[Callable[[str, float], None]]:
    """Show a bar with what is being done; without a terminal, a line now and then."""
    if not sys.stderr.isatty():
        told = [time.monotonic()]

        def print_step(what: str, share: float) -> None:
            if time.monotonic() - told[0] >= _EVERY_SECONDS:
                told[0] = time.monotonic()
                sys.stderr.write(f"{title}: {what} ({share:.0%})\n")

        yield print_step
        return
    with _bar() as progress:
        task = progress.add_task(title, total=1.0)

        def show(what: str, share: float) -> None:
            progress.update(task, completed=share, description=f"{title}: {what}")

        yield show


@contextmanager
def show_solve() -> Iterator[Callable[[SolverProgress], None]]:
    """Show the level being solved, what the plan has and the least that is proved necessary."""
    last = [0.0]

    def words(step: SolverProgress) -> str:
        part = f" (part {step.part + 1} of {step.n_parts})" if step.n_parts > 1 else ""
        return f"planning: {_LEVELS.get(step.level, step.level)}{part} {step.value:,.6g}, at least {step.bound:,.6g}"

    if not sys.stderr.isatty():

        def print_step(step: SolverProgress) -> None:
            if step.seconds - last[0] >= _EVERY_SECONDS:
                last[0] = step.seconds
                sys.stderr.write(f"{words(step)}\n")

        yield print_step
        return
    with _bar() as progress:
        task = progress.add_task("planning", total=None)

        def show(step: SolverProgress) -> None:
            if time.monotonic() - last[0] > 0.1:
                last[0] = time.monotonic()
                progress.update(task, description=words(step))

        yield show


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
