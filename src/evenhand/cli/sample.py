"""``evenhand sample``: write the export of a made firm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import say
from evenhand.cli.progress import show_steps


def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the CSV files to.")],
    *,
    accounts: Annotated[int, typer.Option(help="Number of accounts.")] = 5000,
    territories: Annotated[int, typer.Option(help="Number of territories.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same firm.")] = 0,
    story: Annotated[
        str,
        typer.Option(help="What has happened: drift, rep-left, new-hire, layoff, new-product or graduation."),
    ] = "drift",
    dirty: Annotated[float, typer.Option(help="Share of rows to spoil, 0 to 0.2.")] = 0.0,
) -> None:
    """Write the CSV export of a made firm, with the truth about it.

    Example: evenhand sample exports/made --accounts 5000 --territories 40 --story drift
    """
    from evenhand.app.sample import make_firm
    from evenhand.wiring.container import connect_outside

    firm = make_firm(n_accounts=accounts, n_territories=territories, seed=seed, story=story, dirty=dirty)
    with show_steps("writing") as step:
        connect_outside().write_firm(firm, directory, step)
    say(f"Wrote {firm.tables['accounts'].height:,} accounts to {directory}. Next: evenhand admit {directory} --to book")
