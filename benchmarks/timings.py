"""The page with the times of scenarios, edits by hand and the frontier, from the lines that were kept.

python -m benchmarks.timings
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LINES = ROOT / "benchmarks" / "results" / "scenarios.json"
PAGE = ROOT / "docs" / "timings.md"

MOST_SCENARIO_SECONDS, MOST_EDIT_MS = 60, 50


def render_page(lines: list[dict[str, Any]]) -> str:
    """Render the page."""
    parts = [_HEAD]
    for what, title, said, header, row in _TABLES:
        rows = [row(line) for line in lines if line["what"] == what]
        if rows:
            rule = "|".join(["---", *["---:"] * (header.count("|") - 2)])
            parts += [f"## {title}", said, "\n".join([header, f"|{rule}|", *rows])]
    return "\n\n".join(parts).strip() + "\n\n" + _measured_on(lines)


def _scenario(line: dict[str, Any]) -> str:
    names = ("agreed", "narrow", "rep-left")
    plans = "; ".join(f"{line[name]['moves']:,} moves ({_gap(line[name]['gap'])})" for name in names if name in line)
    return _row(line, line["seconds"], line["processor_seconds"], line["peak_mib"], plans)


def _edit(line: dict[str, Any]) -> str:
    return _row(
        line, line["median_ms"], line["p95_ms"], line["slowest_ms"], line["median_processor_ms"],
        line["p95_processor_ms"], line["slowest_processor_ms"], line["open_seconds"],
    )  # fmt: skip


def _frontier(line: dict[str, Any]) -> str:
    moves = f"{max(line['moves']):,} to {min(line['moves']):,}"
    proven = f"{line['n_proven']} of {len(line['moves'])}"
    return _row(line, line["seconds"], line["processor_seconds"], line["peak_mib"], moves, proven)


def _handoff(line: dict[str, Any]) -> str:
    values = (line["moves"], line["letters"], line["deals"], line["files"])
    return _row(line, *values, line["seconds"], line["processor_seconds"], line["peak_mib"])


def _sync(line: dict[str, Any]) -> str:
    names = ("deals", "records", "requests", "seconds", "nothing_seconds", "changes", "changes_seconds", "book_seconds")
    return _row(line, *(line[name] for name in names), line["peak_mib"])


def _row(line: dict[str, Any], *values: object) -> str:
    cells = [f"{value:,}" if isinstance(value, int | float) else str(value) for value in values]
    load = " to ".join(f"{value:g}" for value in line["load_average"])
    return f"| {line['accounts']:,} in {line['seats']:,} seats | {' | '.join(cells)} | {load} |"


def _gap(gap: float | None) -> str:
    return "gap unknown" if gap is None else f"gap {100 * gap:.2g} %"


def _measured_on(lines: list[dict[str, Any]]) -> str:
    machines = dict.fromkeys(
        f"{m['processor']}, {m['cores']} cores, {m['memory']}; Python {m['python']}; commit {m['commit']}"
        for m in (line["machine"] for line in lines)
    )
    return "Measured on " + "; and on ".join(machines) + ".\n"


_HEAD = f"""# Times of scenarios, edits, the frontier and a handoff

Every figure on this page is written by `python -m benchmarks.timings` from `benchmarks/results/scenarios.json`, which
`python -m benchmarks.bench_scenarios BOOK --keep benchmarks/results/scenarios.json` fills. The firms are made ones
(`evenhand sample`). The bar: three scenarios of 50,000 accounts in {MOST_SCENARIO_SECONDS} seconds on two cores, and
what an edit does in {MOST_EDIT_MS} milliseconds at 100,000 accounts.

The load average says how busy the machine was at the start and at the end: with more processes than cores, wall time is
mostly waiting, and the processor's time is what the work itself took."""

_SCENARIOS_SAID = (
    "The policy as agreed, a narrower band, and a rep who leaves: solved side by side on two threads, with quotas, "
    "ramp and everything else that a plan folder has."
)
_EDITS_SAID = (
    "What `preview` takes for an account drawn by chance and a seat drawn by chance: every measure of both seats and "
    "the whole plan, what breaks, and the cheapest repair; in milliseconds. Opening the draft happens once."
)
_EDITS_HEADER = (
    "| firm | median | 95 of 100 | slowest | median, processor | 95 of 100, processor | slowest, processor "
    "| opening, s | load |"
)
_FRONTIER_SAID = (
    "All tolerances of the policy and the agreed one, on two threads. Proven: tolerances at which no plan has fewer or "
    "gentler moves."
)
_HANDOFF_SAID = (
    "Every letter as page and PDF, a brief and an introduction for each account that moves, ledger, tasks, calendar "
    "and change set, written to disk: `python -m benchmarks.bench_handoff PLAN BOOK --keep …`. "
    "The bar: 5,000 moves in two minutes."
)
_SYNC_SAID = (
    "A connected Salesforce, the tests' double of it over HTTP on the same machine with its own work included: "
    "everything the first time, again with nothing new, after a day's changes and deletions, and with the book. "
    "`python -m benchmarks.bench_sync --keep …`."
)
_SYNC_HEADER = (
    "| firm | opportunities | records | requests | all, s | nothing new, s | changes | changes, s | with the book, s "
    "| peak, MiB | load |"
)
_TABLES = (
    (
        "scenarios",
        "Three scenarios together",
        _SCENARIOS_SAID,
        "| firm | seconds | processor, s | peak, MiB | agreed; narrow; rep left | load |",
        _scenario,
    ),
    ("edit", "An edit by hand", _EDITS_SAID, _EDITS_HEADER, _edit),
    (
        "frontier",
        "The frontier",
        _FRONTIER_SAID,
        "| firm | seconds | processor, s | peak, MiB | moves, narrowest to widest | proven | load |",
        _frontier,
    ),
    (
        "handoff",
        "A handoff",
        _HANDOFF_SAID,
        "| firm | moves | letters | deals | files | seconds | processor, s | peak, MiB | load |",
        _handoff,
    ),
    ("sync", "A sync", _SYNC_SAID, _SYNC_HEADER, _sync),
)


def main() -> None:
    """Write the page."""
    PAGE.write_text(render_page(json.loads(LINES.read_text("utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
