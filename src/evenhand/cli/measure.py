"""``evenhand measure``: what a plan came to."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say

if TYPE_CHECKING:
    import polars as pl

    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome


class View(StrEnum):
    """What of the outcome is printed."""

    TEAM = "team"
    EFFECTS = "effects"
    ACCOUNTS = "accounts"
    GRADES = "grades"
    KEPT = "kept"
    COSTS = "costs"
    BALANCE = "balance"
    QUOTAS = "quotas"


def measure(
    *,
    plan: Annotated[Path, typer.Option(help="Folder of the plan.")],
    before: Annotated[Path, typer.Option(help="Folder of the book it was made from.")],
    after: Annotated[Path, typer.Option(help="Folder of a newer book.")],
    moved_on: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day on which accounts changed hands. Default: the last transfer of the handoff, else the date of the "
            "book before.",
        ),
    ] = None,
    handoff: Annotated[
        Path | None, typer.Option(help="Folder of its handoff: deadlines, credit and follow-ups are looked at too.")
    ] = None,
    paid: Annotated[Path | None, typer.Option(help="CSV of credit paid: opportunity_id, rep_id, amount_cents.")] = None,
    done: Annotated[Path | None, typer.Option(help="CSV of tasks done: task_id, done_on.")] = None,
    between: Annotated[
        list[Path] | None, typer.Option(help="Folder of a book of a day between the two, for the decay of balance.")
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(help="Folder that measuring an earlier cycle wrote (--to): costs of a move add up."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="Folder to write to: outcome.json, tables, report.html, proposal.toml, summary.pdf."),
    ] = None,
    replace: Annotated[bool, typer.Option(help="Replace an older outcome in that folder.")] = False,
    pdf: Annotated[bool, typer.Option(help="With summary.pdf, which needs evenhand\\[letters].")] = True,
    show: Annotated[
        View,
        typer.Option(
            help="team: figures before and after; effects: moved against similar accounts; accounts: each one moved; "
            "grades: what became of them by grade; kept: where each account is against the plan; costs: of a move, "
            "over all cycles; balance: of each measure, book by book; quotas: predicted against actual attainment."
        ),
    ] = View.TEAM,
    output: Annotated[Format, typer.Option("--format", help="How to print; json has all of it.")] = Format.TABLE,
) -> None:
    """Measure what a plan came to: kept, followed up, the team before and after, and what moving did.

    Example: evenhand measure --plan plans/2026-Q4 --before books/2026-Q4 --after books/2027-Q1 --to outcomes/2026-Q4
    """
    from evenhand.app.measure import measure_plan, pool_with_earlier, write_outcome
    from evenhand.app.outcome_files import MARKER, lay_out
    from evenhand.measure.proposal import propose
    from evenhand.wiring.container import connect_outside

    outside = connect_outside()
    if to is not None:
        outside.check_target(to, MARKER, replace)
    outcome, policy = measure_plan(
        outside, plan, before, after, None if moved_on is None else moved_on.date(),
        handoff=handoff, between=between or (), paid=paid, done=done,
    )  # fmt: skip
    costs = pool_with_earlier(outside, outcome, earlier or (), policy)
    if to is not None:
        write_outcome(outside, outcome, costs, policy, after, to, with_pdf=pdf, replace=replace)
    if output is Format.JSON:
        accounts = {"accounts": outcome.followed.to_dicts()}
        print_json(lay_out(outcome, costs, propose(costs, policy)) | accounts)
    else:
        print_frame(_frame_of(outcome, costs, show, is_table=output is Format.TABLE), output)
        print_findings(outcome.findings, output)
    states = dict(outcome.followed["state"].value_counts().sort("state").iter_rows())
    told = ", ".join(f"{n:,} {state}" for state, n in states.items())
    say(
        f"{outcome.n_days} days since {outcome.moved_on}, {outcome.followed.height:,} moved accounts: {told or 'none'}."
        + (f" Wrote {to}." if to is not None else "")
    )


def _frame_of(outcome: Outcome, costs: tuple[MoveCost, ...], show: View, *, is_table: bool) -> pl.DataFrame:
    import polars as pl

    names = ("grade", "outcome", "value", "low", "high", "level", "n_moved", "n_cycles", "holds")
    costs_told = pl.DataFrame(
        [[getattr(one, name) for name in names] for one in costs],
        schema=names,
        schema_overrides=dict.fromkeys(("value", "low", "high", "level"), pl.Float64),
        orient="row",
    )
    kept = outcome.followed.clear()
    if outcome.kept is not None:
        kept = outcome.kept.accounts.filter(pl.col("is_move") | (pl.col("state") != "kept"))
    return {
        View.TEAM: outcome.team.drop("said_before", "said_after") if is_table else outcome.team,
        View.EFFECTS: outcome.comparison.table,
        View.ACCOUNTS: outcome.followed,
        View.GRADES: outcome.fates,
        View.KEPT: kept,
        View.COSTS: costs_told,
        View.BALANCE: outcome.balance,
        View.QUOTAS: outcome.fairness.seats,
    }[show]
