"""``evenhand sync``: bring what a connection keeps up to date, and make a book of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.admit import say_whether_admitted
from evenhand.cli.connect import HomeOption, NameArgument  # noqa: TC001 - Typer reads annotations
from evenhand.cli.output import Format, print_findings, print_frame, print_json, say
from evenhand.cli.progress import show_steps

if TYPE_CHECKING:
    from evenhand.wiring.syncing import SyncOutcome


def sync(
    name: NameArgument,
    *,
    to: Annotated[Path | None, typer.Option(metavar="BOOK", help="Folder of the book to make.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything anew, not only what changed.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Only go on with an interrupted sync.")] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Date of the book; else the day of the last sync with a change."),
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="File for rejected rows; else BOOK.rejects.csv.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Make no book if any row is rejected.")] = False,
    home: HomeOption = None,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Read what is new in a connected system, and make a book of all that is kept.

    The first time everything is read, then what changed, and what was deleted. A sync that was interrupted, by
    whatever, is gone on with by the same command; no record is lost or doubled.

    Example: evenhand sync crm --to books/2026-10-01
    """
    from evenhand.wiring.connecting import open_connections
    from evenhand.wiring.syncing import sync_connection

    if to is not None and rejects is None:
        rejects = to.with_name(f"{to.name}.rejects.csv")
    with show_steps("syncing") as step:
        outcome = sync_connection(
            open_connections(home),
            name,
            to=to,
            is_full=full,
            only_resume=resume,
            as_of=None if as_of is None else as_of.date(),
            rejects=rejects,
            strict=strict,
            on_progress=step,
        )
    _print(outcome, output)
    if to is not None and rejects is not None and outcome.admission is not None:
        say_whether_admitted(outcome.admission, to, rejects, strict=strict)


def _print(outcome: SyncOutcome, output: Format) -> None:
    import polars as pl

    synced, admission = outcome.synced, outcome.admission
    rows = [vars(one) for one in synced.objects]
    if output is Format.JSON:
        found = [*outcome.findings, *(admission.findings if admission else ())]
        book = admission.book if admission else None
        print_json(
            {
                "number": synced.number,
                "is_full": synced.is_full,
                "is_resumed": synced.is_resumed,
                "is_changed": synced.is_changed,
                "started_at": synced.started_at.isoformat(),
                "objects": rows,
                "n_requests": synced.traffic.n_requests,
                "quota": vars(synced.traffic.quota),
                "findings": [finding.as_dict() for finding in found],
                "book": None if book is None else {"as_of": str(book.as_of), "content_hash": book.content_hash},
            }
        )
        return
    print_frame(pl.DataFrame(rows), output)
    print_findings([*outcome.findings, *(admission.findings if admission else ())], Format.TABLE)
    quota = synced.traffic.quota
    left = "" if not quota.n_allowed else f"; {quota.n_used:,} of {quota.n_allowed:,} used in 24 hours"
    say(f"Sync {synced.number}: {synced.traffic.n_requests:,} requests{left}. The mapping is {outcome.ready.mapping}.")
