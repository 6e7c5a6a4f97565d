"""How what a model says of one territory came about."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.pipeline import was_decided
from evenhand.diagnose.seats import place_accounts
from evenhand.diagnose.trace.trace import Trace, trace_entries
from evenhand.diagnose.wording import say_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.policy import Policy


def trace_model(territory_id: str, figure: str, diagnosis: Diagnosis, book: Book, policy: Policy) -> Trace:
    """Trace one of `MODELS` for a territory to what the model was given of it."""
    return MODELS[figure](territory_id, diagnosis, book, policy)


def _effects(territory_id: str, diagnosis: Diagnosis, _book: Book, policy: Policy) -> Trace:
    effects = diagnosis.effects
    rows = effects.territories.filter(pl.col("territory_id") == territory_id)
    value, steps = effects.missing or "no closed period with attainment and cover", []
    if rows.height:
        row = rows.row(0, named=True)
        value = row["sentence"]
        steps = [
            ("attainment", f"{say_share(row['attainment'])} over {row['n_periods']} periods, {row['n_reps']} reps"),
            ("territory effect", _say_interval(row["effect"], row["low"], row["high"], effects.confidence)),
            *((f"share of variance: {name}", say_share(share)) for name, share in effects.shares.items()),
        ]
    stints = effects.stints
    if stints.width:
        stints = stints.filter(pl.col("territory_id") == territory_id).select(
            pl.format("{} {} {}", "territory_id", "period_start", "rep_id").alias("record_id"), pl.all()
        )
    return Trace(
        subject=f"{territory_id}:effects",
        title=f"Territory or rep: {territory_id}",
        value=value,
        formula=(
            "attainment = period + territory + rep + error, with territories and reps as crossed random effects over "
            "all territories together; the rows are those of this one"
        ),
        steps=tuple(steps),
        entries=trace_entries(
            policy, ("cadence.attainment_quarters", "verdict.effect_periods", "triggers.false_alarm_share")
        ),
        records={"quotas and coverage": stints} if stints.width else {},
    )


def _adjusted_win_rate(territory_id: str, diagnosis: Diagnosis, book: Book, policy: Policy) -> Trace:
    rates = diagnosis.win_rates
    rows = rates.territories.filter(pl.col("territory_id") == territory_id)
    value, steps = rates.missing or "too few closed deals by reps whose first day is known", []
    if rows.height:
        row = rows.row(0, named=True)
        value = say_share(row["adjusted"])
        steps = [
            ("won as it stands", f"{say_share(row['raw'])} of {row['n_closed']:,} deals"),
            (
                "at equal tenure and mix",
                f"{say_share(row['adjusted'])} ({say_share(row['low'])} to {say_share(row['high'])})",
            ),
        ]
        if rates.tenure_log_odds is not None:
            steps.append(("log-odds for one more log-year of tenure", f"{rates.tenure_log_odds:+.2f}"))
    own = place_accounts(book).join(
        book.accounts.select("account_id", "territory_id"), on=["account_id", "territory_id"]
    )
    deals = (
        book.opportunities.filter(was_decided(book, policy))
        .join(own.filter(pl.col("territory_id") == territory_id), on="account_id")
        .join(book.reps.select("rep_id", "hired_on").drop_nulls(), on="rep_id")
        .select("account_id", "rep_id", "hired_on", "type", "closed_on", "is_won", record_id="opportunity_id")
        .select("record_id", pl.exclude("record_id"))
        .sort("record_id")
    )
    return Trace(
        subject=f"{territory_id}:adjusted_win_rate",
        title=f"Win rate of {territory_id} at equal rep tenure and mix of deals",
        value=value,
        formula=(
            "log-odds of winning = constant + type + log(1 + years of the rep) + territory + rep, fitted to all "
            "territories together; the rows are the deals of this one"
        ),
        steps=tuple(steps),
        entries=trace_entries(
            policy, ("verdict.trailing_months", "verdict.deals_at_least", "triggers.false_alarm_share")
        ),
        records={"opportunities": deals},
    )


def _history(territory_id: str, diagnosis: Diagnosis, _book: Book, policy: Policy) -> Trace:
    quarters = diagnosis.history.quarters.filter(pl.col("territory_id") == territory_id)
    sentence = next((d.sentence for d in diagnosis.history.drifts if d.territory_id == territory_id), "no history")
    return Trace(
        subject=f"{territory_id}:history",
        title=f"The past quarters of {territory_id}",
        value=sentence,
        formula=(
            "each quarter's accounts (created_on, churned_on, ownership), pipeline created and won (opportunities), "
            "attainment (quotas) and rep (coverage); steady where Kendall's rank correlation with time is beyond chance"
        ),
        entries=trace_entries(policy, ("cadence.attainment_quarters", "triggers.false_alarm_share")),
        records={"quarters": quarters.select(pl.col("quarter_end").cast(pl.String).alias("record_id"), pl.all())},
    )


def _say_interval(value: float, low: float, high: float, confidence: float) -> str:
    said = f"{100 * value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}) points, {say_share(confidence)} interval"
    return said.replace("-", "−")


MODELS: Mapping[str, Callable[[str, Diagnosis, Book, Policy], Trace]] = MappingProxyType(
    {"effects": _effects, "adjusted_win_rate": _adjusted_win_rate, "history": _history}
)
"""What models say of a territory, by the name it is asked for."""
