"""What has to change in the CRM, record by record, each with its day."""

from __future__ import annotations

import polars as pl

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
    return (
        pl.concat([territories, owners, deals])
        .with_columns(system=pl.lit(system))
        .sort("on", "object", "id", "field", descending=[False, False, False, True])
        .select(*CHANGES_SCHEMA)
        .cast(CHANGES_SCHEMA)  # type: ignore[arg-type]  # polars' own types
    )
