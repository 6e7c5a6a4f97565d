"""Which accounts are worth a rep's time now: the right kind of customer, and buying or able to expand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


def has_buying_facts(book: Book) -> bool:
    """Say whether anything in the book tells who is buying."""
    return (
        book.has("accounts", "in_buying_cycle")
        or book.has("accounts", "last_activity_on")
        or book.has("activities")
        or book.has("opportunities", "is_closed")
    )


def has_fit_facts(book: Book, policy: Policy) -> bool:
    """Say whether the book or the policy tells which accounts fit the ideal customer profile."""
    rules = policy.qualified
    return (
        book.has("accounts", "fits_icp")
        or (bool(rules.icp_segments) and book.has("accounts", "segment"))
        or (bool(rules.icp_verticals) and book.has("accounts", "vertical"))
    )


def qualify(accounts: pl.DataFrame, book: Book, policy: Policy) -> pl.DataFrame:
    """Add fits_icp, buying, can_expand and qualified to the accounts.

    Parameters
    ----------
    accounts
        Accounts with their book columns and n_open.
    book
        Where activities and what the source brought are looked up.
    policy
        See References.

    Returns
    -------
    pl.DataFrame
        The accounts with four more columns. buying is null where the book says nothing of who buys; qualified is
        null where that or the lack of an expansion figure leaves it open.

    Notes
    -----
    qualified = fits_icp and (buying or can_expand). fits_icp and in_buying_cycle are taken as given; where they are
    null, the segments and verticals of the policy decide on the fit, and an open opportunity or an activity within
    buying_activity_days on the buying.

    References
    ----------
    Policy section ``qualified``.
    """
    rules = policy.qualified
    recent = _recently_active(book, rules.buying_activity_days)
    fits = pl.lit(value=True)
    if rules.icp_segments:
        fits = fits & pl.col("segment").is_in(rules.icp_segments).fill_null(value=False)
    if rules.icp_verticals:
        fits = fits & pl.col("vertical").is_in(rules.icp_verticals).fill_null(value=False)
    shows_buying = (pl.col("n_open") > 0) | pl.col("account_id").is_in(recent.implode())
    buying = pl.coalesce("in_buying_cycle", shows_buying if has_buying_facts(book) else pl.lit(None, pl.Boolean))
    can_expand = pl.col("expansion_potential") >= rules.expansion_at_least
    if book.has("accounts", "expansion_potential"):
        can_expand = can_expand.fill_null(value=False)
    return accounts.with_columns(
        fits_icp=pl.coalesce("fits_icp", fits), buying=buying, can_expand=can_expand
    ).with_columns(qualified=pl.col("fits_icp") & _either("buying", "can_expand"))


def _either(first: str, second: str) -> pl.Expr:
    """Both unknown is unknown; one unknown leaves it to the other."""
    both_unknown = pl.col(first).is_null() & pl.col(second).is_null()
    either = pl.col(first).fill_null(value=False) | pl.col(second).fill_null(value=False)
    return pl.when(~both_unknown).then(either)


def _recently_active(book: Book, days: int) -> pl.Series:
    """Return the ids of the accounts with an activity in the last days up to the book's date."""
    since = pl.lit(book.as_of).dt.offset_by(f"-{days}d")
    recently = pl.col("on").is_between(since, book.as_of)
    logged = book.activities.lazy().select("account_id", on="happened_on").filter(recently).select("account_id")
    noted = book.accounts.lazy().select("account_id", on="last_activity_on").filter(recently).select("account_id")
    return pl.concat([logged, noted]).unique().collect()["account_id"]
