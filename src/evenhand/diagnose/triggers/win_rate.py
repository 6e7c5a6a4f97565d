"""Do win rates diverge after controlling for rep tenure?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, cannot_tell, severity_of
from evenhand.diagnose.wording import say_count, say_share

if TYPE_CHECKING:
    from evenhand.diagnose.win_rates import Divergence

LEAST_SAID = 0.01

NAME, TITLE, ENTRY = "win_rate", "Divergence of win rates", "triggers.win_rate_points"


def compare_win_rates(situation: Situation) -> Trigger:
    """Compare the highest and the lowest adjusted win rate.

    Notes
    -----
    It fires where the deals rule out that win rates are the same and don't rule out that they are win_rate_points
    apart, see `has_diverged`: firing on the estimate alone would miss every second difference of just that size. It is
    near where only the former holds, or where the estimate alone is that far apart.

    References
    ----------
    Policy entries ``triggers.win_rate_points``, ``triggers.false_alarm_share``.
    """
    rates, rules = situation.win_rates, situation.policy.triggers
    if rates.missing is not None or rates.divergence is None:
        return cannot_tell(NAME, TITLE, ENTRY, rates.missing or "there are no adjusted win rates")
    found, threshold = rates.divergence, rules.win_rate_points
    state = State.QUIET
    if has_diverged(found, threshold=threshold, false_alarm_share=rules.false_alarm_share):
        state = State.FIRED
    elif _differs(found, rules.false_alarm_share) or found.points >= threshold:
        state = State.NEAR
    verdict = f"; a difference of {_points(threshold)} points is not ruled out" if state is State.FIRED else ""
    whose = "" if rates.separates_reps else "; each territory has one rep of its own, so it is theirs together"
    rows = {row["territory_id"]: row for row in rates.territories.iter_rows(named=True)}
    high, low = rows[found.high_id], rows[found.low_id]
    return Trigger(
        NAME,
        TITLE,
        state,
        severity_of(state, found.points, threshold),
        f"At equal rep tenure and mix of deals {found.high_id} wins {say_share(high['adjusted'])} and {found.low_id} "
        f"{say_share(low['adjusted'])}: {_points(found.points)} points apart ({_points(found.low)} to "
        f"{_points(found.high)}) over {say_count(found.n_closed, 'deal')}; differences like these come by chance "
        f"{'less than 1 %' if found.chance < LEAST_SAID else say_share(found.chance)} of the time{verdict}{whose}.",
        ENTRY,
        value=found.points,
        threshold=threshold,
        territory_ids=(found.high_id, found.low_id),
        figures={
            "points_low": found.low,
            "points_high": found.high,
            "chance": found.chance,
            "n_closed": found.n_closed,
            "raw_highest": high["raw"],
            "raw_lowest": low["raw"],
        },
    )


def has_diverged(found: Divergence, *, threshold: float, false_alarm_share: float) -> bool:
    """Say whether no difference is ruled out, and a difference of the threshold is not."""
    return _differs(found, false_alarm_share) and found.high >= threshold


def _differs(found: Divergence, false_alarm_share: float) -> bool:
    return found.chance < false_alarm_share and found.low > 0


def _points(share: float) -> str:
    return f"{100 * share:.0f}".replace("-", "−")
