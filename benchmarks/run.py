"""Run the benchmarks: ``python -m benchmarks.run`` the short set, ``--full`` everything.

Prints the tables, writes every measured row to ``benchmarks/results/short.json`` or ``full.json`` as it comes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import cases, machine, tables
from benchmarks.cases import Case
from benchmarks.instances import Instance, make_instance
from benchmarks.measure import Contender, compare, judge, read_certificate, run_contender, watch_process, write_problem
from benchmarks.published import find_published

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
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
LEAST_SECONDS = 1.0
"""No rival is given less."""
PUBLISHED_SECONDS = 10.0
"""What Evenhand is given for each published instance."""
EXECUTORS = ("none", "threads", "processes", "dask")


@dataclass
class Session:
    """One run of a set: where its rows go and what it may take."""

    path: Path
    scratch: Path
    cap_seconds: float
    """The most seconds a rival is given."""
    own_seconds: float
    """The most seconds Evenhand is given."""
    ends_at: float
    """No new process starts after this moment."""
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: dict[str, Any]) -> dict[str, Any]:
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


def own_contender(gap: float, **options: object) -> Contender:
    """Evenhand, told to stop at a gap."""
    return Contender("Evenhand", "run_evenhand", {"gap": gap} | options)


def run_case(case: Case, session: Session) -> None:
    """Evenhand first; then the linear programme to its end; then the rivals with the same and ten times our time."""
    key = {"group": "case", "case": case.name, "seed": case.seed}
    if session.is_over or session.has(**key, is_complete=True):
        return
    session.rows = [row for row in session.rows if not all(row.get(name) == key[name] for name in key)]
    path, answer = session.scratch / "problem.npz", session.scratch / "answer"
    certificate = session.scratch / "certificate"
    certificate.unlink(missing_ok=True)
    problem = write_problem(case.make(), path)
    key |= {"size": case.size, "kind": case.kind, "with_grades": case.with_grades}

    def run(contender: Contender, seconds: float | None, multiple: int, *, is_elastic: bool) -> dict[str, Any]:
        row = key | {"contender": contender.name, "multiple": multiple, "budget_seconds": seconds}
        row["load"] = os.getloadavg()[0]
        if contender.absence is not None:
            return session.add(row | {"status": "not run here", "error": contender.absence})
        said, plan, usage = run_contender(contender, path, answer, seconds, is_elastic=is_elastic)
        row |= said | {"wall": usage.wall_seconds, "cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib}
        if plan is not None:
            row["plan"] = judge(problem, plan, read_certificate(certificate))
        return session.add(row)

    own = own_contender(cases.GAP_BARS[case.size], certificate=str(certificate))
    ours = run(own, session.own_seconds, 0, is_elastic=False)
    if "plan" not in ours:
        return
    is_elastic = ours["plan"]["violation"] > 0
    for contender in case.linear:
        if not session.is_over:
            run(contender, max(session.cap_seconds, 10 * LEAST_SECONDS), 0, is_elastic=is_elastic)
    for multiple in case.multiples:
        for contender in case.rivals:
            if session.is_over:
                return
            budget = min(session.cap_seconds, max(LEAST_SECONDS, multiple * ours["seconds"]))
            row = run(contender, budget, multiple, is_elastic=is_elastic)
            if "plan" in row:
                row["ahead"] = compare(ours["plan"], row["plan"], with_grades=case.with_grades)
    ours["is_complete"] = True
    session.save()


def run_scaling(sizes: tuple[int, ...], session: Session) -> None:
    """Evenhand alone, at a thousand units a territory, for the exponents of time and memory."""
    path, answer = session.scratch / "problem.npz", session.scratch / "answer"
    for n_units in sizes:
        if session.is_over or session.has(group="scaling", n_units=n_units):
            continue
        certificate = session.scratch / "certificate"
        certificate.unlink(missing_ok=True)
        problem = write_problem(cases.scaling_instance(n_units), path)
        row = {"group": "scaling", "n_units": n_units, "contender": "Evenhand", "load": os.getloadavg()[0]}
        own = own_contender(cases.GAP_BARS["1M"], certificate=str(certificate))
        said, plan, usage = run_contender(own, path, answer, session.own_seconds)
        row |= said | {"wall": usage.wall_seconds, "cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib}
        if plan is not None:
            row["plan"] = judge(problem, plan, read_certificate(certificate))
        session.add(row)


def run_executors(n_units: int, work: int, session: Session) -> None:
    """Solve with the same seed and work limit on every executor: are the plans the same to the byte?"""
    path, answer = session.scratch / "problem.npz", session.scratch / "answer"
    if session.is_over or session.has(group="executors"):
        return
    write_problem(_two_countries(n_units), path)
    first = None
    for executor in EXECUTORS:
        options = {"work": work} | ({} if executor == "none" else {"executor": executor})
        said, plan, usage = run_contender(own_contender(5e-3, **options), path, answer, None)
        row = {"group": "executors", "executor": executor, "n_units": n_units, "work": work} | said
        row |= {"wall": usage.wall_seconds, "cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib}
        if plan is not None:
            first = plan.tobytes() if first is None else first
            row["is_same"] = plan.tobytes() == first
        session.add(row)


def _two_countries(n_units: int) -> Instance:
    """Two countries between which nobody moves, so that there are parts to send out."""
    from dataclasses import replace  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    one, other = (make_instance(n_units=n_units // 2, n_territories=10, seed=seed) for seed in (0, 1))
    n_territories = len(one.lower)
    shifted = np.where(other.candidates >= 0, other.candidates + n_territories, -1).astype(np.int32)
    names = ("costs", "amounts", "lower", "upper", "scale")
    joined = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    return replace(one, candidates=np.concatenate([one.candidates, shifted]), **joined)


def run_frontier(size: str, session: Session) -> None:
    """Ten tolerances, each from its neighbour's prices, against one solve of the middle one."""
    path, answer = session.scratch / "problem.npz", session.scratch / "answer"
    if session.is_over or session.has(group="frontier", size=size):
        return
    write_problem(Case(size).make(), path)
    own = own_contender(cases.GAP_BARS[size], tolerances=cases.TOLERANCES)
    said, _, usage = run_contender(own, path, answer, session.own_seconds)
    row = {"group": "frontier", "size": size, "load": os.getloadavg()[0]} | said
    session.add(row | {"wall": usage.wall_seconds, "cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib})


def run_published(folder: Path, session: Session) -> None:
    """Evenhand on the instances of OR-Library whose optima are known."""
    path, answer = session.scratch / "problem.npz", session.scratch / "answer"
    for name, instance, optimum in find_published(folder):
        if session.is_over or session.has(group="published", instance=name):
            continue
        certificate = session.scratch / "certificate"
        certificate.unlink(missing_ok=True)
        problem = write_problem(instance, path)
        own = own_contender(0.0, certificate=str(certificate))
        said, plan, usage = run_contender(own, path, answer, PUBLISHED_SECONDS)
        row = {"group": "published", "instance": name, "optimum": optimum, "wall": usage.wall_seconds} | said
        if plan is not None:
            row["plan"] = judge(problem, plan, read_certificate(certificate))
        session.add(row)


def run_parts(session: Session) -> None:
    """Measure the other parts of the product by their own scripts, at full size."""
    export = session.scratch / "export"
    for name, prepare, command in PARTS:
        if session.is_over or session.has(group="parts", part=name) or not (HERE / command[0]).exists():
            continue
        for words in (prepare, command):
            if not words:
                continue
            script = [sys.executable, str(HERE / words[0]), *(word.format(export=export) for word in words[1:])]
            usage = watch_process(script, PART_SECONDS, session.scratch / "part.log")
        row = {"group": "parts", "part": name, "command": f"benchmarks/{' '.join(command)}", "load": os.getloadavg()[0]}
        row |= {"status": "done" if usage.exit_code == 0 else usage.error, "seconds": usage.wall_seconds}
        session.add(row | {"cpu": usage.cpu_seconds, "peak_mib": usage.peak_mib})


def main() -> None:
    """Run a set and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="everything, for hours")
    parser.add_argument("--only", default="", help="only cases and groups whose name holds this, such as '1k feasible'")
    parser.add_argument("--minutes", type=float, help="start nothing after so many minutes (default: no end)")
    parser.add_argument("--cap", type=float, help="the most seconds for a rival (default: 10, full: 900)")
    parser.add_argument("--own", type=float, help="the most seconds for Evenhand (default: 30, full: 600)")
    parser.add_argument("--resume", action="store_true", help="keep the rows that are there and add what is missing")
    parser.add_argument("--or-library", type=Path, help="a folder with the published instances (published.py)")
    parser.add_argument("--results", type=Path, help="the file of rows (default: benchmarks/results/)")
    given = parser.parse_args()
    path = given.results or RESULTS / ("full.json" if given.full else "short.json")
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(
            path,
            Path(scratch),
            given.cap or (900 if given.full else 10),
            given.own or (600 if given.full else 30),
            time.time() + 60 * given.minutes if given.minutes else float("inf"),
            json.loads(path.read_text())["rows"] if given.resume and path.exists() else [],
        )
        chosen = list(cases.full_cases() if given.full else cases.short_cases())
        for case in chosen:
            if given.only in f"{case.name} seed {case.seed}":
                run_case(case, session)
        if given.only in "executors":
            run_executors(20_000 if given.full else 2_000, 2_000, session)
        for size in ("1k", "10k", "100k") if given.full else ("1k",):
            if given.only in f"frontier {size}":
                run_frontier(size, session)
        if given.only in "scaling":
            run_scaling(cases.SCALING_FULL if given.full else cases.SCALING_SHORT, session)
        if given.full and given.only in "parts":
            run_parts(session)
        if given.or_library and given.only in "published":
            run_published(given.or_library, session)
    print()
    print(tables.write_tables(session.rows))


if __name__ == "__main__":
    main()
