"""``evenhand plan``: find the fewest, gentlest moves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say
from evenhand.cli.progress import show_solve
from evenhand.foundation.errors import ExitCode


def plan(
    book: Annotated[Path, typer.Argument(help="Folder of the book.")],
    *,
    to: Annotated[Path, typer.Option(metavar="PLAN", help="Folder of the plan to write.")],
    policy: Annotated[Path | None, typer.Option(help="Policy file; else the defaults.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Named overlay of the policy.")] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(help="For instance new-hire:territory=T99,capacity_share=0.5, or a TOML file; may be repeated."),
    ] = None,
    edit: Annotated[
        list[str] | None, typer.Option(help="Decision by hand: move:A000016=T07, lock:A000016; may be repeated.")
    ] = None,
    earlier_plan: Annotated[
        list[Path] | None,
        typer.Option(metavar="PLAN", help="Folder of an earlier plan, whose moves cool down; may be repeated."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the same one gives the same plan.")] = None,
    gap: Annotated[
        float | None, typer.Option(help="Stop when proven within this of the best (0.001 is 0.1 %).")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so long.")] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler, for instance tcp://host:8786.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older plan in that folder.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Find the fewest, gentlest account moves that bring every territory into its band, with proof.

    Example: evenhand plan books/2026-Q4 --to plans/2026-Q4 --policy policy.toml --event rep-left:territory=T07
    """
    from evenhand.app.plan import plan_book
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.executors import open_executor

    with open_executor(cluster) as executor, show_solve() as step:
        made = plan_book(
            connect_outside(),
            book,
            to=to,
            policy=policy,
            scenario=scenario,
            events=event or (),
            edits=edit or (),
            earlier_plans=earlier_plan or (),
            seed=seed,
            gap=gap,
            seconds=seconds,
            replace=replace,
            executor=executor,
            on_progress=step,
        )
    if output is Format.JSON:
        print_json({"plan": str(to), "status": made.status, "moves_by_grade": made.moves_by_grade, "gap": made.gap})
    elif output is Format.CSV:
        print_frame(made.moves, output)
    else:
        print_frame(made.moves.select("account_id", "from_territory_id", "to_territory_id", "grade", "reason"), output)
        print_findings(made.findings, output)
    say(f"{made!r}. The plan is in {to}; open {to / 'report.html'}")
    if made.status == "infeasible_bands":
        raise typer.Exit(ExitCode.BANDS_CANNOT_BE_MET)
