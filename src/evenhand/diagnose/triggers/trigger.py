"""What a trigger is: a question about the territories, answered with evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl

    from evenhand.book.book import Book
    from evenhand.diagnose.win_rates import WinRates
    from evenhand.policy import Policy


class State(StrEnum):
    """The answer."""

    FIRED = "fired"
    NEAR = "near"
    QUIET = "quiet"
    CANNOT_TELL = "can't tell"


class TriggerSeverity(StrEnum):
    """How much a fired trigger matters."""

    HIGH = "high"
    """A territory is without a rep, or out of balance by twice the threshold or more."""
    MEDIUM = "medium"
    LOW = "low"
    """Not fired."""


@dataclass(frozen=True)
class Trigger:
    """The answer to one trigger's question.

    Attributes
    ----------
    name
        Stable, as in ``qualified_spread``.
    value, threshold
        The figure and the most it may be, in the unit of the policy entry; null where there is none.
    policy_entry
        Dotted name of the entry that set the threshold.
    message
        What was found, a sentence with the figures; for can't tell, what is missing.
    territory_ids
        The territories concerned, worst first.
    record_ids
        The records that show it, by table.
    figures
        What the value was worked out from.
    since
        The first day of it, where the book tells.
    """

    name: str
    title: str
    state: State
    severity: TriggerSeverity
    message: str
    policy_entry: str
    value: float | None = None
    threshold: float | None = None
    territory_ids: tuple[str, ...] = ()
    record_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    since: dt.date | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        since = self.since.isoformat() if self.since else None
        return {**asdict(self), "state": str(self.state), "severity": str(self.severity), "since": since}


@dataclass(frozen=True)
class Situation:
    """What triggers look at.

    Attributes
    ----------
    accounts, holdings, territories
        The results of `measure_accounts`, `hold` and `measure_territories`.
    win_rates
        The result of `adjust_win_rates`.
    """

    book: Book
    policy: Policy
    accounts: pl.DataFrame
    holdings: pl.DataFrame
    territories: pl.DataFrame
    win_rates: WinRates


def state_of(value: float, threshold: float, near_share: float) -> State:
    """Answer fired above the threshold, near from near_share of it, else quiet."""
    if value > threshold * (1 + 1e-9):
        return State.FIRED
    return State.NEAR if threshold > 0 and value >= near_share * threshold * (1 - 1e-9) else State.QUIET


def severity_of(state: State, value: float, threshold: float) -> TriggerSeverity:
    """Answer high from twice the threshold, medium where fired below that, else low."""
    if state is not State.FIRED:
        return TriggerSeverity.LOW
    return TriggerSeverity.HIGH if value >= 2 * threshold else TriggerSeverity.MEDIUM


def cannot_tell(name: str, title: str, policy_entry: str, missing: str) -> Trigger:
    """Answer that the book doesn't say, and what is missing."""
    return Trigger(name, title, State.CANNOT_TELL, TriggerSeverity.LOW, f"Can't tell: {missing}.", policy_entry)


def switched_off(name: str, title: str, policy_entry: str) -> Trigger:
    """Answer that the policy doesn't ask."""
    return Trigger(
        name, title, State.QUIET, TriggerSeverity.LOW, f"Switched off by the policy ({policy_entry}).", policy_entry
    )
