"""The plan in one sentence, and the few figures a leader looks at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.figures import (
    format_money,
    format_number,
    format_share,
)
from evenhand.adapters.report.territory_bands import BandView, band_views, count_outside
from evenhand.diagnose.wording import say_count, say_list

if TYPE_CHECKING:
    from evenhand.plan.plan import Plan

GRADES_HIGH_FIRST = ("high", "medium", "low")


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the top row: before and after, or a single value.

    Attributes
    ----------
    note
        A few words beneath it.
    tone
        "good" or "bad" where the figure is one or the other, else "".
    """

    label: str
    value: str
    before: str | None = None
    note: str = ""
    tone: str = ""


def write_headline(plan: Plan, n_accounts: int) -> str:
    """Say in one sentence how many of the active accounts move and what that achieves."""
    views = band_views(plan)
    n_after = count_outside(views, "status_after")
    n_moves = plan.n_moves
    band = _band_in_words(views)
    if n_moves == 0:
        if n_after == 0:
            return f"No account needs to move: every territory is already {band}."
        return (
            f"No account moves, and {_territories(n_after, plan)} {_stay(n_after)} outside "
            f"{'its band' if n_after == 1 else 'their bands'}: {_why_outside(plan)}."
        )
    moved = f"{format_number(n_moves)} of {format_number(n_accounts)} accounts {'moves' if n_moves == 1 else 'move'}"
    if n_after == 0:
        return f"{moved}, and every territory ends {band}."
    n_before = count_outside(views, "status_before")
    if n_after < n_before:
        achieved = f", which brings the territories outside their bands from {n_before} to {n_after} of"
        return f"{moved}{achieved} {len(plan.territory_ids)}: {_why_outside(plan)}."
    ends = "ends outside its band" if n_after == 1 else "end outside their bands"
    return f"{moved}, and {_territories(n_after, plan)} {ends}: {_why_outside(plan)}."


def key_figures(plan: Plan, n_accounts: int) -> list[KeyFigure]:
    """Return the figures of the top row."""
    views = band_views(plan)
    n_before, n_after = count_outside(views, "status_before"), count_outside(views, "status_after")
    share_moved = plan.n_moves / n_accounts if n_accounts else 0.0
    grades = say_list([f"{format_number(plan.moves_by_grade[grade])} {grade}" for grade in GRADES_HIGH_FIRST])
    figures = [
        KeyFigure(
            "Accounts that move",
            format_number(plan.n_moves),
            note=f"{grades} · {format_share(share_moved)} of all" if plan.n_moves else "of all accounts",
        ),
        KeyFigure(
            "Territories outside a band",
            format_number(n_after),
            before=format_number(n_before),
            note=f"of {len(plan.territory_ids)}",
            tone="bad" if n_after else "good",
        ),
    ]
    if views:
        spread = views[0].spread
        figures.append(
            KeyFigure(
                f"Largest ÷ smallest {views[0].measure.word}",
                _times(spread.after),
                before=_times(spread.before),
                note="per unit of capacity" if spread.is_per_capacity else "",
            )
        )
    if plan.quota_summary["opening_cents"].sum() > 0:
        figures.append(_quota_figure(plan))
    return figures


def _quota_figure(plan: Plan) -> KeyFigure:
    opening, new = (int(plan.quota_summary[name].sum()) for name in ("opening_cents", "new_cents"))
    difference = new - opening
    if difference == 0:
        note, tone = "the total is conserved to the cent", "good"
    else:
        note, tone = f"{format_money(difference, plan.currency, signed=True)} against before: see the bridges", ""
    return KeyFigure("Sum of quotas", format_money(new, plan.currency, places=0), note=note, tone=tone)


def _band_in_words(views: list[BandView]) -> str:
    if not views:
        return "as it was, since no band is set"
    toleranced = [view for view in views if view.tolerance_share is not None]
    limited = [view for view in views if view.tolerance_share is None and view.n_outside_before]
    parts = [f"within {format_share(view.tolerance_share)} of its share of {view.measure.word}" for view in toleranced]
    if limited:
        parts.append(f"within its limits on {say_list([view.measure.word for view in limited])}")
    return say_list(parts) if parts else "within its limits"


def _why_outside(plan: Plan) -> str:
    violation = next((level for level in plan.levels if level.level == "violation"), None)
    if violation is None or violation.bound <= 0:
        return "no plan that meets all bands was found"
    return f"no plan can meet all bands{', and none comes closer' if violation.proven else ''}"


def _territories(n: int, plan: Plan) -> str:
    return f"{n} of {say_count(len(plan.territory_ids), 'territory', 'territories')}"


def _stay(n: int) -> str:
    return "stays" if n == 1 else "stay"


def _times(ratio: float | None) -> str:
    return "one is empty" if ratio is None else f"{format_number(ratio, 2)}×"
