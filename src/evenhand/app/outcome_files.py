"""An outcome as plain values: what its folder's `outcome.json` says, and what later cycles read of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evenhand.measure.comparison import GradeEffect, MatchedComparison
from evenhand.measure.matched import Balance, Effect
from evenhand.measure.shapes import list_distributions
from evenhand.measure.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome
    from evenhand.measure.proposal import Proposal

MARKER = "outcome.json"
"""The file that shows that a folder holds an outcome."""


def lay_out(outcome: Outcome, costs: Sequence[MoveCost], proposal: Proposal) -> dict[str, Any]:
    """Lay an outcome out as plain values for JSON; tables of single accounts are left to their CSV files."""
    states = dict(outcome.followed["state"].value_counts().sort("state").iter_rows())
    return {
        "moved_on": outcome.moved_on.isoformat(),
        "measured_on": outcome.comparison.window.ends_on.isoformat(),
        "n_days": outcome.n_days,
        "currency": outcome.currency,
        "before_hash": outcome.before_hash,
        "after_hash": outcome.after_hash,
        "conclusion": outcome.conclusion,
        "states": states,
        "fates": outcome.fates.to_dicts(),
        "team": outcome.team.to_dicts(),
        "shapes": [
            {
                "measure": one.measure,
                "layer": one.layer,
                "sentence": one.sentence,
                "now": one.after and one.after.sentence,
            }
            for one in outcome.shapes
        ],
        "balance_of_measures": outcome.balance.to_dicts(),
        "decays": [asdict(one) for one in outcome.decays],
        "waits": None if outcome.waits is None else outcome.waits.to_dicts(),
        "fairness": {
            "basis": outcome.fairness.basis,
            "n_periods": outcome.fairness.n_periods,
            "gap": outcome.fairness.gap,
            "rank_correlation": outcome.fairness.rank_correlation,
            "held_share": outcome.fairness.held_share,
            "sentence": outcome.fairness.sentence,
        },
        "effects": outcome.comparison.table.to_dicts(),
        "balance": [
            {"grade": one.grade, "outcome": one.outcome, "balance": [vars(row) for row in one.balance]}
            for one in outcome.comparison.effects
        ],
        "parts": [_lay_out_part(one) for one in outcome.comparison.parts],
        "costs": [{**asdict(one), "share": one.share, "is_clear": one.is_clear} for one in costs],
        "proposal": {"overlay": dict(proposal.overlay), "reasons": list(proposal.reasons)},
        "kept": None
        if outcome.kept is None
        else {"moved_share": outcome.kept.moved_share, "sentences": list(outcome.kept.sentences)},
        "findings": [finding.as_dict() for finding in outcome.findings],
    }


def list_tables(outcome: Outcome) -> dict[str, pl.DataFrame]:
    """Return the tables of an outcome by name."""
    tables = {
        "accounts": outcome.followed,
        "grades": outcome.fates,
        "team": outcome.team,
        "distributions": list_distributions(outcome.shapes),
        "balance": outcome.balance,
        "quotas": outcome.fairness.seats,
        "effects": outcome.comparison.table,
    }
    if outcome.waits is not None:
        tables["waits"] = outcome.waits
    if outcome.kept is not None:
        tables |= {"kept": outcome.kept.accounts, "deals": outcome.kept.deals, "follow_ups": outcome.kept.tasks}
    return tables


def read_parts(told: Mapping[str, Any]) -> MatchedComparison:
    """Read back of an `outcome.json` what adds up with other cycles."""
    window = Window(dt.date.fromisoformat(told["moved_on"]), dt.date.fromisoformat(told["measured_on"]))
    parts = tuple(
        GradeEffect(
            one["grade"], one["outcome"], _read_effect(one["effect"]), _read_effect(one["placebo"]),
            tuple(Balance(**row) for row in one.get("balance", ())), one["level"],
        )
        for one in told["parts"]
    )  # fmt: skip
    return MatchedComparison(window, (), (), parts)


def _lay_out_part(one: GradeEffect) -> dict[str, Any]:
    return {
        "grade": one.grade,
        "outcome": one.outcome,
        "level": one.level,
        "effect": _lay_out_effect(one.effect),
        "placebo": _lay_out_effect(one.placebo),
    }


def _lay_out_effect(effect: Effect) -> dict[str, Any]:
    """Infinite limits become null, which is what JSON has for them."""
    told = asdict(effect)
    return told | {name: told[name] if abs(told[name]) < float("inf") else None for name in ("low", "high")}


def _read_effect(told: Mapping[str, Any]) -> Effect:
    low, high = (
        float(sign + "inf") if told[name] is None else told[name] for name, sign in (("low", "-"), ("high", "+"))
    )
    return Effect(told["value"], low, high, told["n_moved"], told["n_controls"], told["n_groups"])
