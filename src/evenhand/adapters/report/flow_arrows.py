"""Arrows between the centres of territories, the thicker the more accounts go that way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.moves_table import sum_flows
from evenhand.diagnose.wording import say_count

if TYPE_CHECKING:
    import polars as pl

    from evenhand.adapters.report.territory_names import TerritoryNames
    from evenhand.plan.plan import Plan

_BEND_SHARE = 0.08


@dataclass(frozen=True)
class FlowArrow:
    """All accounts that go from one territory to another, as an arrow between their centres.

    Attributes
    ----------
    line, head
        Paths of the line and of its arrowhead.
    width
        Of the line; its square grows with the number of accounts.
    """

    line: str
    head: str
    width: float
    title: str
    from_id: str
    to_id: str


def flow_arrows(plan: Plan, spots: pl.DataFrame, names: TerritoryNames) -> list[FlowArrow]:
    """Return every flow between territories whose centres are known (territory_id, x, y), the largest first."""
    ends = {territory_id: (x, y) for territory_id, x, y in spots.select("territory_id", "x", "y").iter_rows()}
    rows = sum_flows(plan.moves)
    most = max(int(count) for count in rows["n_accounts"])
    arrows = []
    for source, target, count in rows.select("from_territory_id", "to_territory_id", "n_accounts").iter_rows():
        if source not in ends or target not in ends:
            continue
        width = round(1.0 + 4.0 * math.sqrt(count / most), 1)
        line, head = _arrow(*ends[source], *ends[target], width)
        title = f"{names[source].text} → {names[target].text}: {say_count(count, 'account')}"
        arrows.append(FlowArrow(line, head, width, title, source, target))
    return arrows


def _arrow(x: float, y: float, to_x: float, to_y: float, width: float) -> tuple[str, str]:
    """Draw a line bent a little to its left, so that there and back stay apart, and a head at its end."""
    length = math.hypot(to_x - x, to_y - y)
    if length < 1.0:
        return f"M{x:g} {y:g}h0", ""
    along_x, along_y = (to_x - x) / length, (to_y - y) / length
    bend = _BEND_SHARE * length
    middle_x, middle_y = (x + to_x) / 2 + bend * along_y, (y + to_y) / 2 - bend * along_x
    # The curve ends in the direction from its control point to its end.
    reach = math.hypot(to_x - middle_x, to_y - middle_y)
    end_x, end_y = (to_x - middle_x) / reach, (to_y - middle_y) / reach
    size = min(4.0 + 1.6 * width, length / 2)
    base_x, base_y = to_x - size * end_x, to_y - size * end_y
    half = size / 2
    head = (
        f"M{to_x:.1f} {to_y:.1f}L{base_x - half * end_y:.1f} {base_y + half * end_x:.1f}"
        f"L{base_x + half * end_y:.1f} {base_y - half * end_x:.1f}z"
    )
    return f"M{x:.1f} {y:.1f}Q{middle_x:.1f} {middle_y:.1f} {base_x:.1f} {base_y:.1f}", head
