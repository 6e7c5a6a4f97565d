"""What became of learning the propensity, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.diagnose.wording import say_count

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.diagnose.propensity.skill import Skill
    from evenhand.policy import Policy

REFUSED = "The learned propensity to buy is refused, and the facts count instead"


def say_off() -> str:
    """Say that the policy goes by facts."""
    return (
        "The propensity to buy goes by facts: an account that is buying counts 1, any other 0. "
        'potential.propensity = "learned" in the policy learns it from closed opportunities.'
    )


def say_too_short(first: dt.date | None, n_cuts: int, policy: Policy) -> str:
    """Say that the history is too short to learn from."""
    rules = policy.propensity
    if first is None:
        return f"{REFUSED}: no closed opportunity with a date is on record."
    needed = rules.lookback_months + rules.horizon_months * (rules.least_tests + 1)
    return (
        f"{REFUSED}: deals are on record since {first.isoformat()}, which makes "
        f"{say_count(n_cuts, 'period')} of {say_count(rules.horizon_months, 'month')} with "
        f"{say_count(rules.lookback_months, 'month')} before each; learning and {say_count(rules.least_tests, 'test')} "
        f"take {say_count(needed, 'month')} of history."
    )


def say_too_few(n_won: int, n_all: int, needed: int, n_periods: int, policy: Policy) -> str:
    """Say that too few accounts won, or too few didn't."""
    return (
        f"{REFUSED}: {n_won:,} of {n_all:,} accounts won a deal over {say_count(n_periods, 'period')}; "
        f"before the last {say_count(policy.propensity.least_tests, 'period')} it takes {max(needed, 1):,} that did "
        "and as many that didn't."
    )


def say_judged(
    brier: Skill,
    log: Skill,
    slope: tuple[float, float, float],
    miss: float,
    counts: tuple[int, int, int],
    is_better: bool,
    policy: Policy,
) -> str:
    """Say whether it beat the base rate, with the figures; the counts are of tests, winners and accounts."""
    n_tests, n_won, n_all = counts
    horizon = say_count(policy.propensity.horizon_months, "month")
    tested = f"over {say_count(n_tests, 'later period')} of {horizon} ({n_won:,} of {n_all:,} accounts won a deal)"
    figures = (
        f"the Brier score is {_percent(brier.share)} better than the base rate’s "
        f"({_percent(brier.low)} to {_percent(brier.high)}) and the log loss {_percent(log.share)} "
        f"({_percent(log.low)} to {_percent(log.high)})"
    )
    if not is_better:
        return f"{REFUSED}: {tested} it did not clearly beat the base rate; {figures}."
    estimate, low, high = slope
    lean = "" if low <= 1 <= high else f", too {'extreme' if estimate < 1 else 'timid'}"
    return (
        f"The propensity to buy is learned: {tested} {figures}. Foretold and found differ by {100 * miss:.1f} points "
        f"on average (calibration slope {estimate:.2f}, {low:.2f} to {high:.2f}{lean})."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace("-", "−")
