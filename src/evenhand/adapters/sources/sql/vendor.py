"""A database as a vendor: its form and its source. The mapping is the firm's own, since no two schemas are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.sources.form import FormField, Vendor
from evenhand.adapters.sources.sql.address import DRIVERS, read_address
from evenhand.adapters.sources.sql.records import SqlSource, read_tables
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from evenhand.book.mapping import Stage
    from evenhand.foundation.secret import Secret

FORM = (
    FormField(
        "address",
        "Address of the database",
        f"Without a password: postgresql://reader@crm.example.com/crm. Kinds: {', '.join(DRIVERS)}.",
    ),
    FormField("password", "Password", "Of the user in the address.", is_secret=True, is_required=False),
    FormField(
        "tables",
        "Tables and views",
        "With the column that says when a row last changed, where there is one: customer:changed_at, territory.",
    ),
    FormField("currency", "Currency", "Three letters; empty where the mapping says.", is_required=False),
)

SCOPES = (
    "CONNECT on the database, USAGE on the schema, SELECT on the tables and views that are read; nothing else.",
    "For what no table says as it is needed, make a view: only the view needs to be granted.",
)


def open_source(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> SqlSource:
    """Return a database as a source of records."""
    password = secrets.get("password")
    address = read_address(said.get("address", ""), password=password.reveal() if password else None)
    if address.holds_password and not password:
        raise InputError({"address": "must hold no password; it is a setting of its own, which is kept encrypted"})
    return SqlSource(address, read_tables(said.get("tables", "")))


def shape(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """Return the tables as they are."""
    return dict(tables)


def first_mapping(tables: Mapping[str, pl.LazyFrame]) -> str:
    """Return an empty mapping: tables called like those of a book are taken as they are."""
    return f"# Which table is which of a book. There are: {', '.join(sorted(tables))}\n"


def find_stages(tables: Mapping[str, pl.LazyFrame]) -> dict[str, Stage]:  # noqa: ARG001 - as every vendor has it
    """Return none: a database doesn't say which column is a stage."""
    return {}


VENDOR = Vendor("sql", "SQL database", FORM, SCOPES, open_source, shape, first_mapping, find_stages)
