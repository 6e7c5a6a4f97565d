"""What makes a review worth a plan."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Triggers(Section):
    """What makes a review worth a plan."""

    qualified_spread: float = entry(
        0.20, "Largest territory has so much more qualified accounts than the smallest, per capacity.",
        unit="share", low=0, high=10,
    )  # fmt: skip
    win_rate_points: float = entry(
        0.15, "Win rates differ by so much after controlling for rep tenure.", unit="share", low=0, high=1
    )
    qualified_difference: int = entry(
        5, "… and by at least so many accounts, so that small territories don't fire by one account.",
        low=1, high=100_000,
    )  # fmt: skip
    accounts_lost_share: float = entry(
        0.10, "A territory lost so much of its accounts in a quarter.", unit="share", low=0, high=1
    )
    accounts_lost_count: int = entry(3, "… and at least so many accounts.", low=1, high=100_000)
    vacancy_days: int = entry(14, "A seat is vacant for so long.", unit="days", low=0, high=365)
    new_hire: bool = entry(True, "A new hire needs a territory.")
    new_hire_days: int = entry(
        180, "A rep without a territory is a new hire for so long after the first day.", unit="days", low=1, high=730
    )
    market_expansion: bool = entry(True, "A new region, vertical or product, or potential grown past its band.")
    expansion_accounts: int = entry(
        5, "Accounts won in a quarter in a region or vertical that is new to the firm make it a new market.",
        low=1, high=100_000,
    )  # fmt: skip
    near_share: float = entry(0.8, "A trigger at so much of its threshold is near.", unit="share", low=0.1, high=1)
    false_alarm_share: float = entry(
        0.05, "Chance of a false alarm that a modelled trigger may have.", unit="share", low=0.001, high=0.5
    )
    usual_log_odds: float = entry(
        0.5, "Win rates of reps, and of territories, are taken to differ by no more than about so much (log-odds; 0.5 "
        "is 25 % against 35 %) until the deals say otherwise.", low=0.05, high=5,
    )  # fmt: skip
