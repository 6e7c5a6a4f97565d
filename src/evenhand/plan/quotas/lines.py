"""The lines of a bridge: what each is called, and what it says to the rep whose quota it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of a bridge.

    Attributes
    ----------
    title
        What it is called in a table.
    explanation
        What it means to the rep, in a sentence.
    """

    name: str
    title: str
    explanation: str


_ALL = (
    Line("opening", "Opening quota", "The quota of the period before anything moves."),
    Line("accounts_leaving", "Accounts that leave", "What the accounts that leave were worth of this quota."),
    Line("accounts_arriving", "Accounts that arrive", "What the accounts that arrive were worth where they come from."),
    Line(
        "pipeline_kept",
        "Pipeline kept through close",
        "Late deals stay with the rep who has them, and so does their quota.",
    ),
    Line(
        "method",
        "Set anew by the policy's method",
        "What the way of setting quotas adds or takes beyond what the accounts bring.",
    ),
    Line("ramp_relief", "Ramp relief on inherited accounts", "What is spared while new accounts are still being met."),
    Line("relief_carried", "Share of the relief of others", "The relief of others, carried so that the total stays."),
    Line("floor", "Raised to the floor", "What lifts the quota to the least that was agreed for this seat."),
    Line("cap", "Lowered to the cap", "What holds the quota to the most that was agreed for this seat."),
    Line(
        "limits_shared",
        "Share of the floors and caps of others",
        "What floors and caps of others add or take, so that the total stays.",
    ),
    Line("rounding", "Rounding", "To the amounts that quotas are set in."),
)

LINES = tuple(line.name for line in _ALL)
"""The lines of a bridge, in order; they add up to the new quota."""

TITLES = {line.name: line.title for line in _ALL}
EXPLANATIONS = {line.name: line.explanation for line in _ALL}
