"""What a story consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames
    from evenhand.app.sample.seats import Layout
    from evenhand.app.sample.staffing import Staffing

    Tables = dict[str, pl.DataFrame]


def leave_staffed(staffing: Staffing, layout: Layout, history: History) -> None:
    """Leave every seat as it is."""


@dataclass(frozen=True)
class Story:
    """What has happened to the firm.

    Attributes
    ----------
    tell
        Takes the firm and its clean tables; returns them changed, with what is true of the story.
    empty_seats
        Changes the staffing in place, before anything is sold.
    """

    tell: Callable[[Made, SeatNames, Tables], tuple[Tables, dict[str, Any]]]
    empty_seats: Callable[[Staffing, Layout, History], None] = leave_staffed
