"""What of a database a mapping wants: tables, views and queries, each with the columns that are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.book.mapping import SourceMapping
from evenhand.book.tables import TABLES
from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from sqlalchemy import Inspector


@dataclass(frozen=True)
class Wanted:
    """A table, view or query to read.

    Attributes
    ----------
    name
        As the mapping calls it.
    query
        Its SELECT; None for a table or view.
    schema, table
        Where the table or view is; the schema is None for the database's own choice.
    columns
        Its columns; None for a query, which says so itself.
    left_out
        Those of which no value is read.
    """

    name: str
    query: str | None = None
    schema: str | None = None
    table: str = ""
    columns: tuple[str, ...] | None = None
    left_out: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """What it is, for messages."""
        if self.query is not None:
            return f"query {self.name}"
        return f"table {self.schema}.{self.table}" if self.schema else f"table {self.table}"


def find_wanted(inspector: Inspector, mapping: SourceMapping | None) -> list[Wanted]:
    """Return what is to be read, in the order of its names.

    A query goes before a table of its name. Of what the mapping doesn't name, tables called like those of a book are
    read; no other table is touched. Values of columns that the mapping leaves out never leave the database.

    Raises
    ------
    InputError
        With every table that the mapping names and the database lacks, and with the nearest there is.
    """
    said = mapping or SourceMapping()
    queries = said.database.queries
    named = _named(said)
    there = Tables(inspector, said.database.namespace)
    wanted, problems = [], {}
    for name, place in named.items():
        if name in queries:
            continue
        found = there.find(name)
        if found is not None:
            schema, table = found
            wanted.append(
                Wanted(name, None, schema, table, there.columns(schema, table), frozenset(_left_out(name, said)))
            )
        elif place:
            problems[place] = f"the database has no table or view {name!r}.{there.nearest(name)}"
    for name, query in queries.items():
        try:
            wanted.append(Wanted(name, check_is_select(name, query)))
        except InputError as error:
            problems |= error.problems
    if not problems and not wanted:
        problems["source"] = (
            "the database has no table called like one of a book. Name them in a mapping file. "
            f"It has: {there.say_some()}"
        )
    if problems:
        raise InputError(problems)
    return sorted(wanted, key=lambda one: one.name)


def _named(said: SourceMapping) -> dict[str, str]:
    """Return the sources that a mapping names with their place, and the tables of a book with none."""
    named: dict[str, str] = {}
    for table in TABLES:
        own = said.table(table).sources
        for source in (table,) if own is None else own:
            named.setdefault(source, "" if own is None else f"tables.{table}.from")
    for i, derivation in enumerate(said.derive):
        source = getattr(derivation, "source", "")
        if source and source not in TABLES:
            named.setdefault(source, f"derive.{i}.from")
    for table, mapped in said.tables.items():
        for column, target in mapped.refers_to.items():
            named.setdefault(target.rpartition(".")[0], f"tables.{table}.refers_to.{column}")
    return named


def _left_out(name: str, said: SourceMapping) -> set[str]:
    """Return the columns of a table that nothing of the mapping may see."""
    if any(getattr(derivation, "source", "") == name for derivation in said.derive):
        return set()
    using = [said.table(table) for table in TABLES if name in (said.table(table).sources or (table,))]
    if not using:
        return set()
    left_out = set.intersection(*(set(mapped.leave_out) for mapped in using))
    taken = {column for mapped in using for column in mapped.columns.values()}
    return left_out - taken


def check_is_select(name: str, query: str) -> str:
    """Return a query without its last semicolon; InputError where it isn't one plain SELECT.

    The session is read-only besides; this catches a slip of the pen before anything is sent.
    """
    text = query.strip().rstrip(";").strip()
    first = text.lstrip("(").split(None, 1)[0].casefold() if text.lstrip("(").split() else ""
    if first not in {"select", "with", "table", "values"}:
        raise InputError({f"database.queries.{name}": "must be a SELECT, since sources are only read"})
    return text


class Tables:
    """The tables and views that a database lists."""

    def __init__(self, inspector: Inspector, namespace: str | None) -> None:
        self._inspector = inspector
        self._namespace = namespace
        self._listed: dict[str | None, list[str]] = {}

    def find(self, name: str) -> tuple[str | None, str] | None:
        """Return schema and table; a name is taken as it stands first, then in any case, then as ``schema.table``."""
        found = self._find_in(self._namespace, name)
        if found is not None or "." not in name:
            return found
        schema, _, table = name.partition(".")
        near = {known.casefold(): known for known in self._inspector.get_schema_names()}
        known = near.get(schema.casefold())
        return None if known is None else self._find_in(known, table)

    def columns(self, schema: str | None, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""
        return tuple(str(column["name"]) for column in self._inspector.get_columns(table, schema=schema))

    def nearest(self, name: str) -> str:
        """Say which table somebody may have meant, or which there are."""
        listed = self._list(self._namespace)
        return say_nearest(name, listed) or f" It has: {self.say_some()}"

    def say_some(self) -> str:
        """Name the first tables, and how many more there are."""
        listed = sorted(self._list(self._namespace))
        more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""
        return ", ".join(listed[:20]) + more or "none that this user may see"

    def _find_in(self, schema: str | None, name: str) -> tuple[str | None, str] | None:
        listed = self._list(schema)
        if name in listed:
            return schema, name
        alike = [known for known in listed if known.casefold() == name.casefold()]
        return (schema, alike[0]) if len(alike) == 1 else None

    def _list(self, schema: str | None) -> list[str]:
        if schema not in self._listed:
            inspector = self._inspector
            every = [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
            if inspector.dialect.name == "postgresql":
                every += inspector.get_materialized_view_names(schema=schema)
            self._listed[schema] = every
        return self._listed[schema]
