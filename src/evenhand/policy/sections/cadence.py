"""When to look again."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Cadence(Section):
    """When to look again."""

    review_months: int = entry(3, "Months between reviews.", unit="months", low=1, high=24)
    follow_up_days: list[int] = entry(lambda: [30, 60], "Follow-ups after the handoff.", unit="days")
    attainment_quarters: int = entry(8, "Quarters of attainment that are looked at.", unit="quarters", low=1, high=40)
    sync_days: int = entry(
        3, "So many days before a review its source is brought in anew.", unit="days", low=0, high=60, as_before=3
    )
    book_days: int = entry(
        21, "A book that is older than so many days on the day of the review doesn't count for it.",
        unit="days", low=1, high=365, as_before=21,
    )  # fmt: skip
    reminder_days: list[int] = entry(
        lambda: [14, 3, 0], "Reminders so many days before a review.", unit="days", as_before=[14, 3, 0]
    )
    meeting_minutes: int = entry(
        75, "Length of the meeting where something is to be decided.", unit="minutes", low=30, high=240, as_before=75
    )
    quiet_minutes: int = entry(
        15, "Length of the meeting where no trigger fired.", unit="minutes", low=5, high=60, as_before=15
    )
    alarm_step_share: float = entry(
        0.25, "A cause that was alarmed before alarms again when it has grown by this share since.",
        unit="share", low=0.01, high=10, as_before=0.25,
    )  # fmt: skip
