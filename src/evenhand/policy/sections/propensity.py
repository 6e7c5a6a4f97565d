"""How the propensity to buy is learned from closed opportunities."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Propensity(Section):
    """How the propensity to buy is learned, where potential.propensity asks for it."""

    horizon_months: int = entry(
        3, "It is the probability of a won deal within so many months.", unit="months", low=1, high=24
    )
    lookback_months: int = entry(
        12, "Facts of so many months before count, closed deals and family.", unit="months", low=1, high=60
    )
    activity_days: int = entry(
        90, "Activities and new opportunities of so many days count.", unit="days", low=1, high=730
    )
    leave_out_types: list[str] = entry(
        lambda: ["renewal"], "Types that don't count as buying: a renewal says little of what else an account may buy."
    )
    most_periods: int = entry(8, "Past periods it is learned from at most.", unit="periods", low=3, high=40)
    least_tests: int = entry(
        2, "Periods on which it must have been tested, each after those it was learned from.", unit="periods",
        low=1, high=20,
    )  # fmt: skip
    wins_per_fact: int = entry(
        10, "Accounts with a won deal that learning needs for each fact it uses, and as many without.",
        low=1, high=1000,
        source="Peduzzi, Concato, Kemper, Holford and Feinstein (1996), ten events per variable",
    )  # fmt: skip
    confidence: float = entry(
        0.95, "It is refused unless it beats the base rate with this confidence.", unit="share", low=0.5, high=0.999
    )
    full_share: float = entry(
        0.95, "In the score of potential the account at this share of the list, by probability, counts as 1.",
        unit="share", low=0.5, high=1,
    )  # fmt: skip
