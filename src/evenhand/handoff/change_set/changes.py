"""What has to change in the CRM, record by record, each with its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt

CHANGES_SCHEMA = {
    "system": pl.String,
    "object": pl.String,
    "id": pl.String,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
    "on": pl.Date,
}


def list_changes(introductions: pl.DataFrame, moves: pl.DataFrame, ledger: pl.DataFrame, system: str) -> pl.DataFrame:
    """List every change of an owner or a territory, in the order of their days.

    Parameters
    ----------
    introductions
        Of `schedule`.
    moves
        account_id, from_territory_id, to_territory_id.
    system
        Where the records are, for instance "file" or "salesforce".

    Returns
    -------
    pl.DataFrame
        See `CHANGES_SCHEMA`. Nothing is deleted: team members and splits stay as they are. A seat whose rep isn't
        known has its territory changed alone.
    """
    accounts = introductions.join(moves, on="account_id", how="left")
    territories = accounts.select(
        object=pl.lit("account"), id="account_id", field=pl.lit("territory_id"), before="from_territory_id",
        after="to_territory_id", on="transfers_on",
    )  # fmt: skip
    owners = accounts.filter(
        pl.col("to_rep_id").is_not_null(), pl.col("to_rep_id").ne_missing(pl.col("from_rep_id"))
    ).select(
        object=pl.lit("account"), id="account_id", field=pl.lit("owner_id"), before="from_rep_id", after="to_rep_id",
        on="transfers_on",
    )  # fmt: skip
    deals = ledger.filter(pl.col("transfers_on").is_not_null()).select(
        object=pl.lit("opportunity"), id="opportunity_id", field=pl.lit("owner_id"), before="credit_from",
        after="credit_to", on="transfers_on",
    )  # fmt: skip
    placed = ledger.filter(pl.col("transfers_on").is_not_null()).select(
        object=pl.lit("opportunity"), id="opportunity_id", field=pl.lit("territory_id"), before="from_territory_id",
        after="to_territory_id", on="transfers_on",
    )  # fmt: skip
    return _lay_out(pl.concat([territories, owners, deals, placed]), system)


def list_quota_changes(quotas: pl.DataFrame, quota_periods: pl.DataFrame, on: dt.date, system: str) -> pl.DataFrame:
    """List every quota that becomes another one, named by its territory and the first day of its period.

    Parameters
    ----------
    quotas
        The book's: territory_id, period_start, period_end, amount_cents.
    quota_periods
        The plan's bridges: territory_id, period_start, period_end, line, amount_cents. Within a running period they
        are of the days that remain, so that what the lines add up to is added to the quota of the whole period.
    on
        The day from which the new amounts hold.

    Returns
    -------
    pl.DataFrame
        See `CHANGES_SCHEMA`: ``quota``, ``T01|2026-10-01``, ``amount`` in units of the currency with two decimals.
        Quotas that the book hasn't for just that period aren't there to be changed, and are left out.
    """
    keys = ["territory_id", "period_start", "period_end"]
    moved = (
        quota_periods.filter(pl.col("line") != "opening")
        .group_by(keys)
        .agg(pl.col("amount_cents").sum().alias("difference"))
        .filter(pl.col("difference") != 0)
    )
    changed = quotas.select(*keys, "amount_cents").join(moved, on=keys).select(
        object=pl.lit("quota"), id=pl.format("{}|{}", "territory_id", pl.col("period_start").cast(pl.String)),
        field=pl.lit("amount"), before=_amount(pl.col("amount_cents")),
        after=_amount(pl.col("amount_cents") + pl.col("difference")), on=pl.lit(on),
    )  # fmt: skip
    return _lay_out(changed, system)


def _amount(cents: pl.Expr) -> pl.Expr:
    """Write cents in units with two decimals; digits alone, so that no rounding comes in."""
    sign = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (cents.abs() % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str(sign, (cents.abs() // 100).cast(pl.String), pl.lit("."), fraction)


def _lay_out(changes: pl.DataFrame, system: str) -> pl.DataFrame:
    return (
        changes.with_columns(system=pl.lit(system))
        .sort("on", "object", "id", "field", descending=[False, False, False, True])
        .select(*CHANGES_SCHEMA)
        .cast(CHANGES_SCHEMA)  # type: ignore[arg-type]  # polars' own types
    )
