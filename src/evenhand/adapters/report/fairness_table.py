"""How far apart seats are in what they can be expected to attain, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.consequences import view_consequences
from evenhand.adapters.report.figures import format_number, format_share

if TYPE_CHECKING:
    from evenhand.plan.plan import Plan


@dataclass(frozen=True)
class FairnessRow:
    """One figure before and after, as it is written."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class FairnessTable:
    """The figures, how they were worked out, and the verdict in a sentence."""

    rows: list[FairnessRow]
    method: str
    sentence: str


def fairness_table(plan: Plan) -> FairnessTable | None:
    """Return the spread of expected attainment; None where nothing can be expected."""
    said = view_consequences(plan).fairness
    if not said or said["before"] is None or said["after"] is None:
        return None
    before, after = said["before"], said["after"]

    def share(label: str, name: str, places: int = 0) -> FairnessRow:
        return FairnessRow(label, format_share(before[name], places), format_share(after[name], places))

    rows = [share("Lowest seat", "smallest"), share("Mean", "mean"), share("Highest seat", "largest")]
    rows.append(share("Spread (standard deviation ÷ mean)", "variation", 1))
    rows.append(FairnessRow("Gini", format_number(before["gini"], 3), format_number(after["gini"], 3)))
    if before["in_range_share"] is not None:
        rows.append(share("Seats inside the range of the policy", "in_range_share"))
    return FairnessTable(rows, said["method"], _say(before["variation"], after["variation"]))


def _say(before: float, after: float) -> str:
    if abs(after - before) < 0.0005:
        return "Seats are as far apart in what they can be expected to attain as they were."
    words = "closer together" if after < before else "further apart"
    return (
        f"Seats come {words} in what they can be expected to attain: the spread goes from {format_share(before, 1)} to "
        f"{format_share(after, 1)}."
    )
