"""How the messages of a handoff are sent, and what follows."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Sending(Section):
    """How the messages of a handoff are sent, and what follows."""

    retry_minutes: int = entry(
        5, "A message that the mail server can't take now is tried again after so many minutes, then after twice as "
        "many, and so on.", unit="min", low=1, high=1440, as_before=5,
    )  # fmt: skip
    most_tries: int = entry(
        8, "After so many tries a message has failed, and a person decides.", low=1, high=50, as_before=8
    )
    unsure_minutes: int = entry(
        10, "A message that was being given to the mail server for so long may have been sent: its worker is gone. "
        "It is never sent again by itself.", unit="min", low=1, high=1440, as_before=10,
    )  # fmt: skip
    credit_dispute_days: int = entry(
        20, "A rep may dispute the credit of a deal for so many working days after it is stated.",
        unit="days", low=1, high=250, as_before=20,
    )  # fmt: skip
