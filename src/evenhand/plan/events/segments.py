"""Which segment an account belongs to by its size, with a margin so that nobody goes to and fro."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.units import find_families

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.policy import Policy

CRITERIA = {
    "employees": ("employees", 1.0),
    "revenue": ("annual_revenue_cents", 100.0),
    "usage": ("product_usage", 1.0),
}
"""The book's column of each criterion, and what it is divided by."""


def judge_segments(book: Book, policy: Policy) -> pl.DataFrame:
    """Find the active accounts that are past a threshold of another segment.

    Returns
    -------
    pl.DataFrame
        Sorted by account_id: account_id, segment, new_segment, way (1 up, −1 down). A family goes the way of its
        topmost account. Accounts whose segment isn't one of the policy's, or of which no criterion is known, stay.

    Raises
    ------
    InputError
        If the book has none of the criteria, or none of the policy's segments.

    Notes
    -----
    Up: to the highest segment whose thresholds × (1 + margin) are met. Down: to the highest one whose thresholds ×
    (1 − margin) are met, where that is below the present one. A criterion that isn't known counts neither way.

    References
    ----------
    Policy entries ``events.segments``, ``events.segment_hysteresis``, ``events.segment_rule``.
    """
    rules = policy.events
    names = [rule.name for rule in rules.segments]
    _check_book(book, names, {criterion for rule in rules.segments for criterion in rule.thresholds})
    accounts = book.active_accounts.select(
        "account_id", "parent_account_id", "territory_id", "segment",
        **{name: pl.col(column).cast(pl.Float64) / unit for name, (column, unit) in CRITERIA.items()},
    )  # fmt: skip
    number = {name: i for i, name in enumerate(names)}
    own = accounts["segment"].replace_strict(number, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()
    root = find_families(accounts) if policy.moves.keep_families_together else np.arange(accounts.height)
    up = _highest(accounts, policy, 1 + rules.segment_hysteresis)[root]
    down = _highest(accounts, policy, 1 - rules.segment_hysteresis)[root]
    known = (own[root] >= 0) & (up >= 0)
    judged = np.where(up > own[root], up, np.where(down < own[root], down, own[root]))
    changes = known & (judged != own[root]) & (own >= 0) & (judged != own)
    way = np.sign(judged - own)
    return (
        accounts.select("account_id", "segment")
        .with_columns(
            new_segment=pl.Series([names[i] for i in np.maximum(judged, 0).tolist()], dtype=pl.String),
            way=pl.Series(way, dtype=pl.Int64),
        )
        .filter(pl.Series(changes, dtype=pl.Boolean))
        .sort("account_id")
    )


def _check_book(book: Book, names: list[str], criteria: set[str]) -> None:
    columns = {criterion: CRITERIA[criterion][0] for criterion in sorted(criteria)}
    problems = {}
    if not any(book.has("accounts", column) for column in columns.values()):
        needed = " or ".join(column.removesuffix("_cents") for column in columns.values()) or "a criterion"
        problems["graduation"] = f"needs {needed} of the accounts; the book has none"
    segments = book.active_accounts["segment"].drop_nulls().unique().sort().to_list()
    if not set(segments) & set(names):
        has = f"the accounts have {', '.join(segments[:8])}" if segments else "the accounts have no segment"
        problems["events.segments"] = f"names {', '.join(names)}, but {has}; set it in the policy"
    if problems:
        raise InputError(problems)


def _highest(accounts: pl.DataFrame, policy: Policy, factor: float) -> NDArray[np.intp]:
    """(n,) number of the highest segment whose thresholds × factor are met; -1 where no criterion is known."""
    rules = policy.events
    every = rules.segment_rule == "all"
    known = np.zeros(accounts.height, dtype=bool)
    highest = np.zeros(accounts.height, dtype=np.intp)
    for number, rule in enumerate(rules.segments):
        some = np.zeros(accounts.height, dtype=bool)
        missed = np.zeros(accounts.height, dtype=bool)
        there = np.zeros(accounts.height, dtype=bool)
        for criterion, threshold in rule.thresholds.items():
            value = accounts[criterion].to_numpy().astype(np.float64)
            is_known = ~np.isnan(value)
            met = is_known & (np.nan_to_num(value) >= threshold * factor)
            there, some, missed = there | is_known, some | met, missed | (is_known & ~met)
        known |= there
        reached = there & ~missed if every else some
        highest[reached] = number
    return np.where(known, highest, -1)
