"""What is measured on Evenhand alone: growth, executors, frontier, published optima; and the product's other parts."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import cases
from benchmarks.cases import Case
from benchmarks.instances import Instance, make_instance
from benchmarks.measure import watch_process
from benchmarks.published import find_published
from benchmarks.session import own_contender

if TYPE_CHECKING:
    from benchmarks.session import Session

HERE = Path(__file__).resolve().parent
EXECUTORS = ("none", "threads", "processes", "dask")
PUBLISHED_SECONDS = 10.0
"""What Evenhand is given for each published instance."""
PART_SECONDS = 600.0
PARTS = (
    (
        "admit 1M accounts and 5M opportunities",
        ("bench_admit.py", "make", "{export}", "--accounts", "1000000"),
        ("bench_admit.py", "admit", "{export}"),
    ),
    ("make a firm of 50k accounts and write its files", (), ("bench_sample.py", "--sizes", "50000x100")),
    ("diagnose 100k accounts and 1M opportunities", (), ("bench_diagnose.py",)),
)
"""What the other parts are measured on: name, what is done first uncounted, the command."""


def run_scaling(sizes: tuple[int, ...], session: Session) -> None:
    """Solve at a thousand units a territory, for the exponents of time and memory."""
    for n_units in sizes:
        if session.is_over or session.has(group="scaling", n_units=n_units):
            continue
        session.set_problem(cases.scaling_instance(n_units))
        own = own_contender(cases.GAP_BARS["1M"], certificate=str(session.certificate))
        row, _ = session.solve(own, {"group": "scaling", "n_units": n_units}, session.own_seconds)
        session.add(row)


def run_executors(n_units: int, gap: float, session: Session) -> None:
    """Solve to the same gap from the same seed on every executor: are the plans the same to the byte?"""
    if session.is_over or session.has(group="executors"):
        return
    session.set_problem(_make_two_countries(n_units))
    first = None
    for executor in EXECUTORS:
        options = {} if executor == "none" else {"executor": executor}
        key = {"group": "executors", "executor": executor, "n_units": n_units}
        row, plan = session.solve(own_contender(gap, **options), key, None)
        if plan is not None:
            first = plan.tobytes() if first is None else first
            row["is_same"] = plan.tobytes() == first
        session.add(row)


def _make_two_countries(n_units: int) -> Instance:
    """Make two countries between which nobody moves, so that there are parts to send out."""
    n_territories = max(4, n_units // 200)
    one, other = (
        make_instance(n_units=n_units // 2, n_territories=n_territories // 2, n_candidates=4, seed=seed)
        for seed in (0, 1)
    )
    shifted = np.where(other.candidates >= 0, other.candidates + len(one.lower), -1).astype(np.int32)
    names = ("costs", "amounts", "lower", "upper", "scale")
    joined = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    return replace(one, candidates=np.concatenate([one.candidates, shifted]), **joined)


def run_frontier(size: str, session: Session, seconds: float) -> None:
    """Trace ten tolerances, and solve the middle one alone, to the same gap; so many seconds for each tolerance."""
    if session.is_over or session.has(group="frontier", size=size):
        return
    session.set_problem(Case(size).make())
    own = own_contender(cases.GAP_BARS[size], tolerances=cases.TOLERANCES)
    row, _ = session.solve(own, {"group": "frontier", "size": size}, seconds)
    session.add(row)


def run_published(folder: Path, session: Session) -> None:
    """Solve the instances of OR-Library whose optima are known."""
    for name, instance, optimum in find_published(folder):
        if session.is_over or session.has(group="published", instance=name):
            continue
        session.set_problem(instance)
        own = own_contender(0.0, certificate=str(session.certificate))
        key = {"group": "published", "instance": name, "optimum": optimum}
        row, _ = session.solve(own, key, PUBLISHED_SECONDS)
        session.add(row)


def run_parts(session: Session) -> None:
    """Measure the other parts of the product by their own scripts."""
    export = session.scratch / "export"
    for name, prepare, command in PARTS:
        if session.is_over or session.has(group="parts", part=name) or not (HERE / command[0]).exists():
            continue
        row = {"group": "parts", "part": name, "command": f"benchmarks/{' '.join(command)}", "load": os.getloadavg()[0]}
        for words in filter(None, (prepare, command)):
            script = [sys.executable, str(HERE / words[0]), *(word.format(export=export) for word in words[1:])]
            usage = watch_process(script, PART_SECONDS, session.scratch / "part.log")
        row |= {"status": "done" if usage.exit_code == 0 else usage.error, "seconds": usage.wall_seconds}
        session.add(row | {"cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib})
