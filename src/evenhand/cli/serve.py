"""``evenhand serve``: the workspace in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import say


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for everything; else EVENHAND_DATA.")] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="postgresql://…; else EVENHAND_DATABASE, else SQLite in the folder."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="Where people open it, for instance https://evenhand.example.com; else EVENHAND_URL."),
    ] = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Run no worker; start `evenhand worker` yourself.")
    ] = False,
) -> None:
    """Serve the workspace: sign-in, books, diagnosis, plans, the API.

    The first run makes an administrator and prints a link that signs in once.

    Example: evenhand serve --data /srv/evenhand --database postgresql://evenhand@localhost/evenhand
    """
    from evenhand.wiring import serving
    from evenhand.wiring.environment import read_environment

    own_url = None if _has_url() else f"http://{_shown(host)}:{port}"
    serving.set_environment(data=data, database=database, url=url or own_url)
    prepared = serving.prepare()
    say(f"Data in {prepared.data}, database {prepared.database}.")

    def tell() -> None:
        if prepared.first_link:
            say("Nobody has signed in yet. This link signs the administrator in, once, within a day:")
            say(f"  {prepared.first_link}")
        say(f"Open {read_environment().url} in a browser. Ctrl-C ends.")

    raise typer.Exit(serving.serve(host, port, with_worker=not no_worker, say=say, on_ready=tell))


def _has_url() -> bool:
    from evenhand.wiring.environment import is_set

    return is_set("url")


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - what is shown, not what is bound
