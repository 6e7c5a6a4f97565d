"""Which territories are compared: those that accounts could pass between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.policy import Policy

RULES = ("segment", "vertical", "region")
"""The columns by which a territory says what it takes."""


def rules_in_force(policy: Policy) -> list[str]:
    """Return the rules that ``moves.match_segment``, ``match_vertical`` and ``match_region`` switch on."""
    return [rule for rule in RULES if getattr(policy.moves, f"match_{rule}")]


def find_pools(book: Book, policy: Policy) -> pl.DataFrame:
    """Group the territories that share one total: accounts can pass between them, directly or through others.

    Returns
    -------
    pl.DataFrame
        territory_id, pool (the first territory_id of the pool); every territory and group, sorted by territory_id.

    Notes
    -----
    An account connects all seats of its layer whose segment, vertical and region admit it, and its own where it may
    leave it. Seats that take no account in common (enterprise and small business, say) are different pools: their
    numbers of accounts are not comparable, and nothing can move between them.

    References
    ----------
    Policy entries ``moves.match_…``.
    """
    territories = book.territories.select("territory_id", pl.col("layer").fill_null(""), *RULES).sort("territory_id")
    rules = rules_in_force(policy)
    accounts = book.active_accounts.select("territory_id", *rules).join(
        territories.select("territory_id", "layer"), on="territory_id"
    )
    # Accounts of one kind connect the same seats, so it is enough to look at each kind, and where it is at home, once.
    columns_of_kind = ["layer", *rules]
    kinds = accounts.select(columns_of_kind).unique().sort(columns_of_kind, nulls_last=True).with_row_index("kind")
    homes = accounts.unique().join(kinds, on=columns_of_kind, nulls_equal=True).sort("kind", "territory_id")
    n_kinds, n_territories = kinds.height, territories.height
    is_seat = territories["territory_id"].is_in(book.seats["territory_id"].implode()).to_numpy()
    admits = (kinds["layer"].to_numpy()[:, None] == territories["layer"].to_numpy()[None, :]) & is_seat
    for rule in rules:
        admits &= match_rule(kinds[rule], territories[rule])
    home = territories["territory_id"].search_sorted(homes["territory_id"]).to_numpy().astype(np.intp)
    kind = homes["kind"].to_numpy().astype(np.intp)
    may_leave = admits.any(axis=1)[kind] & is_seat[home] if n_kinds else np.zeros(0, bool)
    rows, columns = np.nonzero(admits)
    heads = np.concatenate([rows, kind[may_leave]])
    tails = np.concatenate([columns, home[may_leave]]) + n_kinds
    size = n_kinds + n_territories
    graph = coo_array((np.ones(len(heads), dtype=np.int8), (heads, tails)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][n_kinds:]
    return territories.select("territory_id", label=pl.Series(labels, dtype=pl.Int64)).select(
        "territory_id", pool=pl.col("territory_id").min().over("label")
    )


def match_rule(values: pl.Series, rules: pl.Series) -> NDArray[np.bool_]:
    """(n_values, n_rules) whether each rule admits each value.

    A rule lists values separated by ``;``; null admits all. A null value fits only a rule that admits all.
    """
    result = np.ones((len(values), len(rules)), dtype=bool)
    known: dict[frozenset[str], NDArray[np.bool_]] = {}
    for t, rule in enumerate(rules):
        allowed = frozenset(part.strip() for part in (rule or "").split(";") if part.strip())
        if not allowed:
            continue
        if allowed not in known:
            known[allowed] = values.is_in(list(allowed)).fill_null(value=False).to_numpy()
        result[:, t] = known[allowed]
    return result
