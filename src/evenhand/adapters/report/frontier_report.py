"""The page of a frontier: what each further point of balance costs, and where to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.adapters.report.figures import MINUS, NOTHING, format_number, format_share
from evenhand.adapters.report.headline import KeyFigure
from evenhand.adapters.report.page import render_page
from evenhand.adapters.report.stacked_bar import Segment, stack_grades
from evenhand.diagnose.wording import say_count
from evenhand.plan.explain import MEASURE_WORDS

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.plan.frontier import Frontier


@dataclass(frozen=True)
class FrontierRow:
    """One tolerance."""

    tolerance: str
    tolerance_share: float
    marks: list[str]
    segments: list[Segment]
    n_moves: int
    n_high: int
    n_medium: int
    n_low: int
    n_customers: int
    n_seats: int
    cost: float
    gap: str
    proven: str
    meets_bands: bool
    next_point: str
    next_value: float


def render_frontier_report(frontier: Frontier, book: Book, *, is_part: bool = False) -> str:
    """Render a frontier as one self-contained HTML page, the same to the byte for the same arguments.

    Parameters
    ----------
    book
        The book that it was traced from.
    is_part
        Only the content, for a page of the workspace.
    """
    points = frontier.points.to_dicts()
    most = max((row["n_moves"] for row in points), default=0)
    rows = [_row(row, most) for row in points]
    taken = next((row for row in points if row["is_recommended"]), None)
    return render_page(
        "frontier.html.jinja",
        is_part=is_part,
        title=f"What balance costs, {frontier.as_of.isoformat()}",
        frontier=frontier,
        measure=MEASURE_WORDS[frontier.measure],
        headline=_headline(frontier, taken),
        key_figures=[] if taken is None else _key_figures(taken, points, book),
        rows=rows,
        n_unmet=sum(not row.meets_bands for row in rows),
    )


def say_tolerance(share: float) -> str:
    """Write a tolerance: ±12.5 %."""
    return f"±{format_share(share)}"


def say_proven(open_level: str | None, n_open: int | None) -> str:
    """Say how far a tolerance's plan is proven: "the fewest", or "up to 4 low fewer"."""
    if open_level is None:
        return "the fewest"
    if n_open is None:
        return "may come nearer"
    return f"up to {n_open:,} {open_level} fewer"


def _headline(frontier: Frontier, taken: dict[str, Any] | None) -> str:
    if taken is None:
        return "The bands can’t be met at any of these tolerances"
    moves = say_count(taken["n_moves"], "move") if taken["n_moves"] else "no move at all"
    return (
        f"Within {say_tolerance(taken['tolerance_share'])} of the target for {MEASURE_WORDS[frontier.measure]}: {moves}"
    )


def _key_figures(taken: dict[str, Any], points: list[dict[str, Any]], book: Book) -> list[KeyFigure]:
    after = points[points.index(taken) + 1] if taken["next_moves"] is not None else None
    figures = [
        KeyFigure("Recommended", say_tolerance(taken["tolerance_share"]), note="around every target"),
        KeyFigure(
            "Accounts that move",
            format_number(taken["n_moves"]),
            note=f"{format_number(taken['moves_high'])} of high disruption · "
            f"{format_share(taken['n_moves'] / max(1, book.active_accounts.height))} of all",
        ),
        KeyFigure("Customers touched", format_number(taken["n_customers"]), note=f"in {taken['n_seats']} seats"),
    ]
    if after is not None:
        figures.append(
            KeyFigure(
                "The next step costs",
                f"{_signed(taken['next_moves'])} moves",
                note=f"down to {say_tolerance(after['tolerance_share'])}, {taken['next_moves_a_point']:.1f} a point",
            )
        )
    return figures


def _row(row: dict[str, Any], most: int) -> FrontierRow:
    marks = [word for word in ("recommended", "agreed") if row[f"is_{word}"]]
    moves = {grade: row[f"moves_{grade}"] for grade in ("low", "medium", "high")}
    a_point = row["next_moves_a_point"]
    return FrontierRow(
        tolerance=say_tolerance(row["tolerance_share"]),
        tolerance_share=row["tolerance_share"],
        marks=marks,
        segments=stack_grades(moves, most),
        n_moves=row["n_moves"],
        n_high=moves["high"],
        n_medium=moves["medium"],
        n_low=moves["low"],
        n_customers=row["n_customers"],
        n_seats=row["n_seats"],
        cost=row["cost"],
        gap="unknown" if row["gap"] is None else format_share(row["gap"], 2),
        proven=say_proven(row["open_level"], row["n_open"]),
        meets_bands=row["meets_bands"],
        next_point=NOTHING if a_point is None else format_number(a_point, 1),
        next_value=-1.0 if a_point is None else a_point,
    )


def _signed(n: int) -> str:
    return f"+{n:,}" if n >= 0 else f"{MINUS}{-n:,}"
