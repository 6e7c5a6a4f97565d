"""Who agrees, and by when."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Review(Section):
    """Who agrees, and by when."""

    signers: list[str] = entry(lambda: ["CRO", "VP Sales", "VP RevOps"], "Who signs the policy before the plan.")
    flag_days: int = entry(5, "Managers may flag for so many working days.", unit="days", low=1, high=60)
    silence_is_consent: bool = entry(False, "A manager who doesn't answer agrees.")
    dispute_days: int = entry(10, "Reps may dispute for so many working days.", unit="days", low=0, high=90)
    flag_reasons: list[str] = entry(
        lambda: [
            "anchor account",
            "executive relationship",
            "renewal in danger",
            "dispute",
            "customer confusion",
            "other",
        ],
        "Reasons a manager may give.",
    )
