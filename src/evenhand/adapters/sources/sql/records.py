"""A database as a source of records that is read again and again: whole once, then what was changed since."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.sources.sql.columns import join_batches
from evenhand.adapters.sources.sql.reading import check_readable, stream
from evenhand.adapters.sources.sql.session import open_session
from evenhand.adapters.sources.sql.troubles import make_source_error
from evenhand.adapters.sources.sql.wanted import Tables, Wanted
from evenhand.app.record_tables import PAGE_DTYPES
from evenhand.app.records import (
    Checked,
    CursorGoneError,
    Discovery,
    FieldKind,
    Page,
    SourceField,
    SourceObject,
    Traffic,
)
from evenhand.book.values import as_text
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy import Connection, Select

    from evenhand.adapters.sources.sql.address import DatabaseAddress

PAGE_ROWS = 20_000
RECORD_KEY = "record_key"
"""The column that tells rows apart where the table has no single column for it."""


@dataclass(frozen=True)
class TableToRead:
    """A table or view that is read.

    Attributes
    ----------
    modified
        The column that says when a row last changed; "" where there is none, and all is read each time.
    """

    name: str
    modified: str = ""


@dataclass(frozen=True)
class _Known:
    wanted: Wanted
    types: Mapping[str, Any]
    keys: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.keys[0] if len(self.keys) == 1 else RECORD_KEY


class SqlSource:
    """A database as a source of records (`evenhand.app.ports.RecordSource`); one state of it, from first to last.

    Parameters
    ----------
    tables
        Those that are read; a view stands in for a query.
    """

    def __init__(
        self, address: DatabaseAddress, tables: Collection[TableToRead], *, statement_seconds: int = 600
    ) -> None:
        self.system = address.shown
        self.traffic = Traffic()
        self._address, self._tables, self._seconds = address, tuple(tables), statement_seconds
        self._open = ExitStack()
        self._session: Connection | None = None
        self._known: dict[str, _Known] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self._open.close()
        self._session = None

    def now(self) -> dt.datetime:
        """Return the moment by the database's clock."""
        from sqlalchemy import text  # noqa: PLC0415 - an extra

        said = self._connect().execute(text("SELECT CURRENT_TIMESTAMP")).scalar_one()
        moment = said if isinstance(said, dt.datetime) else dt.datetime.fromisoformat(str(said))
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

    def check(self) -> Checked:
        """Sign in, and see which of the tables can be read."""
        found = self.discover({})
        facts = {"Signed in to": self._address.shown, "Tables that can be read": f"{len(found.objects)}"}
        return Checked(not found.findings, facts, found.findings)

    # -- what there is --------------------------------------------------------------------------------------------

    def discover(self, more: Mapping[str, Collection[str]]) -> Discovery:  # noqa: ARG002 - every column is read
        """Describe every table that is wanted; one that isn't there is a finding."""
        from sqlalchemy import inspect  # noqa: PLC0415 - an extra

        session = self._connect()
        inspector = inspect(session)
        there = Tables(inspector, None)
        objects: list[SourceObject] = []
        findings: list[Finding] = []
        for table in self._tables:
            found = there.find(table.name)
            if found is None:
                findings.append(_missing(table.name, there.nearest(table.name)))
                continue
            schema, name = found
            columns = inspector.get_columns(name, schema=schema)
            types = {str(one["name"]): one["type"] for one in columns}
            fields = [SourceField(column, _kind(of, self._address.kind)) for column, of in types.items() if _can(of)]
            names = tuple(field.name for field in fields)
            keys = tuple(inspector.get_pk_constraint(name, schema=schema)["constrained_columns"] or ())
            wanted = Wanted(table.name, schema=schema, table=name, columns=names)
            known = _Known(wanted, types, keys)
            if table.modified and table.modified not in names:
                findings.append(_no_column(table))
            self._known[table.name] = known
            if known.key == RECORD_KEY:
                fields.append(SourceField(RECORD_KEY, FieldKind.ID))
            else:
                fields = [SourceField(f.name, FieldKind.ID) if f.name == known.key else f for f in fields]
            # Without a key nothing can be told to be the same row, so all is read anew.
            stamp = table.modified if table.modified in names and keys else None
            objects.append(SourceObject(table.name, tuple(fields), known.key, stamp, label=table.name))
        check_readable(session, self._address, [known.wanted for known in self._known.values()])
        return Discovery(tuple(objects), tuple(findings))

    # -- records --------------------------------------------------------------------------------------------------

    def pages(self, wanted: SourceObject, *, since: dt.datetime | None, resume: str | None) -> Iterator[Page]:
        """Give rows in the order of their key, a page after the last key of the one before."""
        known = self._find(wanted.name)
        yield from self._read(known, wanted.fields, wanted.stamp if since else None, since, resume)

    def sweep(self, wanted: SourceObject, *, resume: str | None) -> Iterator[Page]:
        """Give the keys of all rows there are."""
        known = self._find(wanted.name)
        keys = tuple(SourceField(name, FieldKind.ID) for name in dict.fromkeys((*known.keys, wanted.key)))
        for page in self._read(known, keys, None, None, resume):
            yield Page(page.rows.select(wanted.key), page.resume)

    def _read(
        self,
        known: _Known,
        fields: tuple[SourceField, ...],
        stamp: str | None,
        since: dt.datetime | None,
        resume: str | None,
    ) -> Iterator[Page]:
        from sqlalchemy import column, select, table  # noqa: PLC0415 - an extra
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        names = [field.name for field in fields if field.name in known.types]
        names += [name for name in known.keys if name not in names]
        place = table(known.wanted.table, schema=known.wanted.schema)
        query: Any = select(*(column(name) for name in names)).select_from(place)
        if stamp is not None and since is not None:
            query = query.where(column(stamp, known.types[stamp]) >= self._moment(known.types[stamp], since))
        # Only what the database orders and compares as it is told can be gone on with.
        python = _python(known.types[known.keys[0]]) if len(known.keys) == 1 else None
        try:
            if python not in {int, str, uuid.UUID}:
                if resume is not None:
                    raise CursorGoneError(self.system, f"{known.wanted.shown} has no key to go on by.")
                yield Page(self._typed(self._whole(query), known, fields))
                return
            key = column(known.keys[0], known.types[known.keys[0]])
            last = None if resume is None else _read_token(resume, python)
            while True:
                asked = (query if last is None else query.where(key > last)).order_by(key).limit(PAGE_ROWS)
                frame = self._whole(asked)
                if frame.height < PAGE_ROWS:
                    yield Page(self._typed(frame, known, fields))
                    return
                last = python(frame[known.keys[0]][-1])
                yield Page(self._typed(frame, known, fields), json.dumps(str(last)))
        except SQLAlchemyError as error:
            raise make_source_error(self._address, error, known.wanted.shown) from None

    def _whole(self, query: Select[Any]) -> pl.DataFrame:
        self.traffic.n_requests += 1
        return join_batches(stream(self._connect(), query))

    def _typed(self, frame: pl.DataFrame, known: _Known, fields: tuple[SourceField, ...]) -> pl.DataFrame:
        if known.key == RECORD_KEY:
            parts = [pl.col(name).cast(pl.String).fill_null("") for name in known.keys]
            made = pl.concat_str(parts, separator="|") if parts else pl.int_range(pl.len()).cast(pl.String)
            frame = frame.with_columns(made.alias(RECORD_KEY))
        return pl.DataFrame([_cast(frame[field.name], field) for field in fields])

    def _moment(self, of: Any, since: dt.datetime) -> Any:
        """Return a moment as the column has it: without a zone it is taken for UTC, and SQLite has text."""
        utc = since.astimezone(dt.UTC)
        if self._address.kind == "sqlite":
            return utc.replace(tzinfo=None).isoformat(" ") if _python(of) is not str else utc.replace(tzinfo=None)
        return utc if getattr(of, "timezone", False) else utc.replace(tzinfo=None)

    def _find(self, name: str) -> _Known:
        if name not in self._known:
            self.discover({})
        return self._known[name]

    def _connect(self) -> Connection:
        if self._session is None:
            session = open_session(self._address, statement_seconds=self._seconds)
            self._session = self._open.enter_context(session)
        return self._session


def read_tables(text: str) -> tuple[TableToRead, ...]:
    """Read which tables a connection wants: ``customer:changed_at, deal:changed_at, territory``.

    Raises
    ------
    InputError
        Where there is none, or one is named twice.
    """
    parts = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    tables = tuple(TableToRead(*(word.strip() for word in part.split(":", 1))) for part in parts)
    names = [table.name for table in tables]
    if not names or len(set(names)) < len(names):
        raise InputError({"tables": "name each table or view once: customer:changed_at, territory"})
    return tables


def _read_token(token: str, python: type[Any]) -> Any:
    try:
        return python(json.loads(token))
    except (ValueError, TypeError):
        raise CursorGoneError("database", "the place where reading stopped can't be read.") from None


def _python(of: Any) -> type[Any]:
    try:
        python: type[Any] = of.python_type
    except NotImplementedError:
        return object
    return python


def _can(of: Any) -> bool:
    return not issubclass(_python(of), bytes)


_KINDS: tuple[tuple[type[Any], FieldKind], ...] = (
    (bool, FieldKind.FLAG),
    (int, FieldKind.NUMBER),
    (float, FieldKind.NUMBER),
    (dt.datetime, FieldKind.STAMP),
    (dt.date, FieldKind.DATE),
)


def _kind(of: Any, database: str) -> FieldKind:
    """Return what a column holds; SQLite keeps days and moments as text, whatever it calls them."""
    from sqlalchemy import Numeric  # noqa: PLC0415 - an extra

    python = float if isinstance(of, Numeric) else _python(of)
    if database == "sqlite" and (python is bool or issubclass(python, dt.date)):
        return FieldKind.TEXT
    return next((kind for known, kind in _KINDS if issubclass(python, known)), FieldKind.TEXT)


def _cast(column: pl.Series, field: SourceField) -> pl.Series:
    dtype = PAGE_DTYPES[field.kind]
    if field.kind in {FieldKind.TEXT, FieldKind.ID, FieldKind.CHOICE}:
        return as_text(column).cast(pl.String)
    if field.kind is FieldKind.STAMP:
        naive = column.cast(pl.Datetime("us"))
        return naive.dt.replace_time_zone("UTC")
    return column.cast(dtype)


def _missing(name: str, nearest: str) -> Finding:
    message = f"The database has no table or view {name!r} that this user may see.{nearest}"
    return Finding("CN101", Severity.WARNING, name, message, "mend the connection's tables, or grant SELECT on it")


def _no_column(table: TableToRead) -> Finding:
    message = f"{table.name} has no column {table.modified!r}, so that it is read whole each time."
    return Finding("CN111", Severity.WARNING, table.name, message, "mend the connection's tables: table:column")
