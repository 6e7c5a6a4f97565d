"""``evenhand admit``: turn an export into a book."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.output import Format, print_findings, say
from evenhand.cli.progress import show_steps
from evenhand.foundation.errors import ExitCode

if TYPE_CHECKING:
    from evenhand.book.admit import Admission


def admit(
    source: Annotated[
        str,
        typer.Argument(
            help="Folder of CSV, Parquet or Excel files, a file, or a database's or object store's address."
        ),
    ],
    *,
    to: Annotated[Path, typer.Option(metavar="BOOK", help="Folder of the book to write.")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (TOML): which column is what.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the book; else the latest in the data.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="ISO code of all amounts, for instance USD.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="File for rejected rows (.csv, .parquet or .xlsx); else BOOK.rejects.csv.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Make no book if any row is rejected.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print the findings.")] = Format.TABLE,
) -> None:
    """Read an export, check all of it, and make a book of what holds.

    Every problem is reported at once; rejected rows go to a file of their own, the others into the book.

    A database's address is that of postgresql://reader@crm.example.com/crm or sqlite:///firm.db; its password is taken
    from EVENHAND_SOURCE_PASSWORD. The mapping says which tables are read; nothing is ever written there. A folder may
    be in an object store too: s3://bucket/folder, gs://…, az://….

    The name of a connection (see evenhand connect) makes a book of what its last sync keeps, without asking the system.

    Example: evenhand admit exports/2026-Q4 --to books/2026-Q4 --rejects rejected.csv
    """
    from evenhand.app.admit import admit_source
    from evenhand.wiring.container import connect_outside

    outside = connect_outside()
    place: Path | str = source if "://" in source else Path(source)
    day = None if as_of is None else as_of.date()
    if isinstance(place, Path) and not place.exists():
        from evenhand.wiring.syncing import find_kept

        if (kept := find_kept(source)) is not None:
            place, mapping, day = kept.folder, mapping or kept.mapping, day or kept.as_of
            currency = currency or kept.currency
    rejects = rejects or to.with_name(f"{to.name}.rejects.csv")
    with show_steps("admitting") as step:
        admission = admit_source(
            outside,
            place,
            to=to,
            mapping=mapping,
            as_of=day,
            currency=currency,
            rejects=rejects,
            strict=strict,
            on_progress=step,
        )
    print_findings(admission.findings, output)
    say_whether_admitted(admission, to, rejects, strict=strict)


def say_whether_admitted(admission: Admission, to: Path, rejects: Path, *, strict: bool) -> None:
    """Say where the book is; leave with BOOK_REJECTED where there is none."""
    rejected = f"{admission.n_rejected:,} rows rejected"
    if admission.n_rejected:
        rejected += f", all of them in {rejects}"
    if admission.book is None or (strict and admission.n_rejected):
        say(f"No book was made; {rejected}.")
        raise typer.Exit(ExitCode.BOOK_REJECTED)
    say(f"{admission.book!r} is in {to}; {rejected}.")
