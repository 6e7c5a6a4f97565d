"""The figures of a plan that a decision is made on, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.plan.ramp.basis import LEARNED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.plan.scenarios.side import Side

_RATIO_MEASURE = "potential"
NOTHING = "–"


def list_figures(side: Side) -> dict[str, str]:
    """Return the figures by name, in the order in which they are read."""
    moves = side.moves_by_grade
    banded = side.territories.filter(pl.col("status_after").is_not_null())
    before, after = (_largest_to_smallest(side, column) for column in ("before", "after"))
    quotas = side.quotas
    opening = quotas.filter(pl.col("line") == "opening")["amount_cents"].sum()
    return {
        "status": side.status,
        "policy": side.policy + (f" / {side.scenario}" if side.scenario else ""),
        "events": ", ".join(side.events) or "none",
        "edits": ", ".join(side.edits) or "none",
        "moves": f"{sum(moves.values()):,}",
        "moves, high": f"{moves['high']:,}",
        "moves, medium": f"{moves['medium']:,}",
        "moves, low": f"{moves['low']:,}",
        "customers touched": f"{side.touched['n_customers']:,}",
        "seats touched": f"{side.touched['n_seats']:,}",
        "moved again within the cool-down": f"{side.touched['n_moved_again']:,}",
        "of two or more owners before": f"{side.touched['n_many_owners']:,}",
        "outside a band before": f"{banded.filter(pl.col('status_before') != 'within').height:,}",
        "outside a band after": f"{banded.filter(pl.col('status_after') != 'within').height:,}",
        "largest ÷ smallest potential before": before,
        "largest ÷ smallest potential after": after,
        "highest workload after": _extreme(side, "workload_share", largest=True),
        "lowest coverage after": _extreme(side, "coverage", largest=False),
        "violation": f"{side.violation:.4g}",
        "bands would be met if wider by": NOTHING if side.widening_share is None else _percent(side.widening_share),
        "alignment cost": f"{side.cost:,.2f}",
        "gap": "unknown" if side.gap is None else f"{side.gap:.2%}".replace("%", " %"),
        "quota before": f"{opening / 100:,.2f}",
        "quota after": f"{quotas['amount_cents'].sum() / 100:,.2f}",
        **_list_ramp(side),
        **_list_fairness(side),
    }


def _list_ramp(side: Side) -> dict[str, str]:
    """List what is lost while accounts are new to their seats; nothing where a plan doesn't say."""
    if not side.ramp:
        return {}
    totals, table = side.ramp["totals"], side.ramp_by_territory
    cents, low, high = (totals[name] for name in ("lost_cents", "lost_cents_low", "lost_cents_high"))
    known = cents is not None
    return {
        "business lost while accounts are new": f"{cents / 100:,.2f}" if known else NOTHING,
        "business lost, low to high": f"{low / 100:,.0f} to {high / 100:,.0f}" if known else NOTHING,
        "hours lost while accounts are new": f"{totals['lost_hours']:,.0f}",
        "days of business lost per account that moves": _mean_days(table, "lost_days"),
        "days until an account that moves sells as before": _mean_days(table, "normal_days"),
        "ramp taken from": _say_source(side.ramp),
    }


def _say_source(ramp: Mapping[str, Any]) -> str:
    return f"{ramp['n_transfers']:,} past transfers" if ramp["source"] == LEARNED else "the policy"


def _mean_days(table: pl.DataFrame, column: str) -> str:
    """Mean over the accounts, from the means of the territories that get them."""
    known = table.filter(pl.col(column).is_not_null())
    n = int(known["n_accounts"].sum())
    return f"{float((known[column] * known['n_accounts']).sum()) / n:,.0f}" if n else NOTHING


def _list_fairness(side: Side) -> dict[str, str]:
    """List how far apart seats are in what they can be expected to attain; nothing where a plan doesn't say."""
    ends = {end: side.fairness.get(end) for end in ("before", "after")}
    if not any(ends.values()):
        return {}
    named = (("spread of expected attainment", "variation"), ("lowest expected attainment", "smallest"))
    return {
        f"{title} {end}": _percent(spread[name]) if spread else NOTHING
        for title, name in named
        for end, spread in ends.items()
    }


def _largest_to_smallest(side: Side, column: str) -> str:
    potential = side.territories.filter((pl.col("measure") == _RATIO_MEASURE) & (pl.col("target") > 0))[column]
    least, most = potential.min(), potential.max()
    if not isinstance(least, float) or not isinstance(most, float) or least <= 0:
        return NOTHING
    return f"{most / least:.2f}"


def _extreme(side: Side, measure: str, *, largest: bool) -> str:
    values = side.hierarchy.filter("is_seat", pl.col("measure") == measure)["after"].drop_nulls()
    if not len(values):
        return NOTHING
    value = float(values.max() if largest else values.min())  # type: ignore[arg-type]  # of floats, and not empty
    return _percent(value) if measure == "workload_share" else f"{value:.1f} ×"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
