"""From an org's records to the tables that a mapping reads: what no mapping can say is done here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

_USER_ID = "^005"
"""What the ids of users begin with; a history names each owner twice, by id and by name."""


def shape(tables: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """Return the source tables of the records kept.

    Parameters
    ----------
    tables
        By object; only accounts and users are always there.

    Notes
    -----
    Moments become days, in UTC. Territories are those of active models; of an account's territories the one that its
    owner covers is marked. Where no account is in any, owners' accounts are territories, and the history of owners is
    theirs. Owners before the first change in a history are those that it names as the old value.
    """
    days = {name: _in_days(table) for name, table in tables.items()}
    shaped: dict[str, pl.LazyFrame] = {name: days[name] for name in ("Account", "Opportunity") if name in days}
    shaped["User"] = days["User"].filter(pl.col("UserType").fill_null("Standard") == "Standard")
    if (activities := _activities(days)) is not None:
        shaped["Activity"] = activities
    if "ForecastingQuota" in days:
        shaped["Quota"] = _quotas(days["ForecastingQuota"])
    territories = _territories(days) if "Territory2" in days and "Territory2Model" in days else {}
    if "AccountTerritory" in territories and not territories["AccountTerritory"].head(1).collect().is_empty():
        return shaped | territories
    if "AccountHistory" in days:
        shaped["OwnerHistory"] = _owner_history(tables["AccountHistory"], days["Account"])
    return shaped


def _in_days(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.date())


def _activities(days: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame | None:
    """Return what was done with accounts: closed tasks by the day they were done, and events by their day."""
    parts: list[pl.LazyFrame] = []
    if "Task" in days:
        done = pl.coalesce("CompletedDateTime", "ActivityDate", "LastModifiedDate")
        parts.append(
            days["Task"]
            .filter(pl.col("IsClosed"))
            .select("Id", "AccountId", "OwnerId", Kind=pl.col("TaskSubtype").fill_null("Task"), HappenedOn=done)
        )
    if "Event" in days:
        on = pl.coalesce("StartDateTime", "ActivityDate")
        parts.append(days["Event"].select("Id", "AccountId", "OwnerId", Kind=pl.lit("Meeting"), HappenedOn=on))
    return pl.concat(parts).sort("Id") if parts else None


def _owner_history(history: pl.LazyFrame, accounts: pl.LazyFrame) -> pl.LazyFrame:
    """Return who owned which account from when: a row a change, and one for whoever had it before the first."""
    changes = history.filter((pl.col("Field") == "Owner") & pl.col("NewValue").str.contains(_USER_ID)).sort(
        "CreatedDate", "Id"
    )
    after = changes.select("AccountId", OwnerId="NewValue", StartsOn=pl.col("CreatedDate").dt.date())
    first = changes.filter(pl.col("OldValue").str.contains(_USER_ID)).unique(
        "AccountId", keep="first", maintain_order=True
    )
    created = accounts.select(AccountId="Id", StartsOn="CreatedDate")
    before = (
        first.select("AccountId", OwnerId="OldValue")
        .join(created, on="AccountId")
        .select("AccountId", "OwnerId", "StartsOn")
    )
    # Of several changes on one day the last counts; one that was undone the same day is none.
    both = pl.concat([before, after]).unique(["AccountId", "StartsOn"], keep="last", maintain_order=True)
    return both.sort("AccountId", "StartsOn")


def _quotas(quotas: pl.LazyFrame) -> pl.LazyFrame:
    """Return quotas in money, added up where an owner or territory has several for a month (by type of forecast)."""
    has_kind = "IsAmount" in quotas.collect_schema()
    amounts = quotas.filter(pl.col("IsAmount").fill_null(value=True)) if has_kind else quotas
    keys = [name for name in ("Territory2Id", "QuotaOwnerId", "StartDate") if name in amounts.collect_schema()]
    # One type of forecast: several would count the same money twice. The one with most quotas is the one in use.
    if "ForecastingTypeId" in amounts.collect_schema():
        ranked = (
            amounts.group_by("ForecastingTypeId")
            .agg(n=pl.len())
            .sort(["n", "ForecastingTypeId"], descending=[True, False])
        )
        amounts = amounts.join(ranked.head(1), on="ForecastingTypeId", how="semi", nulls_equal=True)
    return amounts.group_by(keys).agg(pl.col("QuotaAmount").sum()).sort(keys)


def _territories(days: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    active = days["Territory2Model"].filter(pl.col("State") == "Active").select(Territory2ModelId="Id")
    territories = days["Territory2"].join(active, on="Territory2ModelId", how="semi", maintain_order="left")
    ids = territories.select(Territory2Id="Id")
    shaped = {"Territory2": territories}
    covers = None
    if "UserTerritory2Association" in days:
        covers = days["UserTerritory2Association"].join(ids, on="Territory2Id", how="semi", maintain_order="left")
        if "IsActive" in covers.collect_schema():
            covers = covers.filter(pl.col("IsActive").fill_null(value=True))
        shaped["Coverage"] = covers
    if "ObjectTerritory2Association" in days:
        held = days["ObjectTerritory2Association"].join(ids, on="Territory2Id", how="semi", maintain_order="left")
        owners = days["Account"].select(ObjectId="Id", UserId="OwnerId")
        held = held.join(owners, on="ObjectId", how="inner", maintain_order="left")
        if covers is None:
            marked = held.with_columns(OwnerCovers=pl.lit(0.0))
        else:
            pairs = covers.select("UserId", "Territory2Id").unique().with_columns(OwnerCovers=pl.lit(1.0))
            marked = held.join(pairs, on=["UserId", "Territory2Id"], how="left", maintain_order="left")
        shaped["AccountTerritory"] = marked.with_columns(pl.col("OwnerCovers").fill_null(0.0)).drop("UserId")
    return shaped
