"""``evenhand backup``: the workspace in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_json, say


def backup(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    *,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The workspace's folder; else EVENHAND_DATA.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://…; else EVENHAND_DATABASE, else SQLite in the folder."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older file of that name.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Write people, books, plans, uploads and the audit trail into one file; people may work meanwhile.

    The secret key is not in it: keep secret.key, or EVENHAND_SECRET_KEY, elsewhere.

    Example: evenhand backup 2026-11-22.evenhand --data /srv/evenhand
    """
    from evenhand.foundation.errors import InputError
    from evenhand.wiring import serving
    from evenhand.wiring.backup import write_backup
    from evenhand.wiring.environment import read_environment

    serving.set_environment(data=data, database=database)
    if not read_environment().data.is_dir():
        raise InputError({"data": f"{read_environment().data} isn't there"})
    serving.open_store()
    manifest = write_backup(file, replace=replace)
    if output is Format.JSON:
        print_json({"file": str(file), **manifest})
        return
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    say(f"{file}: the database and {len(manifest['files']) - 1:,} files, {size / 2**20:,.1f} MB before compression.")
    say("The secret key is not in it; keep it elsewhere.")
