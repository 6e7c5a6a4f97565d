"""A new hire: a territory is carved at the ramped share from the most loaded, low grades first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.events.event import Event
from evenhand.plan.events.named import RULES, check_shares, find_fullest, find_seats, full_hours, has_seat, open_seat
from evenhand.plan.events.outcome import as_evidence, count, percent, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.event import Firm
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class NewHire(Event):
    """Give a new rep a territory of a ramped share of a full seat.

    Parameters
    ----------
    territory
        territory_id: a seat in the book, or a new one.
    capacity_share
        Size against a full seat while ramping, above 0.
    like
        For a new territory: the seat that it resembles (what it takes, where it is based). Empty: the fullest one.
    region, segment, vertical
        What a new territory takes instead; several separated by ``;``.

    Notes
    -----
    The target is the ramped share of a full seat's; every other target falls in proportion. The level λ at which
    Σ max(0, load − λ × target) is what the new territory (and those below their band) lack says who is most loaded:
    only seats above it give, none is taken further below it than ``events.carve_tolerance`` of its target, and a seat
    below it ends with no less than it has. Of all plans that do this, the one with the fewest high, then medium, then
    low moves is made.
    """

    territory: str
    capacity_share: float = 0.5
    like: str = ""
    region: str = ""
    segment: str = ""
    vertical: str = ""

    kind: ClassVar[str] = "new-hire"
    always_written: ClassVar[tuple[str, ...]] = ("capacity_share",)

    def __post_init__(self) -> None:
        if problems := check_shares("capacity_share", (self.capacity_share,)):
            raise InputError(problems)

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name its territory, which it fills."""
        return {self.territory: "gives it to a new hire"}

    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Set the seat's capacity, opening it where it isn't there."""
        rules = {column: getattr(self, column) for column in RULES if getattr(self, column)}
        if has_seat(setting, self.territory):
            if self.like or rules:
                said = ", ".join(["like"] * bool(self.like) + list(rules))
                message = f"is a seat of the book already and takes what the book says; leave out {said}"
                raise InputError({f"territory {self.territory}": message})
            (row,) = find_seats(setting, [self.territory])
            changed = setting.with_changes(
                [self.territory],
                capacity_share=self.capacity_share,
                capacity_hours=full_hours(row) * self.capacity_share,
            )
        else:
            like = self.like or find_fullest(setting, firm)
            if like is None:
                raise InputError(
                    {f"territory {self.territory}": "is new, but the book has no seat that it could resemble"}
                )
            changed = open_seat(setting, firm, self.territory, like=like, capacity_share=self.capacity_share, **rules)
        return replace(changed, carved=(*setting.carved, self.territory))

    def tell(self, outcome: Outcome) -> Iterator[Finding]:
        """Say from whom the territory was carved."""
        seat, seats = self.territory, outcome.seats
        own = seats[seat]
        gave = outcome.givers(seat)
        came = outcome.accounts.filter((pl.col("destination") == seat) & pl.col("moved"))
        target = own["target"]
        opened = (
            ""
            if seat in outcome.book.territories["territory_id"]
            else f", which is new and takes {self._takes(outcome)},"
        )
        share = percent(own["potential_after"] / target) if target > 0 else "–"
        parts = [
            f"{giver} gives {count(n, 'account')} worth {potential:,.0f} ({_say_giver(seats[giver])})"
            for giver, n, potential, _ in gave.iter_rows()
        ]
        levels = outcome.statement.asked.levels
        level = float(levels[outcome.statement.setting.ids.index(seat)]) if len(levels) else np.inf
        why = (
            f" Only seats above {percent(level)} of their new fair share give."
            if np.isfinite(level) and level > 0
            else ""
        )
        message = (
            f"{seat}{opened} gets {percent(self.capacity_share)} of a full seat: {count(came.height, 'account')} worth "
            f"{came['potential'].sum():,.0f}, so that it holds {own['potential_after']:,.0f}, {share} of its target of "
            f"{target:,.0f} ({outcome.say_grades(came)}); {percent(own['load_after'])} of its hours are used.{why}"
            + (f" {shorten(parts)}." if parts else "")
        )
        yield outcome.finding("PL150", seat, message, n_accounts=came.height, givers=as_evidence(gave))

    def _takes(self, outcome: Outcome) -> str:
        (row,) = find_seats(outcome.statement.setting, [self.territory])
        rules = [f"{column} {row[column]}" for column in RULES if row[column]]
        what = ", ".join(rules) if rules else "any account"
        return f"{what} (as {self.like} does)" if self.like and rules else what


def _say_giver(seat: dict[str, float]) -> str:
    if seat["target"] <= 0:
        return "given up"
    before, after = (percent(seat[f"potential_{when}"] / seat["target"]) for when in ("before", "after"))
    return f"{before} of its fair share before, {after} after"
