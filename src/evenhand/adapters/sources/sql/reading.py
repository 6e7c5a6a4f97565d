"""The tables of a database as a source: streamed in batches, so that rows wait on disk and not in memory."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.sources.sql.columns import join_batches, make_frame
from evenhand.adapters.sources.sql.session import open_session
from evenhand.adapters.sources.sql.troubles import describe_error, find_trouble, make_source_error
from evenhand.adapters.sources.sql.wanted import Wanted, find_wanted
from evenhand.book.mapping import SourceMapping
from evenhand.book.raw import RawTable
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Executable

    from evenhand.adapters.sources.sql.address import DatabaseAddress

BATCH_ROWS = 20_000
"""Rows that are in memory as the driver gives them."""


@dataclass(frozen=True)
class ReadRows:
    """A table that was read, so that a book can be traced to it; the hash is of its rows in the order they came."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class DatabaseSource:
    """What was read of a database; nothing is ever rejected for its form, since a database has types."""

    tables: Mapping[str, RawTable]
    findings: tuple[Finding, ...] = ()
    rejects: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    files: tuple[ReadRows, ...] = ()


def read_database(
    address: DatabaseAddress,
    *,
    mapping: SourceMapping | None = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> DatabaseSource:
    """Read the tables, views and queries that a mapping wants of a database.

    All of them are read in one transaction that can't write, so they are of one moment.

    Parameters
    ----------
    mapping
        Which they are; without one, the tables that are called like those of a book.
    on_progress
        Called with what is being read and the share done, 0 to 1.

    Raises
    ------
    InputError
        Where the mapping names tables that aren't there: every one of them.
    SourceError
        Where the database doesn't answer, doesn't let us in, or refuses to give tables: every one of them.
    """
    from sqlalchemy import inspect  # noqa: PLC0415 - an extra

    said = mapping or SourceMapping()
    tables: dict[str, RawTable] = {}
    findings: list[Finding] = []
    read: list[ReadRows] = []
    with (
        tempfile.TemporaryDirectory(prefix="evenhand-") as folder,
        open_session(address, statement_seconds=said.database.statement_seconds) as connection,
    ):
        wanted = find_wanted(inspect(connection), mapping)
        check_readable(connection, address, wanted)
        for i, one in enumerate(wanted):
            if on_progress is not None:
                on_progress(f"reading {one.shown}", i / len(wanted))
            frame, rows = _read_one(connection, address, one, Path(folder))
            of_bytes = [name for name, dtype in frame.schema.items() if dtype == pl.Binary]
            tables[one.name] = RawTable(frame.drop(of_bytes), one.shown)
            findings += [_bytes_left_out(one, name) for name in of_bytes]
            read.append(rows)
    if on_progress is not None:
        on_progress("read", 1.0)
    return DatabaseSource(tables, tuple(findings), files=tuple(read))


def select_all(one: Wanted) -> Executable:
    """Return the statement that reads a table, with every name quoted as the database wants it, or the query."""
    from sqlalchemy import column, null, select, table  # noqa: PLC0415 - an extra

    if one.query is not None:
        return _as_written(one.query)
    columns = (null().label(name) if name in one.left_out else column(name) for name in one.columns or ())
    return select(*columns).select_from(table(one.table, schema=one.schema))


def check_readable(connection: Connection, address: DatabaseAddress, wanted: list[Wanted]) -> None:
    """Ask for no row of everything first, so that all refusals are told at once and before a long read.

    Raises
    ------
    SourceError, InputError
        With every table that the database refuses; InputError where only queries are wrong.
    """
    from sqlalchemy import text  # noqa: PLC0415 - an extra
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    refused: dict[str, SQLAlchemyError] = {}
    for one in wanted:
        if one.query is not None and address.kind not in {"postgresql", "sqlite", "mysql", "mariadb"}:
            continue
        statement: Any = (
            select_all(one).where(text("1 = 0"))  # type: ignore[attr-defined] # a Select where it is no query
            if one.query is None
            else _as_written(f"SELECT * FROM ({one.query}\n) AS asked WHERE 1 = 0")  # noqa: S608 - the user's own
        )
        try:
            with connection.begin_nested():
                connection.execute(statement).close()
        except SQLAlchemyError as error:
            refused[one.name] = error
    if not refused:
        return
    by_name = {one.name: one for one in wanted}
    lines = [f"{by_name[name].shown}: {describe_error(address, error)}" for name, error in refused.items()]
    if all(by_name[name].query is not None for name in refused):
        raise InputError(
            {f"database.queries.{name}": describe_error(address, error) for name, error in refused.items()}
        )
    troubles = [find_trouble(error) for error in refused.values()]
    raise SourceError(
        address.shown, "\n".join(lines), transient=all(one is not None and one.is_transient for one in troubles)
    )


def stream(connection: Connection, statement: Executable, n_rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
    """Yield a statement's rows in batches; at least one, which has the columns where there is no row."""
    streamed = statement.execution_options(stream_results=True, max_row_buffer=n_rows)
    with connection.execute(streamed) as result:
        names, is_first = list(result.keys()), True
        for rows in result.partitions(n_rows):
            yield make_frame(names, rows)
            is_first = False
        if is_first:
            yield make_frame(names, [])


def _as_written(query: str) -> Executable:
    """Return a query for SQLAlchemy, which would take a word after a colon for a parameter."""
    from sqlalchemy import text  # noqa: PLC0415 - an extra

    return text(query.replace(":", "\\:"))


def _read_one(
    connection: Connection, address: DatabaseAddress, one: Wanted, folder: Path
) -> tuple[pl.DataFrame, ReadRows]:
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - an extra

    parts, digest, n_bytes = [], hashlib.sha256(), 0
    try:
        for i, batch in enumerate(stream(connection, select_all(one))):
            part = folder / f"{i}.parquet"
            batch.write_parquet(part, compression="zstd")
            content = part.read_bytes()
            digest.update(content)
            n_bytes += len(content)
            parts.append(part)
    except SQLAlchemyError as error:
        raise make_source_error(address, error, one.shown) from None
    frame = join_batches(pl.read_parquet(part, glob=False) for part in parts)
    for part in parts:
        part.unlink()
    return frame, ReadRows(f"{address.shown} {one.shown}", n_bytes, digest.hexdigest())


def _bytes_left_out(one: Wanted, column: str) -> Finding:
    message = f"{one.shown} has a column {column!r} of bytes, which is left out."
    hint = "a book's columns hold single values: leave it out in the mapping, or turn it into text in a query"
    return Finding("BK115", Severity.WARNING, one.name, message, hint, {"file": one.shown, "column": column})
