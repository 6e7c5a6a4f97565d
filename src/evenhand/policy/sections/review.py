"""Who agrees, and by when."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Review(Section):
    """Who agrees, and by when."""

    signers: list[str] = entry(lambda: ["CRO", "VP Sales", "VP RevOps"], "Who signs the policy before the plan.")
    sign_before_plan: bool = entry(True, "A plan is put to the managers only if its policy was signed before it.")
    approval_levels: int = entry(
        2, "So many leaders approve, from the nearest one above all touched teams upward.", low=1, high=10
    )
    approvers: list[str] = entry(
        lambda: ["VP Sales"], "Who approves where nobody in the book is above all touched teams."
    )
    flag_days: int = entry(5, "Managers may flag for so many working days.", unit="days", low=1, high=60)
    answer_days: int = entry(
        3, "Revenue operations answers a flag or a dispute within so many working days.", unit="days", low=1, high=60
    )
    reminder_days: list[int] = entry(
        lambda: [2, 0], "Who has yet to answer is reminded so many working days before the time is up.", unit="days"
    )
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
    price_families: int = entry(
        1500, "The price of a flag is found among the nearest territories that hold at most so many families.",
        low=100, high=1_000_000,
    )  # fmt: skip
    bundle_prices: int = entry(
        64, "Which flags are the cheapest together is proven as long as that takes at most so many prices; then the "
        "next one is whichever adds the least.", low=0, high=100_000, as_before=64,
    )  # fmt: skip
    digest_hour: int = entry(8, "What isn't urgent is mailed once a day, from this hour on.", unit="h", low=0, high=23)
    quiet_from_hour: int = entry(19, "No mail from this hour on.", unit="h", low=0, high=23)
    quiet_to_hour: int = entry(
        7, "No mail until this hour; the same as quiet_from_hour for no quiet hours.", unit="h", low=0, high=23
    )
    quiet_weekends: bool = entry(True, "No mail on Saturdays and Sundays.")
    time_zone: str = entry("UTC", "Time zone of the hours and deadlines of the review, such as Europe/Berlin.")
