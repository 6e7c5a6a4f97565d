"""``evenhand scenarios``: several ways to go, solved and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame, say
from evenhand.cli.progress import show_solve


def scenarios(
    book: Annotated[Path, typer.Argument(help="Folder of the book.")],
    *,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write: a plan folder for each scenario.")],
    file: Annotated[Path | None, typer.Option(help="File of scenarios; those of the policy come first.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file; else the defaults.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Name of a scenario; may be repeated. Else all.")] = None,
    earlier_plan: Annotated[
        list[Path] | None,
        typer.Option(metavar="PLAN", help="Folder of an earlier plan, whose moves cool down; may be repeated."),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler, for instance tcp://host:8786.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace older scenarios in that folder.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Plan the policy as agreed and every scenario, and put them side by side.

    Example: evenhand scenarios books/2026-Q4 --to scenarios/2026-Q4 --file scenarios.toml --policy policy.toml
    """
    from evenhand.app.scenarios import plan_scenarios
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.executors import open_executor

    with open_executor(cluster) as executor, show_solve() as step:
        choice = plan_scenarios(
            connect_outside(),
            book,
            to=to,
            scenarios=file,
            policy=policy,
            only=only or (),
            earlier_plans=earlier_plan or (),
            replace=replace,
            executor=executor,
            on_progress=lambda _, progress: step(progress),
        )
    print_frame(choice.comparison.figures, output)
    say(f"{len(choice.scenarios)} plans are in {to}; open {to / 'comparison.html'}")
