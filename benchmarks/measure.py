"""Run one contender in a process of its own, measure it, and recompute everything it says about its plan."""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from evenhand.plan.solver import Problem, check

if TYPE_CHECKING:
    from benchmarks.instances import Instance
    from evenhand.plan.solver import Certificate

ROOT = Path(__file__).resolve().parent.parent
REBALANCER_PYTHON = Path(os.environ.get("EVENHAND_REBALANCER_PYTHON", ROOT / ".tools/rebalancer/bin/python"))
REBALANCER_ABSENT = "no environment with rebalancer (benchmarks/README.md says how to make one)"
AMOUNT_STEPS, COST_STEPS = 1_000, 10_000
LEVELS = ("violation", "high", "medium", "low", "cost")
KILL_AFTER_SECONDS = 240
"""A contender that doesn't keep its limit is ended this long after it, building of the model included."""
SAMPLE_SECONDS = 0.05
MIB = 2**20


@dataclass(frozen=True)
class Contender:
    """Who solves: a module of `benchmarks.contenders` with its options."""

    name: str
    module: str
    options: dict[str, Any]

    def command(self, problem: Path, answer: Path) -> list[str]:
        """Build the command that solves `problem` into `answer`."""
        if self.module == "run_rebalancer":
            start = [str(REBALANCER_PYTHON), str(ROOT / "benchmarks/contenders/run_rebalancer.py")]
        else:
            start = [sys.executable, "-m", f"benchmarks.contenders.{self.module}"]
        return [*start, str(problem), str(answer), "--options", json.dumps(self.options)]

    @property
    def absence(self) -> str | None:
        """Why it can't run here; None where it can."""
        return REBALANCER_ABSENT if self.module == "run_rebalancer" and not REBALANCER_PYTHON.exists() else None


@dataclass(frozen=True)
class Usage:
    """What a process and its children used."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    """The largest sum of the resident memory of all its processes (pages they share counted in each), sampled; at least
    the kernel's high-water mark of the first one. (`ru_maxrss` counts this process's own memory before `exec`.)"""
    exit_code: int
    error: str


def write_problem(instance: Instance, path: Path) -> Problem:
    """Write an instance in whole thousandths (costs: ten-thousandths), so that all solvers have the same numbers."""
    arrays = {name: value for name, value in vars(instance).items() if value is not None}
    arrays["amounts"] = np.rint(instance.amounts * AMOUNT_STEPS) / AMOUNT_STEPS
    arrays["costs"] = np.rint(instance.costs * COST_STEPS) / COST_STEPS
    np.savez(path, **arrays)
    return Problem(**({"grades": None} | arrays))


def run_contender(
    contender: Contender, problem_path: Path, answer: Path, seconds: float | None, *, is_elastic: bool = False
) -> tuple[dict[str, Any], np.ndarray | None, Usage]:
    """Solve in a process of its own; what it said, its plan if any, and what it used."""
    command = contender.command(problem_path, answer)
    command += [] if seconds is None else ["--seconds", repr(seconds)]
    command += ["--elastic"] if is_elastic else []
    for suffix in (".json", ".npy"):
        answer.with_suffix(suffix).unlink(missing_ok=True)
    n_solves = 1 + len(contender.options.get("tolerances", ()))
    limit = None if seconds is None else n_solves * seconds + KILL_AFTER_SECONDS
    usage = watch_process(command, limit, answer.with_suffix(".log"))
    said, plan = {"status": "no answer" if usage.exit_code >= 0 else "ended for time or memory"}, None
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        said = json.loads(answer.with_suffix(".json").read_text())
        plan = np.load(answer.with_suffix(".npy"))
    if usage.exit_code:
        said["error"] = usage.error
    return said, plan, usage


def watch_process(command: list[str], limit: float | None, log: Path) -> Usage:
    """Run a command to its end or the limit; CPU from the kernel's count, memory sampled over all processes."""
    began = time.perf_counter()
    own = {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    environment = os.environ | (own if command[0] == sys.executable else {})
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, env=environment)
        peak, done = [0.0], threading.Event()
        watcher = threading.Thread(target=_sample_memory, args=(process.pid, peak, done))
        watcher.start()
        timer = threading.Timer(limit, _end_tree, [process.pid]) if limit is not None else None
        if timer is not None:
            timer.start()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
        if timer is not None:
            timer.cancel()
    tail = log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
    return Usage(
        time.perf_counter() - began,
        used.ru_utime + used.ru_stime,
        peak[0],
        process.returncode,
        tail[0],
    )


def _sample_memory(pid: int, peak: list[float], done: threading.Event) -> None:
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        while not done.wait(SAMPLE_SECONDS):
            resident = 0
            for process in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    resident += process.memory_info().rss
            peak[0] = max(peak[0], resident / MIB, _find_high_water(pid) / MIB)


def _find_high_water(pid: int) -> int:
    """Most bytes resident in one process since its `exec`; 0 where the system doesn't say."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return 0


def _end_tree(pid: int) -> None:
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in (*top.children(recursive=True), top):
            with contextlib.suppress(psutil.Error):
                process.kill()


def judge(problem: Problem, plan: np.ndarray, certificate: Certificate | None) -> dict[str, Any]:
    """Recompute a plan's levels, and its gap to what Evenhand's certificate proves, with the independent check."""
    none = np.zeros((problem.n_territories, problem.n_measures))
    found = check(problem, plan, none if certificate is None else certificate)
    moves = found.moves_by_grade
    figures: dict[str, Any] = {
        "violation": found.violation,
        "high": moves.high,
        "medium": moves.medium,
        "low": moves.low,
        "cost": found.cost,
    }
    if certificate is not None:
        gap = found.gap
        figures["bound"] = found.bound
        figures["gap"] = gap if math.isfinite(gap) else None
        figures["levels"] = {level.name: {"value": level.value, "bound": level.bound} for level in found.levels}
    return figures


def read_certificate(path: Path) -> Certificate | None:
    """Read the certificate that Evenhand's process wrote."""
    return pickle.loads(path.read_bytes()) if path.exists() else None


def name_deciding_level(ours: dict[str, Any], theirs: dict[str, Any], *, with_grades: bool) -> str:
    """Name the first level on which two plans differ; nothing where they don't."""
    for name in LEVELS if with_grades else ("violation", "cost"):
        tolerance = 1e-6 * max(1.0, abs(ours[name]), abs(theirs[name])) if name in {"violation", "cost"} else 0
        if abs(ours[name] - theirs[name]) > tolerance:
            return name
    return ""


def compare(ours: dict[str, Any], theirs: dict[str, Any], *, with_grades: bool) -> str:
    """Say who is ahead on the first level that differs: ``ours``, ``theirs`` or ``same``."""
    name = name_deciding_level(ours, theirs, with_grades=with_grades)
    if not name:
        return "same"
    return "ours" if ours[name] < theirs[name] else "theirs"
