"""What each further point of balance costs: the same firm at ten tolerances, and the one to recommend."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.grades import GRADES
from evenhand.plan.make import count_touched, spread_to_accounts, state
from evenhand.plan.solver import PROVED_GAP, Stop, solve_frontier
from evenhand.plan.statement import restate_bands

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from evenhand.book.book import Book
    from evenhand.plan.edits import Edit
    from evenhand.plan.events import Event
    from evenhand.plan.solver import Problem, Progress, Result
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy
    from evenhand.policy.sections.frontier import Frontier as FrontierEntries

_SAME = 1e-9
_MET = 1e-9
_WHOLE = 1e-6


@dataclass(frozen=True)
class Recommendation:
    """The tolerance to take, and why.

    Attributes
    ----------
    tolerance_share
        None where the bands can be met at none.
    reason
        A sentence or two.
    """

    tolerance_share: float | None
    reason: str


@dataclass(frozen=True, eq=False)
class Frontier:
    """Tolerance against moves.

    Attributes
    ----------
    measure
        Whose tolerance varies.
    points
        One row for each tolerance, widest first: tolerance_share, status, meets_bands, violation, n_moves, moves_high,
        moves_medium, moves_low, n_customers (families with an account that moves), n_seats, cost (alignment), effort,
        gap (of violation and moves; null where nothing is proved), open_level (the first of violation, high, medium
        and low that isn't proven least; null where all are), n_open (families that a better plan might spare there at
        most; null for violation), next_moves, next_high, next_customers,
        next_moves_a_point (what the next narrower tolerance costs more, the last for each point of tolerance; null for
        the narrowest and for what can't be met), is_agreed, is_recommended.
    assignments
        For each point (n_accounts,) index into `territory_ids`, accounts sorted by account_id.
    """

    measure: str
    points: pl.DataFrame
    recommendation: Recommendation
    agreed_share: float | None
    as_of: dt.date
    book_hash: str
    policy_hash: str
    policy_name: str
    territory_ids: tuple[str, ...]
    assignments: tuple[np.ndarray[Any, Any], ...]
    seconds: float

    @property
    def n_proven(self) -> int:
        """Tolerances at which nobody can do with fewer or gentler moves."""
        return self.points["open_level"].null_count()

    def summary(self) -> dict[str, Any]:
        """Return the frontier as plain values."""
        return {
            "measure": self.measure,
            "agreed_share": self.agreed_share,
            "recommended_share": self.recommendation.tolerance_share,
            "reason": self.recommendation.reason,
            "as_of": self.as_of.isoformat(),
            "policy": self.policy_name,
            "hashes": {"book": self.book_hash, "policy": self.policy_hash},
            "points": self.points.to_dicts(),
        }

    def __repr__(self) -> str:
        return f"Frontier of {self.points.height} tolerances of {self.measure}: {self.recommendation.reason}"


def trace_frontier(
    book: Book,
    policy: Policy,
    *,
    events: Sequence[Event] = (),
    edits: Sequence[Edit] = (),
    earlier_moves: pl.DataFrame | None = None,
    stop: Stop | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Frontier:
    """Plan at every tolerance of the policy, and say which one to take.

    Parameters
    ----------
    events, edits, earlier_moves
        As for `evenhand.plan.make.make_plan`.
    stop
        Instead of the policy's ``frontier.gap`` (or ``solve.gap``, if that is wider) and ``solve.seconds``; the
        seconds are those of all tolerances together.
    on_progress
        Told how far it is; `part` counts the tolerances.

    Raises
    ------
    InputError
        If the book lacks the measure of ``frontier.measure``.

    References
    ----------
    Policy entries ``frontier.*``.
    """
    chosen = policy.frontier
    agreed = getattr(policy.bands, chosen.measure)
    tolerances = sorted({*chosen.tolerances, *([] if agreed is None else [agreed])}, reverse=True)
    path = f"bands.{chosen.measure}"
    statement = state(book, policy.with_values({path: tolerances[0]}), events, edits, earlier_moves)
    if chosen.measure not in statement.loads:
        raise InputError({"frontier.measure": f"the book lacks what {chosen.measure} is computed from"})
    problems = [_widen(book, policy.with_values({path: tolerance}), statement) for tolerance in tolerances]
    results = solve_frontier(
        problems,
        Stop(gap=max(policy.solve.gap, chosen.gap), seconds=policy.solve.seconds) if stop is None else stop,
        seed=policy.solve.seed if seed is None else seed,
        executor=executor,
        on_progress=on_progress,
    )
    assigned = [spread_to_accounts(statement, result.assignment) for result in results]
    points = pl.DataFrame(
        [
            _describe(statement, tolerance, result, places, chosen)
            for tolerance, result, places in zip(tolerances, results, assigned, strict=True)
        ],
        schema=_POINT_SCHEMA,
    ).with_columns(is_agreed=pl.col("tolerance_share") == (-1.0 if agreed is None else agreed))
    points = price_next(points)
    recommendation = recommend(points, agreed, chosen.least_bend_share)
    taken = recommendation.tolerance_share
    return Frontier(
        measure=chosen.measure,
        points=points.with_columns(is_recommended=pl.col("tolerance_share") == (-1.0 if taken is None else taken)),
        recommendation=recommendation,
        agreed_share=agreed,
        as_of=book.as_of,
        book_hash=book.content_hash,
        policy_hash=policy.content_hash,
        policy_name=policy.name,
        territory_ids=statement.setting.ids,
        assignments=tuple(assigned),
        seconds=sum(result.seconds for result in results),
    )


def price_next(points: pl.DataFrame) -> pl.DataFrame:
    """Add what the next narrower tolerance costs more than each.

    Parameters
    ----------
    points
        Widest first: tolerance_share, meets_bands, n_moves, moves_high, n_customers.
    """
    reachable = pl.col("meets_bands") & pl.col("meets_bands").shift(-1)
    width = (pl.col("tolerance_share") - pl.col("tolerance_share").shift(-1)) * 100

    def more(column: str) -> pl.Expr:
        return pl.when(reachable).then(pl.col(column).shift(-1) - pl.col(column))

    return points.with_columns(
        next_moves=more("n_moves"),
        next_high=more("moves_high"),
        next_customers=more("n_customers"),
        next_moves_a_point=more("n_moves") / width,
    )


def recommend(points: pl.DataFrame, agreed: float | None, least_bend_share: float) -> Recommendation:
    """Find the tolerance after which balance gets dear: the knee.

    Parameters
    ----------
    points
        Widest first, with what `price_next` adds: tolerance_share, meets_bands, effort, n_moves, next_….
    agreed
        The policy's tolerance; None where it has none.

    Notes
    -----
    Of the tolerances whose bands can be met, balance gained x runs from 0 at the widest to 1 at the narrowest, and
    effort y from 0 at the widest's to 1 at the greatest (effort: moves, weighted by ``frontier.effort_…``). The knee is
    where x − y is greatest, the narrower one where two are equal; where it is below ``frontier.least_bend_share``, the
    curve has none and the agreed tolerance stays.

    References
    ----------
    .. [1] V. Satopää, J. Albrecht, D. Irwin, B. Raghavan (2011), Finding a "kneedle" in a haystack, ICDCS workshops,
       doi:10.1109/ICDCSW.2011.20.
    """
    met = points.filter("meets_bands")
    if not met.height:
        return Recommendation(
            None, "The bands can't be met at any of these tolerances; see the plan for what is in the way."
        )
    tolerance, effort = met["tolerance_share"].to_numpy(), met["effort"].to_numpy()
    missed = points.filter(~pl.col("meets_bands"))
    limit = (
        f" Within {_percent(missed['tolerance_share'].max())} and less the bands can't all be met."  # type: ignore[arg-type]  # a float
        if missed.height
        else ""
    )
    narrowest = float(tolerance[-1])
    if effort.max() <= _SAME:
        return Recommendation(
            narrowest,
            f"Every territory is within {_percent(narrowest)} of its target as it is; nothing has to move.{limit}",
        )
    gained = (tolerance[0] - tolerance) / max(tolerance[0] - narrowest, _SAME)
    spent = (effort - effort.min()) / max(effort.max() - effort.min(), _SAME)
    bend = gained - spent
    knee = int(np.flatnonzero(bend >= bend.max() - _SAME)[-1])
    if bend[knee] < least_bend_share:
        stays = agreed if agreed is not None and (np.abs(tolerance - agreed) < _SAME).any() else float(tolerance[0])
        what = "the agreed tolerance stays" if stays == agreed else "the widest that can be met is taken"
        return Recommendation(
            stays,
            f"Each further point of balance costs about as much as the one before, so {what}: "
            f"{_percent(stays)}.{limit}",
        )
    row = met.row(knee, named=True)
    return Recommendation(float(tolerance[knee]), _say_knee(row, met, knee) + limit)


def _say_knee(row: dict[str, Any], met: pl.DataFrame, knee: int) -> str:
    here = _percent(row["tolerance_share"])
    up_to = f"{here} takes {_moves(row['n_moves'], row['moves_high'])}"
    if knee + 1 == met.height:
        return f"{up_to}; it is the narrowest that can be met, and balance never gets dear on the way there."
    after = met.row(knee + 1, named=True)
    before = met.row(knee - 1, named=True) if knee else None
    dear = (
        f"from there to {_percent(after['tolerance_share'])} it takes {_moves(row['next_moves'], row['next_high'])} "
        f"more, {row['next_moves_a_point']:.1f} a point"
    )
    if before is None or before["next_moves_a_point"] is None:
        return f"{up_to}; {dear}."
    return f"{up_to}; {dear}, against {before['next_moves_a_point']:.1f} a point on the way to it."


def _moves(n: int, n_high: int) -> str:
    high = f", {n_high:,} of high disruption" if n_high > 0 else ""
    return f"{n:,} move{'' if n == 1 else 's'}{high}"


def _percent(share: float) -> str:
    return f"±{100 * share:.4g} %"


_POINT_SCHEMA = {
    "tolerance_share": pl.Float64,
    "status": pl.String,
    "meets_bands": pl.Boolean,
    "violation": pl.Float64,
    "n_moves": pl.Int64,
    **{f"moves_{grade}": pl.Int64 for grade in reversed(GRADES)},
    "n_customers": pl.Int64,
    "n_seats": pl.Int64,
    "cost": pl.Float64,
    "effort": pl.Float64,
    "gap": pl.Float64,
    "open_level": pl.String,
    "n_open": pl.Int64,
}


def _widen(book: Book, policy: Policy, statement: Statement) -> Problem:
    bands = restate_bands(book, statement, policy)
    columns = statement.bands.binding
    return replace(statement.problem, lower=bands.lower[:, columns], upper=bands.upper[:, columns])


def _describe(
    statement: Statement,
    tolerance: float,
    result: Result,
    assigned: np.ndarray[Any, np.dtype[np.intp]],
    chosen: FrontierEntries,
) -> dict[str, Any]:
    moved = assigned != statement.present
    grades = statement.problem.grades if statement.problem.grades is not None else np.zeros(0, np.int8)
    n_by_grade = np.bincount(grades[statement.units.unit_of_account[moved]], minlength=len(GRADES)).tolist()
    touched = count_touched(statement, assigned)
    weights = (chosen.effort_low, chosen.effort_medium, chosen.effort_high)
    return {
        "tolerance_share": tolerance,
        "status": result.status,
        "meets_bands": result.violation <= _MET,
        "violation": result.violation,
        "n_moves": int(moved.sum()),
        **{f"moves_{grade}": int(n) for grade, n in zip(GRADES, n_by_grade, strict=True)},
        "n_customers": touched.n_customers,
        "n_seats": touched.n_seats,
        "cost": result.cost,
        "effort": float(np.dot(n_by_grade, weights)),
        "gap": result.gap if np.isfinite(result.gap) else None,
        **_find_open(result),
    }


def _find_open(result: Result) -> dict[str, Any]:
    """Find the first level on which a better plan may exist, and by how many moves at most."""
    for level in result.levels:
        if level.name not in ("violation", *GRADES) or level.gap <= PROVED_GAP:
            continue
        if level.name == "violation":
            return {"open_level": level.name, "n_open": None}
        # Moves are whole: what is above the bound by less than one can't be spared.
        n_open = math.floor(level.value - level.bound + _WHOLE)
        if n_open:
            return {"open_level": level.name, "n_open": n_open}
    return {"open_level": None, "n_open": 0}
