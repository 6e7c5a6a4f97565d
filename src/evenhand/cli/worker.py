"""``evenhand worker``: does the jobs of the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def worker(
    *,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The workspace's folder; else EVENHAND_DATA.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://…; else EVENHAND_DATABASE, else SQLite in the folder."),
    ] = None,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when nothing is left to do.")] = False,
) -> None:
    """Admit books and solve plans that were asked for in the workspace; `evenhand serve` runs one itself.

    Several may run, on one machine or many with the same database and folder. A job whose worker dies is done by
    another one.

    Example: evenhand worker --data /srv/evenhand --database postgresql://evenhand@localhost/evenhand
    """
    from evenhand.wiring import serving

    serving.set_environment(data=data, database=database)
    serving.work(until_empty=until_empty)
