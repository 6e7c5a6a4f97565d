"""Run the benchmarks: ``python -m benchmarks.run`` the short set, ``--full`` everything.

Prints the tables, writes every measured row to ``benchmarks/results/short.json`` or ``full.json`` as it comes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import cases, series
from benchmarks.measure import compare
from benchmarks.report import RESULTS, write_body
from benchmarks.session import Session, own_contender

if TYPE_CHECKING:
    from benchmarks.cases import Case

LEAST_SECONDS = 1.0
"""No rival is given less."""


def run_case(case: Case, session: Session) -> None:
    """Evenhand first; then the linear programme to its end; then the rivals with the same and ten times our time."""
    key = {"group": "case", "case": case.name, "seed": case.seed}
    if session.is_over or session.has(**key, is_complete=True):
        return
    session.rows = [row for row in session.rows if not all(row.get(name) == key[name] for name in key)]
    session.set_problem(case.make())
    key |= {"size": case.size, "kind": case.kind, "with_grades": case.with_grades}

    own = own_contender(cases.GAP_BARS[case.size], certificate=str(session.certificate))
    ours, _ = session.solve(own, key | {"multiple": 0}, session.own_seconds)
    session.add(ours)
    if "plan" not in ours:
        return
    is_elastic = ours["plan"]["violation"] > 0
    for contender in case.linear:
        if not session.is_over:
            row, _ = session.solve(contender, key | {"multiple": 0}, session.linear_seconds, is_elastic=is_elastic)
            session.add(row)
    for multiple in case.multiples:
        for contender in case.rivals:
            if session.is_over:
                return
            same = max(LEAST_SECONDS, ours["seconds"])
            budget = max(same, min(session.cap_seconds, multiple * same))
            row, _ = session.solve(contender, key | {"multiple": multiple}, budget, is_elastic=is_elastic)
            if "plan" in row:
                row["ahead"] = compare(ours["plan"], row["plan"], with_grades=case.with_grades)
            session.add(row)
    ours["is_complete"] = True
    session.save()


def main() -> None:
    """Run a set and print its tables."""
    given = _read_arguments()
    path = given.results or RESULTS / ("full.json" if given.full else "short.json")
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(
            path,
            Path(scratch),
            cap_seconds=given.cap or (900 if given.full else 20),
            own_seconds=given.own or (600 if given.full else 20),
            linear_seconds=given.linear or (3600 if given.full else 60),
            ends_at=time.time() + 60 * given.minutes if given.minutes else float("inf"),
            rows=json.loads(path.read_text())["rows"] if given.resume and path.exists() else [],
        )
        for case in cases.full_cases() if given.full else cases.short_cases():
            if given.only in f"{case.name} seed {case.seed}":
                run_case(case, session)
        _run_series(session, given)
    print()
    print(write_body(session.rows))


def _run_series(session: Session, given: argparse.Namespace) -> None:
    if given.only in "executors":
        series.run_executors(20_000 if given.full else 1_000, EXECUTOR_GAP, session)
    for size in ("1k", "10k", "100k") if given.full else ("1k",):
        if given.only in f"frontier {size}":
            series.run_frontier(size, session, session.own_seconds / (1 if given.full else 4))
    if given.only in "scaling":
        series.run_scaling(cases.SCALING_FULL if given.full else cases.SCALING_SHORT, session)
    if given.full and given.only in "parts":
        series.run_parts(session)
    if given.or_library and given.only in "published":
        series.run_published(given.or_library, session)


EXECUTOR_GAP = 0.01
"""Where the executors stop; the clock must not decide where plans are compared to the byte."""


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="everything, for hours")
    parser.add_argument("--only", default="", help="only cases and groups whose name holds this, such as '1k feasible'")
    parser.add_argument("--minutes", type=float, help="start nothing after so many minutes (default: no end)")
    parser.add_argument("--cap", type=float, help="the most seconds for a rival given ten times ours (20, full: 900)")
    parser.add_argument("--own", type=float, help="the most seconds for Evenhand (20, full: 600)")
    parser.add_argument("--linear", type=float, help="the most for a linear programme (60, full: 3600)")
    parser.add_argument("--resume", action="store_true", help="keep the rows that are there and add what is missing")
    parser.add_argument("--or-library", type=Path, help="a folder with the published instances (published.py)")
    parser.add_argument("--results", type=Path, help="the file of rows (default: benchmarks/results/)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
