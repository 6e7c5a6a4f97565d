"""From an account's records to the tables that a mapping reads: what no mapping can say is done here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.sources.hubspot.objects import (
    COMPANIES,
    COMPANY,
    DEALS,
    KEY,
    NO_TERRITORY,
    OWNER,
    OWNERS,
    STAGES,
    TERRITORY,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = {"calls": "call", "meetings": "meeting", "emails": "email", "notes": "note", "tasks": "task"}


def shape(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """Return the source tables of the records kept.

    Parameters
    ----------
    tables
        By object; only companies and owners are always there.

    Notes
    -----
    Moments become days, in UTC. Where the connection names a territory property, a company is in the territory that it
    says, and a territory is covered by the owner of most of its companies; else each owner's companies are a territory.
    Amounts are those in the account's own currency, where HubSpot has worked them out.
    """
    days = {name: _in_days(table) for name, table in tables.items()}
    has_property = TERRITORY in tables[COMPANIES].collect_schema()
    place = TERRITORY if has_property else OWNER
    companies = days[COMPANIES].with_columns(territory_id=pl.col(place).cast(pl.String).fill_null(NO_TERRITORY))
    owners = days[OWNERS].with_columns(left_on=pl.when("archived").then("updated_at"))
    shaped = {
        COMPANIES: companies.drop(TERRITORY, strict=False),
        OWNERS: owners,
        "territories": _territories(companies, owners, by_owner=not has_property),
        "coverage": _coverage(companies, owners, by_owner=not has_property),
    }
    if DEALS in days:
        shaped[DEALS] = _deals(days[DEALS])
    if STAGES in days:
        shaped[STAGES] = days[STAGES]
    history = "company_territory_history" if has_property else "company_owner_history"
    if history in days:
        shaped["ownership"] = _periods(tables[history])
    parts = [
        days[name].select(KEY, COMPANY, OWNER, kind=pl.lit(kind), happened_on="hs_timestamp")
        for name, kind in _KINDS.items()
        if name in days and {OWNER, "hs_timestamp"} <= set(days[name].collect_schema())
    ]
    if parts:
        # What is planned hasn't happened; the book's date tells which that is.
        shaped["activities"] = pl.concat(parts).filter(
            pl.col(COMPANY).is_not_null(), pl.col("happened_on").is_not_null()
        )
    return shaped


def _in_days(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.date())


def _territories(companies: pl.LazyFrame, owners: pl.LazyFrame, *, by_owner: bool) -> pl.LazyFrame:
    found = companies.select("territory_id").unique()
    if not by_owner:
        return found.with_columns(name="territory_id").sort("territory_id")
    # An owner who is there has a territory, also without companies yet.
    held = pl.concat([found, owners.filter(~pl.col("archived")).select(territory_id="id")]).unique()
    names = owners.select("name", territory_id="id")
    return held.join(names, on="territory_id", how="left").with_columns(
        name=pl.coalesce("name", "territory_id")
    ).sort("territory_id")  # fmt: skip


def _coverage(companies: pl.LazyFrame, owners: pl.LazyFrame, *, by_owner: bool) -> pl.LazyFrame:
    since = owners.select("created_at", "left_on", rep_id="id")
    if by_owner:
        return since.select("rep_id", territory_id="rep_id", starts_on="created_at", ends_on="left_on").sort("rep_id")
    most = (
        companies.filter(pl.col(OWNER).is_not_null())
        .group_by("territory_id", rep_id=pl.col(OWNER).cast(pl.String))
        .agg(n=pl.len())
        .sort("territory_id", "n", "rep_id", descending=[False, True, False])
        .unique("territory_id", keep="first", maintain_order=True)
    )
    return most.join(since, on="rep_id", how="inner").select(
        "rep_id", "territory_id", starts_on="created_at", ends_on="left_on"
    ).sort("territory_id")  # fmt: skip


def _deals(deals: pl.LazyFrame) -> pl.LazyFrame:
    columns = set(deals.collect_schema())
    amounts = [name for name in ("amount_in_home_currency", "amount") if name in columns]
    return deals.with_columns(value=pl.coalesce(amounts) if amounts else pl.lit(None, dtype=pl.Float64))


def _periods(history: pl.LazyFrame) -> pl.LazyFrame:
    """Return who held a company from when to when; of several changes on a day the last one counts."""
    days = (
        history.sort(COMPANY, "changed_at", "id")
        .with_columns(starts_on=pl.col("changed_at").dt.date())
        .unique([COMPANY, "starts_on"], keep="last", maintain_order=True)
        .with_columns(ends_on=pl.col("starts_on").shift(-1).over(COMPANY).dt.offset_by("-1d"))
    )
    return days.filter(pl.col("value").is_not_null()).select(COMPANY, "starts_on", "ends_on", territory_id="value")
