"""``evenhand diagnose``: say what state the territories are in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say

if TYPE_CHECKING:
    import polars as pl

    from evenhand.diagnose.diagnosis import Diagnosis


HEADINGS = {
    "accounts": "accounts",
    "qualified": "qualif.",
    "potential": "potential",
    "workload_share": "workload",
    "pipeline_ttm": "pipeline",
    "coverage": "cover",
    "active_opportunities": "open",
    "deal_size": "deal",
    "win_rate": "win",
    "attainment": "attain",
}
"""Short names of the measures, so that a table fits a terminal."""


def diagnose(
    book: Annotated[Path, typer.Argument(help="Folder of the book.")],
    *,
    policy: Annotated[Path | None, typer.Option(help="Policy file; else the defaults.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Named overlay of the policy.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
    html: Annotated[Path | None, typer.Option(help="Also write a page to this file.")] = None,
) -> None:
    """Measure every territory against its target range, judge it, and check the triggers.

    Example: evenhand diagnose books/2026-Q4 --policy policy.toml --html diagnosis.html
    """
    from evenhand.app.policies import load_policy
    from evenhand.diagnose.diagnosis import diagnose as diagnose_book
    from evenhand.wiring.container import connect_outside

    outside = connect_outside()
    chosen = load_policy(outside, policy, scenario)
    read = outside.read_book(book)
    diagnosis = diagnose_book(read, chosen)
    if html is not None:
        outside.write_text(html, outside.render_diagnosis_report(diagnosis, read))
    if output is Format.JSON:
        print_json(diagnosis.as_dict())
    elif output is Format.CSV:
        print_frame(diagnosis.territories, output)
    else:
        print_frame(_readable(diagnosis), output, f"Territories on {diagnosis.as_of}")
        for verdict in diagnosis.verdicts:
            say(f"{verdict.territory_id}  {verdict.sentence}")
        for trigger in diagnosis.triggers:
            say(f"{trigger.state!s:<11} {trigger.title}: {trigger.message}")
        print_findings(diagnosis.missing, output)
        say(diagnosis.conclusion)
    if html is not None:
        say(f"The page is in {html}.")


def _readable(diagnosis: Diagnosis) -> pl.DataFrame:
    """Return a row for each territory with its figures as people write them; ▲ over its range, ▼ under it."""
    import polars as pl

    from evenhand.diagnose.wording import say_value

    marks = {"over": " ▲", "under": " ▼"}
    calls = {(verdict.territory_id, verdict.layer): str(verdict.call) for verdict in diagnosis.verdicts}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in diagnosis.territories.iter_rows(named=True):
        key = (row["territory_id"], row["layer"])
        shown = rows.setdefault(key, {"territory": key[0], "verdict": calls.get(key, "–")})
        value = row["value"]
        figure = "–" if value is None else say_value(value, row["unit"], diagnosis.currency)
        shown[HEADINGS.get(row["measure"], row["measure"])] = figure + marks.get(row["status"], "")
    return pl.DataFrame(list(rows.values()))
