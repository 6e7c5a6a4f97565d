"""What has drifted: each seat's trend over the past quarters, and what changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from evenhand.diagnose.history.kendall import find_trend
from evenhand.diagnose.history.quarters import list_quarters
from evenhand.diagnose.wording import say_count, say_list, say_money, say_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from evenhand.book.book import Book
    from evenhand.policy import Policy


@dataclass(frozen=True)
class Drift:
    """A seat's history in short.

    Attributes
    ----------
    rising, falling
        Measures that rose or fell steadily: more than chance would bring (Kendall's rank correlation with time).
    n_arrived, n_left
        Accounts over all the quarters; null where the book doesn't tell.
    reps
        Those who covered it at the quarters' ends, in order, without repeats in a row.
    """

    territory_id: str
    rising: tuple[str, ...]
    falling: tuple[str, ...]
    n_arrived: int | None
    n_left: int | None
    reps: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class History:
    """The past quarters of every seat.

    Attributes
    ----------
    quarters
        See `list_quarters`.
    drifts
        One for each seat, by territory_id.
    """

    quarters: pl.DataFrame = field(repr=False)
    drifts: tuple[Drift, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {"quarters": self.quarters.to_dicts(), "drifts": [dict(vars(drift)) for drift in self.drifts]}


TRENDS = {
    "attainment": "attainment",
    "n_accounts": "accounts",
    "pipeline_created_cents": "pipeline created",
    "won_cents": "sales won",
}


def trace_history(book: Book, policy: Policy) -> History:
    """Say for every seat what has risen or fallen steadily over the past quarters, and what changed meanwhile.

    Notes
    -----
    A measure has a trend where Kendall's τ with time has a chance below ``triggers.false_alarm_share`` ÷ the number of
    measures looked at; at least five quarters are needed.

    References
    ----------
    M. G. Kendall: A new measure of rank correlation. Biometrika 30 (1938) 81–93. Policy entry
    ``cadence.attainment_quarters``.
    """
    quarters = list_quarters(book, policy)
    chance = policy.triggers.false_alarm_share / len(TRENDS)
    columns = [*TRENDS, "n_arrived", "n_left", "rep_id"]
    seats = quarters.group_by("territory_id", maintain_order=True).agg(columns)
    return History(quarters, tuple(_drift(seat, chance, book.currency) for seat in seats.iter_rows(named=True)))


def _drift(seat: Mapping[str, Any], chance: float, currency: str) -> Drift:
    trends = {name: find_trend(seat[name], chance) for name in TRENDS}
    arrived, left = (None if None in seat[name] else sum(seat[name]) for name in ("n_arrived", "n_left"))
    reps = tuple(rep for rep, _ in groupby(rep for rep in seat["rep_id"] if rep is not None))
    rising = tuple(name for name, trend in trends.items() if trend > 0)
    falling = tuple(name for name, trend in trends.items() if trend < 0)
    said = [
        f"{TRENDS[name]} {'rose' if name in rising else 'fell'} from {_say(name, seat[name], 0, currency)} to "
        f"{_say(name, seat[name], -1, currency)}"
        for name in TRENDS
        if name in rising or name in falling
    ]
    meanwhile = []
    if arrived is not None and left is not None and arrived + left:
        meanwhile.append(f"{say_count(arrived, 'account')} came and {left} left")
    if len(reps) > 1:
        meanwhile.append(f"the rep changed {say_count(len(reps) - 1, 'time')} ({' → '.join(reps)})")
    lead = f"over {len(seat['rep_id'])} quarters " + (say_list(said) if said else "nothing rose or fell steadily")
    tail = f"; meanwhile {say_list(meanwhile)}" if meanwhile else ""
    seat_id = seat["territory_id"]
    return Drift(seat_id, rising, falling, arrived, left, reps, f"{seat_id}: {lead}{tail}.")


def _say(name: str, values: Sequence[float | None], at: int, currency: str) -> str:
    value = [float(value) for value in values if value is not None][at]
    if name == "attainment":
        return say_share(value)
    return say_money(value, currency) if name.endswith("_cents") else f"{value:,.0f}"
