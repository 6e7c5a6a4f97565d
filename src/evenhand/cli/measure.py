"""``evenhand measure``: what a plan came to."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say


class View(StrEnum):
    """What of the outcome is printed."""

    TEAM = "team"
    EFFECTS = "effects"
    ACCOUNTS = "accounts"


def measure(
    *,
    plan: Annotated[Path, typer.Option(help="Folder of the plan.")],
    before: Annotated[Path, typer.Option(help="Folder of the book it was made from.")],
    after: Annotated[Path, typer.Option(help="Folder of a newer book.")],
    moved_on: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day on which accounts changed hands. Default: the date of the book before."
        ),
    ] = None,
    show: Annotated[
        View,
        typer.Option(
            help="team: figures before and after; effects: moved against similar accounts; accounts: each one moved."
        ),
    ] = View.TEAM,
    output: Annotated[Format, typer.Option("--format", help="How to print; json has all of it.")] = Format.TABLE,
) -> None:
    """Measure what a plan came to: kept, followed up, the team before and after, and what moving did.

    Example: evenhand measure --plan plans/2026-Q4 --before books/2026-Q4 --after books/2027-Q1 --show effects
    """
    from evenhand.app.measure import measure_plan
    from evenhand.wiring.container import connect_outside

    outcome = measure_plan(connect_outside(), plan, before, after, None if moved_on is None else moved_on.date())
    states = dict(outcome.followed["state"].value_counts().sort("state").iter_rows())
    if output is Format.JSON:
        print_json(
            {
                "moved_on": outcome.moved_on.isoformat(),
                "n_days": outcome.n_days,
                "states": states,
                "team": outcome.team.to_dicts(),
                "effects": outcome.comparison.table.to_dicts(),
                "balance": [
                    {"grade": one.grade, "outcome": one.outcome, "balance": [vars(row) for row in one.balance]}
                    for one in outcome.comparison.effects
                ],
                "accounts": outcome.followed.to_dicts(),
                "findings": [finding.as_dict() for finding in outcome.findings],
            }
        )
    else:
        frame = {
            View.TEAM: outcome.team.drop("said_before", "said_after") if output is Format.TABLE else outcome.team,
            View.EFFECTS: outcome.comparison.table,
            View.ACCOUNTS: outcome.followed,
        }[show]
        print_frame(frame, output)
        print_findings(outcome.findings, output)
    told = ", ".join(f"{n:,} {state}" for state, n in states.items())
    say(
        f"{outcome.n_days} days since {outcome.moved_on}, {outcome.followed.height:,} moved accounts: {told or 'none'}."
    )
