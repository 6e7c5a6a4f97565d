"""``evenhand restore``: the workspace as it was when the backup was made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import say


def restore(
    file: Annotated[Path, typer.Argument(help="File that `evenhand backup` wrote.")],
    *,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to restore to; else EVENHAND_DATA.")] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://…; else EVENHAND_DATABASE, else SQLite in the folder."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose the workspace that is there; stop it before.")
    ] = False,
    without_second_factors: Annotated[
        bool, typer.Option("--without-second-factors", help="Where the secret key of the old workspace is lost.")
    ] = False,
) -> None:
    """Put a backup in place of an empty workspace, on SQLite or PostgreSQL; everything in it is checked before.

    Example: evenhand restore 2026-11-22.evenhand --data /srv/evenhand
    """
    from evenhand.wiring import serving
    from evenhand.wiring.restore import read_manifest, restore_backup

    read_manifest(file)  # before so much as an empty database is made
    serving.set_environment(data=data, database=database)
    prepared = serving.prepare(with_administrator=False)
    manifest = restore_backup(file, replace=replace, without_second_factors=without_second_factors)
    say(f"The workspace of {manifest['made_at']} is in {prepared.data}, database {prepared.database}.")
    say("Everyone signs in anew. Jobs that were under way start again with the worker.")
