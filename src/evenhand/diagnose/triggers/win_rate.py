"""Do win rates diverge after controlling for rep tenure?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, cannot_tell, severity_of
from evenhand.diagnose.wording import say_count, say_list, say_share

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
    near where only the former holds; where the estimate alone is that far apart; or where the deals rule out that win
    rates are the same but not that this is which reps had them.

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
    by_reps = has_diverged_by_reps(found, threshold=threshold, false_alarm_share=rules.false_alarm_share)
    if by_reps and state is State.QUIET:
        state = State.NEAR
    ruled = "is not ruled out" if found.high >= threshold else "is ruled out"
    verdict = f"; a difference of {_points(threshold)} points {ruled}"
    alone = [seat for seat in (found.high_id, found.low_id) if seat in rates.together_ids]
    whose = f"; {say_list(alone)} had one rep, so it is theirs together" if alone else ""
    if not rates.separates_reps:
        whose = "; each territory has one rep of its own, so it is theirs together"
    elif by_reps:
        whose = (
            f", but it may be the reps: by the luck of the deals alone they come {_say_chance(found.chance_of_deals)} "
            "of the time; more reps in each territory, or reps who change territory, would tell"
        )
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
        f"{_say_chance(found.chance)} of the time{verdict}{whose}.",
        ENTRY,
        value=found.points,
        threshold=threshold,
        territory_ids=(found.high_id, found.low_id),
        figures={
            "points_low": found.low,
            "points_high": found.high,
            "chance": found.chance,
            "chance_of_deals": found.chance_of_deals,
            "n_closed": found.n_closed,
            "raw_highest": high["raw"],
            "raw_lowest": low["raw"],
        },
    )


def has_diverged(found: Divergence, *, threshold: float, false_alarm_share: float) -> bool:
    """Say whether no difference is ruled out, and a difference of the threshold is not."""
    return _differs(found, false_alarm_share) and found.high >= threshold


def has_diverged_by_reps(found: Divergence, *, threshold: float, false_alarm_share: float) -> bool:
    """Say whether no difference is ruled out only if it isn't the reps', and one of the threshold is not ruled out."""
    return (
        not _differs(found, false_alarm_share) and found.chance_of_deals < false_alarm_share and found.high >= threshold
    )


def _differs(found: Divergence, false_alarm_share: float) -> bool:
    return found.chance < false_alarm_share


def _say_chance(chance: float) -> str:
    return "less than 1 %" if chance < LEAST_SAID else say_share(chance)


def _points(share: float) -> str:
    return f"{100 * share:.0f}".replace("-", "−")
