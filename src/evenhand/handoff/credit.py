"""Who is paid what for deals that closed after the accounts changed hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book

_BEFORE, _WITHIN, _AFTER, _KEPT = (
    "won before its transfer",
    "won soon after its transfer",
    "won after the time of shared credit",
    "never transferred",
)

CREDIT_SCHEMA = {
    "opportunity_id": pl.String,
    "account_id": pl.String,
    "won_on": pl.Date,
    "rep_id": pl.String,
    "share": pl.Float64,
    "credit_cents": pl.Int64,
    "why": pl.String,
}


def settle_credit(ledger: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Work out the credit of every deal of a ledger that a newer book shows as won.

    Parameters
    ----------
    ledger
        Of `write_ledger`.
    book
        Of any later date; with a newer one the same call gives the newer state.

    Returns
    -------
    pl.DataFrame
        See `CREDIT_SCHEMA`: a row for each deal and rep with a part of it, by opportunity_id, the former rep first.

    Notes
    -----
    The credit of a deal adds up to its amount to the cent: the former rep's part is rounded half up, the new rep has
    the rest. A deal won without a closing date counts as won on the book's date. What is lost or still open isn't in
    it; a deal that was won and is open again drops out until it is won once more.
    """
    is_won = pl.col("is_won").fill_null(value=False)
    won = book.opportunities.filter(is_won).select(
        "opportunity_id",
        paid_cents=pl.col("amount_cents").fill_null(0),
        won_on=pl.col("closed_on").fill_null(book.as_of),
    )
    stays = pl.col("transfers_on").is_null()
    before = pl.col("won_on") < pl.col("transfers_on")
    within = pl.col("won_on") <= pl.col("credit_until")
    share = (
        pl.when(stays | before).then(1.0).when(within.fill_null(value=False)).then("credit_share_from").otherwise(0.0)
    )
    why = (
        pl.when(stays)
        .then(pl.lit(_KEPT))
        .when(before)
        .then(pl.lit(_BEFORE))
        .when(within.fill_null(value=False))
        .then(pl.lit(_WITHIN))
        .otherwise(pl.lit(_AFTER))
    )
    return divide_credit(ledger.join(won, on="opportunity_id").with_columns(share_from=share, why=why))


def divide_credit(deals: pl.DataFrame) -> pl.DataFrame:
    """Divide the amount of every deal between its two reps, to the cent.

    Parameters
    ----------
    deals
        opportunity_id, account_id, won_on, paid_cents, credit_from, credit_to, share_from, why.

    Returns
    -------
    pl.DataFrame
        See `CREDIT_SCHEMA`, by opportunity_id, the former rep first; who has no part isn't in it.
    """
    deals = deals.with_columns(from_cents=(pl.col("paid_cents") * pl.col("share_from") + 0.5).floor().cast(pl.Int64))
    former = deals.select(
        "opportunity_id", "account_id", "won_on", rep_id="credit_from", share="share_from", credit_cents="from_cents",
        why="why",
    )  # fmt: skip
    latter = deals.select(
        "opportunity_id", "account_id", "won_on", rep_id="credit_to", share=1.0 - pl.col("share_from"),
        credit_cents=pl.col("paid_cents") - pl.col("from_cents"), why="why",
    )  # fmt: skip
    return (
        pl.concat([former.with_columns(place=0), latter.with_columns(place=1)])
        .filter(pl.col("share") > 0)
        .sort("opportunity_id", "place")
        .drop("place")
        .cast(CREDIT_SCHEMA)  # type: ignore[arg-type]  # polars' own types
    )


def state_credit(credit: pl.DataFrame) -> pl.DataFrame:
    """Add up every rep's credit: rep_id, n_deals, credit_cents, sorted by rep_id."""
    return credit.group_by("rep_id").agg(n_deals=pl.len(), credit_cents=pl.col("credit_cents").sum()).sort("rep_id")
