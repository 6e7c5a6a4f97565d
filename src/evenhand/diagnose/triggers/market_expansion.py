"""Has the firm's market grown: a new region or vertical, or a territory grown past its band?"""

from __future__ import annotations

import datetime as dt

import polars as pl

from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, TriggerSeverity, cannot_tell, switched_off
from evenhand.diagnose.windows import QUARTER_MONTHS, months_before
from evenhand.diagnose.wording import say_count, say_list

NAME, TITLE, ENTRY = "market_expansion", "Market expansion", "triggers.market_expansion"
KINDS = ("country", "region", "vertical")


def find_expansion(situation: Situation) -> Trigger:
    """Find countries, regions and verticals that are new this quarter, and territories that new accounts outgrew.

    Notes
    -----
    New: at least expansion_accounts accounts, all created in the three months to the book's date. Outgrown: a seat
    whose potential is above bands.potential with its accounts created in those months and was not without them. New
    products are not in a book and can't be told.
    """
    book, policy = situation.book, situation.policy
    if not policy.triggers.market_expansion:
        return switched_off(NAME, TITLE, ENTRY)
    if not book.has("accounts", "created_on"):
        return cannot_tell(NAME, TITLE, ENTRY, "the accounts have no created_on")
    start = months_before(book.as_of, QUARTER_MONTHS)
    accounts = book.active_accounts.with_columns(is_new=(pl.col("created_on") > start).fill_null(value=False))
    if not (~accounts["is_new"]).any():
        return cannot_tell(NAME, TITLE, ENTRY, f"no account was created by {start}, so nothing can be called new")
    markets = pl.concat([_count(accounts, book.accounts, kind, start) for kind in KINDS])
    least = policy.triggers.expansion_accounts
    new = markets.filter(pl.col("n") >= least)
    forming = markets.filter(pl.col("n") < least)
    outgrown = _outgrown(situation, accounts)
    fired = new.height + len(outgrown) > 0
    state = State.FIRED if fired else State.NEAR if forming.height else State.QUIET
    chosen = new if fired else forming
    parts = [f"{kind} {value} ({say_count(n, 'account')})" for kind, value, n, _ in chosen.iter_rows()]
    found = [f"new since {start}: {say_list(parts)}"] if parts else []
    if outgrown:
        found.append(f"grown past the band by new accounts: {say_list(list(outgrown))}")
    message = "; ".join(found) if found else f"no new country, region or vertical since {start}"
    return Trigger(
        NAME,
        TITLE,
        state,
        TriggerSeverity.MEDIUM if fired else TriggerSeverity.LOW,
        f"{message[0].upper()}{message[1:]}. New products are not in a book.",
        ENTRY,
        value=float(new.height + len(outgrown)),
        threshold=0.0,
        territory_ids=outgrown,
        record_ids={"accounts": tuple(sorted({a for ids in chosen["account_ids"] for a in ids}))} if parts else {},
        figures={"new_markets": [{"kind": k, "value": v, "n_accounts": n} for k, v, n, _ in chosen.iter_rows()]},
        since=start + dt.timedelta(days=1) if fired else None,
    )


def _count(active: pl.DataFrame, ever: pl.DataFrame, kind: str, start: dt.date) -> pl.DataFrame:
    """Count the new accounts of each value that no earlier account, churned or not, has."""
    earlier = ever.filter(pl.col("created_on").is_null() | (pl.col("created_on") <= start))[kind].drop_nulls().unique()
    if not earlier.len():
        # The column was not kept before, so a value says nothing of a new market.
        active = active.clear()
    return (
        active.filter(pl.col("is_new") & pl.col(kind).is_not_null() & ~pl.col(kind).is_in(earlier.implode()))
        .group_by(pl.col(kind).alias("value"))
        .agg(n=pl.len().cast(pl.Int64), account_ids=pl.col("account_id").sort())
        .select(kind=pl.lit(kind), value="value", n="n", account_ids="account_ids")
        .sort("n", "value", descending=[True, False])
    )


def _outgrown(situation: Situation, accounts: pl.DataFrame) -> tuple[str, ...]:
    """Return the seats above the band with their new accounts that were not above it without all the new ones."""
    band = situation.policy.bands.potential
    if band is None:
        return ()
    seats = situation.holdings.filter(pl.col("is_seat") & (pl.col("capacity_share") > 0))
    added = (
        situation.accounts.join(accounts.filter("is_new").select("account_id"), on="account_id")
        .group_by("territory_id")
        .agg(added=pl.col("potential").sum())
    )
    with_added = seats.join(added, on="territory_id", how="left").with_columns(
        before=pl.col("potential") - pl.col("added").fill_null(0.0)
    )
    per_capacity = {
        name: pl.col(name)
        / pl.col("capacity_share")
        / (pl.col(name).sum() / pl.col("capacity_share").sum()).over("layer", "pool")
        for name in ("potential", "before")
    }
    return tuple(
        with_added.with_columns(**{f"{name}_ratio": ratio for name, ratio in per_capacity.items()})
        .filter((pl.col("added") > 0) & (pl.col("potential_ratio") > 1 + band) & ~(pl.col("before_ratio") > 1 + band))
        .sort("potential_ratio", "territory_id", descending=[True, False])["territory_id"]
    )
