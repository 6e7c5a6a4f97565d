"""When a territory has drifted since an earlier book."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class HistoryOfBooks(Section):
    """When a territory has drifted since an earlier book."""

    drift_measures: list[str] = entry(
        lambda: ["accounts", "qualified", "potential", "workload_share"],
        "Measures whose drift is said. The others depend on few deals, so theirs is said only where it is steady over "
        "five books or more.",
    )  # fmt: skip
    drift_share: float = entry(
        0.15, "A territory has drifted where a measure moved away from the team's by more than this share of what it "
        "was, per capacity.", unit="share", low=0, high=10,
    )  # fmt: skip
    drift_count: int = entry(
        5, "… and, for counts (accounts, qualified accounts, open opportunities), by at least so many.",
        low=1, high=100_000,
    )  # fmt: skip
    accounts_named: int = entry(3, "Accounts that a sentence names before it only counts them.", low=0, high=100)
