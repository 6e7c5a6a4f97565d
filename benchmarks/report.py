"""Write ``docs/benchmarks.md`` from the measured rows: ``python -m benchmarks.report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.bar import bar_table
from benchmarks.tables import write_tables

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs/benchmarks.md"
NOTES = HERE / "footnotes.md"
SETS = {"short": "python -m benchmarks.run", "full": "python -m benchmarks.run --full"}

INTRODUCTION = """# Benchmarks

How fast and how good the optimiser is, beside HiGHS (linear and with whole units), OR-Tools CP-SAT and Meta's
`rebalancer`. Every figure on this page is written by `python -m benchmarks.report` from the rows in
`benchmarks/results/`; `benchmarks/README.md` says how to run it and what is fair and what isn't.

Every plan is judged by `evenhand.plan.solver.check`, whoever made it: violation, moves by grade and cost are
recomputed from the assignment, and the gap is the distance to what Evenhand's certificate proves given the plan's own
earlier levels, (plan − bound) ÷ (bound − unavoidable). A plan outside the bands can't be compared by cost.
"""


def main() -> None:
    """Write the page."""
    parts = [INTRODUCTION]
    for name, command in SETS.items():
        path = RESULTS / f"{name}.json"
        if path.exists():
            found = json.loads(path.read_text())
            parts.append(_describe_set(name, command, found))
    if NOTES.exists():
        parts.append(NOTES.read_text())
    PAGE.write_text("\n".join(part.rstrip() + "\n" for part in parts))


def write_body(rows: list[dict[str, Any]]) -> str:
    """Write the bar and all tables."""
    bar = bar_table(rows)
    return "\n\n".join(filter(None, (f"### The bar\n\n{bar}" if bar else "", write_tables(rows))))


def _describe_set(name: str, command: str, found: dict[str, Any]) -> str:
    rows, machine = found["rows"], found["machine"]
    loads = [row["load"] for row in rows if "load" in row]
    busy = f", load average {min(loads):.1f} to {max(loads):.1f} when the processes started" if loads else ""
    where = (
        f"`{command}` on {machine['processor']}, {machine['cores']} cores, {machine['memory']}{busy}; "
        f"{machine['system']}, Python {machine['python']}, {machine['versions']}"
    )
    rebalancer = {
        row["version"] for row in rows if row.get("contender", "").startswith("rebalancer") and "version" in row
    }
    where += f", rebalancer {', '.join(sorted(rebalancer))}" if rebalancer else ""
    return f"## The {name} set\n\n{where}; commit {machine['commit']}.\n\n{write_body(rows)}"


if __name__ == "__main__":
    main()
