"""Which accounts came to a territory and left it from one book to the next, and what that did to each measure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.history.snapshots import ADDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.diagnose.history.snapshots import Snapshot

FLOW_SCHEMA = {
    "territory_id": pl.String,
    "layer": pl.String,
    "since": pl.Date,
    "until": pl.Date,
    "flow": pl.String,
    "account_id": pl.String,
    "other_territory_id": pl.String,
    **dict.fromkeys(ADDED, pl.Float64),
}


def list_flows(snapshots: Sequence[Snapshot]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """List every account that came to a territory or left it, and add up how those that stayed changed.

    Parameters
    ----------
    snapshots
        In order of date.

    Returns
    -------
    flows : pl.DataFrame
        With `FLOW_SCHEMA`: one row per account that arrived in a territory (flow "arrived", from other_territory_id;
        null where the earlier book doesn't have it) or left it ("left", to other_territory_id; null where it is no
        longer an active account) between the books of since and until; for each measure of `ADDED` what it brought
        (in the later book) or took (in the earlier one). Sorted.
    stayed : pl.DataFrame
        territory_id, layer, since, until and for each measure the change of the accounts that stayed.

    Notes
    -----
    For each measure and territory: later − earlier = Σ arrived − Σ left + change of those that stayed.
    """
    flows, stayed = [], []
    for earlier, later in pairwise(snapshots):
        both = earlier.held.join(
            later.held, on=["layer", "account_id"], how="full", coalesce=True, suffix="_later"
        ).with_columns(since=pl.lit(earlier.as_of), until=pl.lit(later.as_of))
        moved = both.filter(pl.col("territory_id").ne_missing(pl.col("territory_id_later")))
        flows.append(_list_one_way(moved, "left", "territory_id", "territory_id_later", ""))
        flows.append(_list_one_way(moved, "arrived", "territory_id_later", "territory_id", "_later"))
        stayed.append(
            both.filter(pl.col("territory_id") == pl.col("territory_id_later"))
            .group_by("territory_id", "layer", "since", "until")
            .agg((pl.col(f"{name}_later") - pl.col(name)).sum().alias(name) for name in ADDED)
        )
    keys = ["layer", "territory_id", "until"]
    return pl.concat(flows).sort(*keys, "flow", "account_id"), pl.concat(stayed).sort(*keys)


def _list_one_way(moved: pl.DataFrame, flow: str, own: str, other: str, suffix: str) -> pl.DataFrame:
    return moved.filter(pl.col(own).is_not_null()).select(
        pl.col(own).alias("territory_id"),
        "layer",
        "since",
        "until",
        pl.lit(flow).alias("flow"),
        "account_id",
        pl.col(other).alias("other_territory_id"),
        *(pl.col(f"{name}{suffix}").alias(name) for name in ADDED),
    )
