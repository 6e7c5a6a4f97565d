"""What the effects say about one territory, in the words of someone who has to decide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from evenhand.diagnose.wording import say_count, say_list, say_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    Estimate = tuple[float, float, float]

MOST_REPS = 4


class Reading(StrEnum):
    """What attainment in a territory comes from."""

    STRONG = "strong territory"
    WEAK = "weak territory"
    REP = "rep dependency"
    UNCLEAR = "no clear effect"
    INSEPARABLE = "can't be separated"


@dataclass(frozen=True)
class State:
    """What is known of a territory.

    Attributes
    ----------
    by_rep
        For each rep the mean attainment and the number of periods there.
    effect
        Of the territory: estimate, low, high.
    best_rep, contrast
        The rep with the best mean, and how much more the rep is worth than the others there: estimate, low, high.
        None where there was only one rep.
    apart
        With ``verdict.strong_reps`` or more: mean attainment of the reps there, above the team's in the same periods;
        estimate, low, high, allowing for how much reps differ. None with fewer.
    swap
        A rep and that rep's territory which would tell the two apart.
    """

    territory_id: str
    by_rep: Mapping[str, tuple[float, int]]
    effect: Estimate
    best_rep: str | None
    contrast: Estimate | None
    is_separable: bool
    apart: Estimate | None
    swap: tuple[str, str] | None

    @property
    def n_periods(self) -> int:
        """Periods in all."""
        return sum(n for _, n in self.by_rep.values())

    @property
    def mean(self) -> float:
        """Mean attainment over the periods."""
        return sum(mean * n for mean, n in self.by_rep.values()) / self.n_periods


def read_territory(state: State) -> tuple[Reading, str]:
    """Say whether it is the territory or the rep.

    Notes
    -----
    Can't be separated: one rep, who covered nothing else. Strong (weak): the interval of the territory's effect is
    above (below) 0, or with ``verdict.strong_reps`` or more that of their mean against the team's, allowing for how
    much reps differ: an effect that is estimated together with all the others is drawn to 0 where territories differ
    little in general. Rep dependency: else, where the best rep is worth more than the others there with an interval
    above 0.
    """
    if not state.is_separable:
        return Reading.INSEPARABLE, _say_inseparable(state)
    depends = state.contrast is not None and state.contrast[1] > 0
    history = f"{state.territory_id} attained {_say_history(state)}"
    worth = f"the territory itself is worth {_points(state.effect)}"
    rep = (
        f"; {state.best_rep} is worth {_points(state.contrast)} against the others"
        if depends and state.contrast
        else ""
    )
    for reading, sign in ((Reading.STRONG, 1), (Reading.WEAK, -1)):
        if _is_beyond(state.effect, sign):
            return reading, f"{history}: {worth}, so it is a {reading}{rep or ' whoever covers it'}."
        if state.apart is not None and _is_beyond(state.apart, sign):
            against = f"its {len(state.by_rep)} reps together are {_points(state.apart)} from the team"
            return reading, f"{history}: {against}, so it is a {reading}{rep or ' whoever covers it'}."
    if depends:
        return Reading.REP, f"{history}: it depends on the rep{rep}, while {worth}, which is no clear difference."
    return Reading.UNCLEAR, f"{history}: {worth}, no more than chance brings."


def _is_beyond(estimate: Estimate, sign: int) -> bool:
    _, low, high = estimate
    return low > 0 if sign > 0 else high < 0


def _say_inseparable(state: State) -> str:
    (rep,) = state.by_rep
    told = (
        f"{state.territory_id} attained {say_share(state.mean)} under {rep}, who covered nothing else, and nobody else "
        "covered it: territory and rep can't be told apart"
    )
    if state.swap is None:
        return f"{told}."
    other, seat = state.swap
    return f"{told}. {other} (now in {seat}) in {state.territory_id}, or {rep} in {seat}, would tell."


def _say_history(state: State) -> str:
    entries = sorted(state.by_rep.items(), key=lambda entry: (-entry[1][0], entry[0]))
    parts = [f"{say_share(mean)} under {rep}" for rep, (mean, _) in entries[:MOST_REPS]]
    if len(entries) > MOST_REPS:
        parts.append(say_count(len(entries) - MOST_REPS, "further rep"))
    return say_list(parts)


def _points(estimate: Estimate) -> str:
    value, low, high = (f"{100 * figure:+.0f}".replace("-", "−") for figure in estimate)
    return f"{value} points of attainment ({low} to {high})"
