"""How familiar the seat that gets an account is with accounts like it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

TRAITS = ("vertical", "segment", "region", "size")


def score_familiarity(book: Book, moves: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Score how familiar each moved account is to the seat that gets it.

    Parameters
    ----------
    moves
        account_id, to_territory_id.

    Returns
    -------
    pl.DataFrame
        account_id, familiarity (0 to 1; null where nothing is known of the account to compare), in the order of moves.

    Notes
    -----
    Of each trait, min(1, accounts of the seat that share it ÷ ``ramp.same_at_least``), averaged with the weights of
    the policy; a trait that isn't known of the account is left out. Accounts have the same size where their employees
    are between the same two of 1, 3, 10, 32, 100, … (half powers of ten). The seat's accounts are those it has before
    the plan.

    References
    ----------
    Policy entries ``ramp.vertical``, ``segment``, ``region``, ``size`` and ``same_at_least``.
    """
    size = (pl.col("employees").clip(1).log(math.sqrt(10)) + 1e-9).floor().cast(pl.Int64).cast(pl.String)
    accounts = book.active_accounts.select("account_id", "territory_id", "vertical", "segment", "region", size=size)
    scored = moves.select("account_id", "to_territory_id").join(
        accounts.drop("territory_id"), on="account_id", how="left", maintain_order="left"
    )
    weights = {trait: float(getattr(policy.ramp, trait)) for trait in TRAITS}
    for trait in TRAITS:
        held = accounts.group_by("territory_id", trait).agg(n=pl.len()).drop_nulls(trait)
        scored = (
            scored.join(
                held, left_on=["to_territory_id", trait], right_on=["territory_id", trait], how="left",
                maintain_order="left",
            )
            .with_columns(
                pl.when(pl.col(trait).is_not_null())
                .then((pl.col("n").fill_null(0) / policy.ramp.same_at_least).clip(0, 1))
                .alias(f"is_{trait}")
            )
            .drop("n")
        )  # fmt: skip
    known = pl.sum_horizontal(
        pl.when(pl.col(f"is_{trait}").is_not_null()).then(weight).otherwise(0.0) for trait, weight in weights.items()
    )
    total = pl.sum_horizontal(pl.col(f"is_{trait}").fill_null(0.0) * weight for trait, weight in weights.items())
    return scored.select("account_id", familiarity=pl.when(known > 0).then(total / known))
