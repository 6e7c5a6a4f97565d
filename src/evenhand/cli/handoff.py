"""``evenhand handoff``: letters, briefs, ledger, tasks, calendar and change set of a plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_json, say
from evenhand.cli.progress import show_steps


def handoff(
    plan: Annotated[Path, typer.Argument(help="Folder of the plan.")],
    *,
    book: Annotated[Path, typer.Option(help="Folder of the book it was made from.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything that is written.")],
    start: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day of the first conversation. Default: the working day after the book's date."
        ),
    ] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder with templates of your own.")] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Write letters as pages only.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older handoff in that folder.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Prepare the handoff of a plan: who is told what when, who owns which deal until when, who introduces whom.

    Nothing is sent. Example: evenhand handoff plans/2026-Q4 --book books/2026-Q4 --to handoff --start 2026-10-05
    """
    from evenhand.app.handoff import hand_over
    from evenhand.wiring.container import connect_outside

    with show_steps("preparing") as step:
        made = hand_over(
            connect_outside(),
            plan,
            book,
            to=to,
            starts_on=None if start is None else start.date(),
            templates=templates,
            with_pdf=not no_pdf,
            replace=replace,
            on_progress=step,
        )
    result, span = made.handoff, made.handoff.timeline.span
    if output is Format.JSON:
        print_json(
            {
                "starts_on": span.starts_on.isoformat(),
                "latest_on": span.latest_on.isoformat(),
                "n_letters": len(made.letters),
                "n_briefs": made.n_briefs,
                "n_deals": result.ledger.height,
                "n_tasks": result.tasks.height,
                "n_changes": result.changes.height,
                "findings": [finding.as_dict() for finding in result.findings],
            }
        )
    else:
        print_findings(result.findings, output)
    say(
        f"{made.n_briefs:,} accounts change hands from {span.starts_on} on, {result.ledger.height:,} open deals with "
        f"them: {len(made.letters):,} letters, {result.tasks.height:,} tasks, {result.changes.height:,} changes in the "
        f"CRM. Everything is in {to}; nothing was sent."
    )
