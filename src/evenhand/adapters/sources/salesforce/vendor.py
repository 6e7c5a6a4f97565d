"""Salesforce as a vendor: its form, its source, and the mapping that a new connection starts with."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.sources.form import Vendor
from evenhand.adapters.sources.salesforce.client import SalesforceClient
from evenhand.adapters.sources.salesforce.form import FORM, SCOPES
from evenhand.adapters.sources.salesforce.reading import SalesforceSource
from evenhand.adapters.sources.salesforce.session import read_settings
from evenhand.adapters.sources.salesforce.shaping import shape
from evenhand.adapters.sources.salesforce.writing import open_target
from evenhand.book.mapping import SourceMapping, Stage, read_mapping
from evenhand.book.mapping_text import render_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.foundation.secret import Secret

_MOST_STAGE = 20


def open_source(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> SalesforceSource:
    """Return an org as a source of records."""
    return SalesforceSource(SalesforceClient(read_settings(said, secrets)))


def first_mapping(tables: Mapping[str, pl.LazyFrame]) -> str:
    """Return the mapping for an org: by its territories where there are any, else by owner; stages in their order."""
    name = "mapping.toml" if "AccountTerritory" in tables else "mapping-owners.toml"
    text = files("evenhand.adapters.sources.salesforce").joinpath(name).read_text("utf-8")
    mapping = read_mapping(text, name)
    known = {table: said for table, said in mapping.tables.items() if not said.sources or said.sources[0] in tables}
    derive = tuple(one for one in mapping.derive if getattr(one, "table", "accounts") in {*known, "territories"})
    stages = find_stages(tables)
    return render_mapping(SourceMapping(**{**dict(mapping), "tables": known, "derive": derive, "stages": stages}))


def find_stages(tables: Mapping[str, pl.LazyFrame]) -> dict[str, Stage]:
    """Return the stages numbered in the org's own order: open ones from 1, then those that close."""
    if "OpportunityStage" not in tables:
        return {}
    rows = tables["OpportunityStage"].filter(pl.col("IsActive") | pl.col("IsClosed")).sort("SortOrder", "Id").collect()
    numbered: dict[str, Stage] = {}
    number = 0
    for row in rows.filter(~pl.col("IsClosed")).iter_rows(named=True):
        number = min(number + 1, _MOST_STAGE)
        numbered[row["ApiName"] or row["MasterLabel"]] = Stage(number=number)
    for row in rows.filter(pl.col("IsClosed")).iter_rows(named=True):
        name = row["ApiName"] or row["MasterLabel"]
        numbered[name] = Stage(number=min(number + 1, _MOST_STAGE), closed=True, won=bool(row["IsWon"]))
    return numbered


VENDOR = Vendor("salesforce", "Salesforce", FORM, SCOPES, open_source, shape, first_mapping, find_stages, open_target)
