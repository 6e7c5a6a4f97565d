"""HubSpot as a vendor: its form, its source and target, and the mapping that a new connection starts with."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.sources.form import Vendor
from evenhand.adapters.sources.hubspot.client import HubSpotClient
from evenhand.adapters.sources.hubspot.form import FORM, SCOPES
from evenhand.adapters.sources.hubspot.objects import STAGES
from evenhand.adapters.sources.hubspot.reading import HubSpotSource
from evenhand.adapters.sources.hubspot.session import read_settings
from evenhand.adapters.sources.hubspot.shaping import shape
from evenhand.adapters.sources.hubspot.writing import HubSpotTarget
from evenhand.book.mapping import SourceMapping, Stage, read_mapping
from evenhand.book.mapping_text import render_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.foundation.secret import Secret

_MOST_STAGE = 20


def open_source(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> HubSpotSource:
    """Return an account as a source of records."""
    return HubSpotSource(HubSpotClient(read_settings(said, secrets)))


def open_target(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> HubSpotTarget:
    """Return an account as what changes are written to."""
    return HubSpotTarget(HubSpotClient(read_settings(said, secrets)))


def first_mapping(tables: Mapping[str, pl.LazyFrame]) -> str:
    """Return the mapping for an account: of the tables that it has, with its stages by their ids."""
    name = "mapping.toml"
    mapping = read_mapping(files("evenhand.adapters.sources.hubspot").joinpath(name).read_text("utf-8"), name)
    known = {}
    for table, said in mapping.tables.items():
        source = (said.sources or (table,))[0]
        if source in tables:
            there = set(tables[source].collect_schema())
            columns = {ours: theirs for ours, theirs in said.columns.items() if theirs in there}
            left_out = tuple(column for column in said.leave_out if column in there)
            known[table] = said.model_copy(update={"columns": columns, "leave_out": left_out})
    return render_mapping(SourceMapping(**{**dict(mapping), "tables": known, "stages": find_stages(tables)}))


def find_stages(tables: Mapping[str, pl.LazyFrame]) -> dict[str, Stage]:
    """Return the stages by id, numbered in the order of their own pipeline: open ones from 1, then those that close."""
    if STAGES not in tables:
        return {}
    rows = tables[STAGES].sort("pipeline_order", "pipeline_id", "is_closed", "display_order", "id").collect()
    numbered: dict[str, Stage] = {}
    for _, pipeline in rows.group_by("pipeline_id", maintain_order=True):
        n_open = pipeline.filter(~pl.col("is_closed")).height
        for i, row in enumerate(pipeline.iter_rows(named=True), start=1):
            is_closed = bool(row["is_closed"])
            number = min((n_open + 1) if is_closed else i, _MOST_STAGE)
            numbered[row["id"]] = Stage(number=number, closed=is_closed, won=bool(row["is_won"]))
    return numbered


VENDOR = Vendor("hubspot", "HubSpot", FORM, SCOPES, open_source, shape, first_mapping, find_stages, open_target)
