"""What every event is: read, checked against the others, applied to the setting, and told when the plan is made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from evenhand.book.book import Book
    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting
    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Firm:
    """What an event may look at: the book, the figures of every account, and the policy."""

    book: Book
    figures: pl.DataFrame
    """From `evenhand.diagnose.accounts.measure_accounts`."""
    policy: Policy


@dataclass(frozen=True, eq=False)
class Conclusion:
    """What came of an event: findings in words, and tables for the plan's folder by name."""

    findings: tuple[Finding, ...]
    tables: Mapping[str, pl.DataFrame]


class Event(ABC):
    """Something that happens at the same time as the plan; subclasses are frozen dataclasses of their settings."""

    kind: ClassVar[str]
    """As on the command line."""
    always_written: ClassVar[tuple[str, ...]] = ()
    """Settings that are written even where they have their default."""

    @abstractmethod
    def claims(self, firm: Firm, /) -> Mapping[str, str]:
        """Return what it does with each seat it names: "T07" → "empties it"; no two events may name one seat."""

    @abstractmethod
    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Change the setting.

        Raises
        ------
        InputError
            If it names what isn't there, or can't be done.
        """

    @abstractmethod
    def tell(self, outcome: Outcome) -> Iterable[Finding]:
        """Say what was done, who receives how much and why, and the load before and after."""

    def conclude(self, outcome: Outcome) -> Conclusion:
        """Say what came of it; most events have no table."""
        return Conclusion(tuple(self.tell(outcome)), {})

    def __str__(self) -> str:
        """Write it as on the command line."""
        parts = []
        for field in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, field.name)
            default = field.default if field.default_factory is MISSING else field.default_factory()
            if value != default or field.name in self.always_written:
                parts.append(f"{field.name}={_write(value)}")
        return self.kind + (f":{','.join(parts)}" if parts else "")


def _write(value: Any) -> str:
    if isinstance(value, tuple):
        return ";".join(_write(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return f'"{text}"' if set(text) & set(",;=") else text
