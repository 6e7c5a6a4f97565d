"""An outcome in the few sentences and figures that an executive meeting has time for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.diagnose.wording import say_count, say_money, say_share
from evenhand.measure.cost import ANY
from evenhand.measure.follow_up import State
from evenhand.measure.windows import ACTIVITIES, PIPELINE, WON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome
    from evenhand.measure.proposal import Proposal

EFFECT_WORDS = {
    PIPELINE: "pipeline created, an account",
    WON: "amount won, an account",
    ACTIVITIES: "activities, an account",
}
_TROUBLE = (State.LATE, State.DROPPED, State.NOT_MOVED)


def say_headline(outcome: Outcome) -> str:
    """Say in one sentence what became of the plan."""
    n = outcome.followed.height
    if not n:
        return f"No account was moved; {say_count(outcome.n_days, 'day')} later the team stands as follows."
    states = dict(outcome.followed["state"].value_counts().iter_rows())
    parts = [f"{states.get(State.WORKED, 0):,} are worked"]
    parts += [f"{states[state]:,} {state}" for state in _TROUBLE if state in states]
    said = ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"{say_count(outcome.n_days, 'day')} after the move, of {say_count(n, 'moved account')} {said}."


def say_effects(outcome: Outcome) -> list[str]:
    """Say for each grade and outcome what moving did, an account on average, with the interval."""
    said = []
    for one in outcome.comparison.effects:
        effect = one.effect

        def say(value: float, outcome_name: str = one.outcome) -> str:
            if outcome_name == ACTIVITIES:
                return f"{value:+.2f}".replace("-", "−")
            return ("+" if value > 0 else "") + say_money(value, outcome.currency)

        doubt = ""
        if not one.holds:
            doubt = "; the placebo says not to believe it"
        elif not effect.is_clear:
            doubt = "; that may be chance"
        said.append(
            f"Grade {one.grade}, {EFFECT_WORDS[one.outcome]}: {say(effect.value)} ({say(effect.low)} to "
            f"{say(effect.high)}) against similar accounts that stayed, over {say_count(outcome.n_days, 'day')}{doubt}."
        )
    few = [finding.message for finding in outcome.comparison.findings if finding.code == "ME101"]
    return said + [f"{text[:1].upper()}{text[1:]}." for text in few]


def summarise(outcome: Outcome, costs: Sequence[MoveCost], proposal: Proposal, title: str) -> dict[str, Any]:
    """Lay the one page for the executive meeting out as facts of a document.

    Returns
    -------
    dict[str, Any]
        title, headline, figures (rows of label, before, now), grades (rows of the moves by grade), sections of
        sentences.
    """
    return {
        "title": title,
        "headline": say_headline(outcome),
        "figures": _list_figures(outcome),
        "grades": [
            {
                "grade": row["grade"],
                "n_moved": f"{row['n_moved']:,}",
                "n_worked": f"{row['n_worked']:,}",
                "n_trouble": f"{row['n_late'] + row['n_dropped'] + row['n_not_moved']:,}",
                "open_now": say_money(row["open_now_cents"], outcome.currency),
                "won": say_money(row["won_since_cents"], outcome.currency),
            }
            for row in outcome.fates.iter_rows(named=True)
        ],
        "sections": [
            {"title": title, "sentences": sentences}
            for title, sentences in (
                ("Was the plan kept?", list(outcome.kept.sentences) if outcome.kept else []),
                ("Balance", [decay.sentence for decay in outcome.decays if decay.measure == "potential"]),
                ("What moving did", _first_effects(outcome, costs)),
                ("Quotas", [outcome.fairness.sentence]),
                ("For the next policy", _say_proposal(proposal)),
                ("Now", [outcome.conclusion]),
            )
            if sentences
        ],
    }


def _first_effects(outcome: Outcome, costs: Sequence[MoveCost]) -> list[str]:
    """Keep to what a page holds: over all cycles where there are several, else this one's pipeline."""
    over_all = [one.sentence for one in costs if one.outcome == PIPELINE and one.grade != ANY]
    return (over_all or say_effects(outcome))[:4]


def _say_proposal(proposal: Proposal) -> list[str]:
    if not proposal.overlay:
        return ["Nothing is proposed: no cost of a move is clear yet."]
    return [f"{path} = {value:,}" for path, value in proposal.overlay]


def _list_figures(outcome: Outcome) -> list[dict[str, str]]:
    rows = []
    for row in outcome.team.filter(pl.col("before").is_not_null() | pl.col("after").is_not_null()).iter_rows(
        named=True
    ):
        said = [_say(row[side], row["unit"]) for side in ("before", "after")]
        interval = ""
        if row["after_low"] is not None:
            interval = f"{_say(row['after_low'], row['unit'])} to {_say(row['after_high'], row['unit'])}"
        rows.append({"label": row["figure"], "before": said[0], "now": said[1], "interval": interval})
    return rows


def _say(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return say_share(value) if unit == "share" else f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
