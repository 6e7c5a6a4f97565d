"""Making a plan: state the problem, solve it, explain it, move the quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand._version import __version__
from evenhand.diagnose.accounts import measure_accounts
from evenhand.plan.certificates import write_prices
from evenhand.plan.consequences import follow_moves
from evenhand.plan.events import Firm, apply_events, order_events
from evenhand.plan.events.conclude import conclude_events
from evenhand.plan.explain import explain_moves
from evenhand.plan.grades import GRADES
from evenhand.plan.notices import notice, sort_by_gravity
from evenhand.plan.plan import LevelProof, Plan, Relaxation, Touched
from evenhand.plan.roll_up import roll_up
from evenhand.plan.setting import open_setting
from evenhand.plan.solver import PROVED_GAP, Stop, solve
from evenhand.plan.statement import Statement, state_problem
from evenhand.plan.units import find_families

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.edits import Edit
    from evenhand.plan.events import Event
    from evenhand.plan.plan import Step
    from evenhand.plan.ramp import RampBasis
    from evenhand.plan.solver import Certificate, LevelFigures, Progress, Result
    from evenhand.policy import Policy

_WITHIN = 1e-9


def make_plan(
    book: Book,
    policy: Policy,
    *,
    events: Sequence[Event] = (),
    edits: Sequence[Edit] = (),
    earlier_moves: pl.DataFrame | None = None,
    seed: int | None = None,
    stop: Stop | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    start_prices: Certificate | None = None,
) -> Plan:
    """Find the fewest, gentlest moves that bring every territory into its band.

    Parameters
    ----------
    events
        What happens at the same time: a new hire, a rep who left …
    edits
        Decisions by hand that the plan has to keep.
    earlier_moves
        Of earlier plans, see `evenhand.plan.churn.recall_owners`.
    seed
        Instead of the policy's ``solve.seed``.
    stop
        Instead of the policy's ``solve.gap`` and ``solve.seconds``.
    executor
        Threads, processes or a cluster; the plan is the same.
    on_progress
        Told the level, its value and its bound as the solver works.
    start_prices
        The certificate of a plan for a similar problem, to start from.

    Raises
    ------
    InputError
        If an event or edit names a territory or account that isn't there, or can't be.
    """
    statement = state(book, policy, events, edits, earlier_moves)
    seed = policy.solve.seed if seed is None else seed
    stop = Stop(gap=policy.solve.gap, seconds=policy.solve.seconds) if stop is None else stop
    result = solve(
        statement.problem, stop, seed=seed, executor=executor, on_progress=on_progress, start_prices=start_prices
    )
    return describe_plan(
        book, policy, statement, result,
        seed=seed, events=tuple(str(event) for event in order_events(events)), earlier_moves=earlier_moves,
    )  # fmt: skip


def state(
    book: Book,
    policy: Policy,
    events: Sequence[Event] = (),
    edits: Sequence[Edit] = (),
    earlier_moves: pl.DataFrame | None = None,
    *,
    figures: pl.DataFrame | None = None,
) -> Statement:
    """State the problem of a book under a policy, events and edits; the same ones always state the same problem.

    Parameters
    ----------
    figures
        From `measure_accounts` for this book and policy, where they are at hand.
    """
    figures = measure_accounts(book, policy) if figures is None else figures
    setting = apply_events(open_setting(book, policy), events, Firm(book, figures, policy))
    return state_problem(book, figures, setting, policy, edits=edits, earlier_moves=earlier_moves)


def describe_plan(
    book: Book,
    policy: Policy,
    statement: Statement,
    result: Result,
    *,
    seed: int,
    events: tuple[str, ...],
    steps: tuple[Step, ...] = (),
    earlier_moves: pl.DataFrame | None = None,
    basis: RampBasis | None = None,
) -> Plan:
    """Turn what the solver found into a plan that people can read and check.

    Parameters
    ----------
    basis
        Of `evenhand.plan.ramp.learn_ramp` for this book and policy, where it is at hand.
    """
    assigned = spread_to_accounts(statement, result.assignment)
    consequences = follow_moves(book, policy, statement, assigned, basis=basis)
    quotas = consequences.quotas
    concluded = conclude_events(book, policy, statement, assigned, quotas)
    moves = explain_moves(
        book, policy, statement, find_columns(statement, result.assignment), _last_prices(statement, result)
    )
    grades = dict(moves.group_by("grade").len().iter_rows())
    return Plan(
        status=result.status,
        violation=result.violation,
        moves_by_grade={grade: int(grades.get(grade, 0)) for grade in GRADES},
        cost=result.cost,
        objective=result.objective,
        bound=result.bound,
        gap=result.gap,
        levels=tuple(_prove(level) for level in result.levels),
        seconds=result.seconds,
        seed=seed,
        version=__version__,
        as_of=book.as_of,
        currency=book.currency,
        book_hash=book.content_hash,
        policy_hash=policy.content_hash,
        policy_name=policy.name,
        scenario=policy.scenario,
        events=events,
        measures=statement.measures,
        territory_ids=statement.setting.ids,
        moves=moves,
        assignment=list_assignment(book, statement, assigned),
        territories=tabulate_territories(statement, assigned, quotas.summary),
        quotas=quotas.lines,
        quota_summary=quotas.summary,
        consequences=consequences,
        certificate=tabulate_certificate(statement, result.prices),
        problem=statement.problem,
        units=list_units(statement),
        candidates_considered=describe_candidates(statement),
        relaxation=_relaxation(statement, result),
        findings=sort_by_gravity(
            (*notice(book, policy, statement, result, moves), *quotas.findings, *concluded.findings)
        ),
        facts=concluded.tables,
        edits=tuple(str(edit) for edit in statement.edits),
        steps=steps,
        earlier_moves=earlier_moves if earlier_moves is not None and earlier_moves.height else None,
        hierarchy=roll_up(book, policy, statement, assigned, consequences),
        touched=count_touched(statement, assigned),
    )


def count_touched(statement: Statement, assigned: NDArray[np.intp]) -> Touched:
    """Count customers, seats and repeated moves that an assignment of the accounts touches."""
    moved = np.flatnonzero(assigned != statement.present)
    seats = np.union1d(assigned[moved], statement.present[moved])
    owners = statement.accounts.select("n_recent_moves", "n_owners")[moved]
    return Touched(
        n_customers=len(np.unique(find_families(statement.accounts)[moved])),
        n_seats=len(seats),
        n_moved_again=int((owners["n_recent_moves"] > 0).sum()),
        n_many_owners=int((owners["n_owners"] > 1).sum()),
    )


def spread_to_accounts(statement: Statement, assignment: NDArray[np.integer]) -> NDArray[np.intp]:
    """(n_accounts,) index of the territory of each account, from that of each unit."""
    return np.asarray(assignment, dtype=np.intp)[statement.units.unit_of_account]


def find_columns(statement: Statement, assignment: NDArray[np.integer]) -> NDArray[np.intp]:
    """(n_units,) which candidate of each unit its territory is."""
    if not len(assignment):
        return np.zeros(0, np.intp)
    columns: NDArray[np.intp] = np.argmax(statement.problem.candidates == assignment[:, None], axis=1)
    return columns


def list_assignment(book: Book, statement: Statement, assigned: NDArray[np.intp]) -> pl.DataFrame:
    """List every account of the book once with its territory; churned ones stay where they are."""
    planned = statement.accounts.select(
        "account_id", planned=pl.Series(np.array(statement.setting.ids, dtype=object)[assigned], dtype=pl.String)
    )
    return (
        book.accounts.select("account_id", "territory_id")
        .join(planned, on="account_id", how="left")
        .select("account_id", territory_id=pl.coalesce("planned", "territory_id"))
        .sort("account_id")
    )


def list_units(statement: Statement) -> pl.DataFrame:
    """List the units in the order of the problem: unit_id, account_ids."""
    return (
        statement.accounts.select("account_id", unit=pl.Series(statement.units.unit_of_account, dtype=pl.Int64))
        .group_by("unit", maintain_order=True)
        .agg(account_ids="account_id")
        .sort("unit")
        .select(unit_id=pl.col("account_ids").list.first(), account_ids="account_ids")
    )


def tabulate_territories(statement: Statement, assigned: NDArray[np.intp], summary: pl.DataFrame) -> pl.DataFrame:
    """Tabulate every measure of every territory before and after, with its target, band and status."""
    bands = statement.bands
    frames = []
    for m, name in enumerate(bands.measures):
        lower, upper = bands.lower[:, m], bands.upper[:, m]
        before, after = statement.loads[name], statement.total(statement.counted(name), assigned)
        slack = _WITHIN * bands.scale[:, m]
        frames.append(
            pl.DataFrame(
                {
                    "territory_id": list(statement.setting.ids),
                    "measure": [name] * len(lower),
                    "before": before,
                    "after": after,
                    "target": np.where(statement.setting.is_seat, bands.targets[:, m], np.nan),
                    "lower": np.where(np.isfinite(lower), lower, np.nan),
                    "upper": np.where(np.isfinite(upper), upper, np.nan),
                    "status_before": _status(before, lower - slack, upper + slack),
                    "status_after": _status(after, lower - slack, upper + slack),
                },
                schema=_TERRITORY_SCHEMA,
            )
        )
    quota = summary.select(
        "territory_id",
        measure=pl.lit("quota"),
        before=pl.col("opening_cents") / 100,
        after=pl.col("new_cents") / 100,
    )
    if summary["opening_cents"].sum() > 0:
        frames.append(pl.concat([pl.DataFrame(schema=_TERRITORY_SCHEMA), quota], how="diagonal"))
    order = {name: i for i, name in enumerate([*bands.measures, "quota"])}
    return (
        pl.concat(frames)
        .with_columns(pl.col("target", "lower", "upper").fill_nan(None))
        .sort("territory_id", pl.col("measure").replace_strict(order, return_dtype=pl.Int64))
    )


def tabulate_certificate(statement: Statement, certificate: Certificate) -> pl.DataFrame:
    """Write the certificate with the ids of territories and units instead of their numbers."""
    return write_prices(certificate, statement.setting.ids, statement.unit_ids, statement.measures)


def describe_candidates(statement: Statement) -> str:
    """Say over which territories for each account the proof holds."""
    if statement.candidates_complete:
        return "every eligible territory of each account"
    most = statement.problem.candidates.shape[1] - 1
    return (
        f"for each account its own territory and {most} others: the two least full and the best aligned eligible ones"
    )


_TERRITORY_SCHEMA = {
    "territory_id": pl.String,
    "measure": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "target": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "status_before": pl.String,
    "status_after": pl.String,
}


def _status(value: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]) -> list[str | None]:
    status = np.where(value < lower, "under", np.where(value > upper, "over", "within"))
    known = np.isfinite(lower) | np.isfinite(upper)
    return [word if banded else None for word, banded in zip(status.tolist(), known.tolist(), strict=True)]


def _last_prices(statement: Statement, result: Result) -> NDArray[np.float64]:
    n_territories, n_measures = statement.problem.lower.shape
    return result.prices.bands(result.levels[-1].name, n_territories, n_measures)


def _prove(level: LevelFigures) -> LevelProof:
    return LevelProof(level.name, float(level.value), float(level.bound), proven=level.gap <= PROVED_GAP)


def _relaxation(statement: Statement, result: Result) -> Relaxation | None:
    if result.clash is None:
        return None
    ids, measures = statement.setting.ids, statement.measures
    binding = []
    for item in result.clash.binding:
        limits = f"{item.lower:,.0f} to {item.upper:,.0f}".replace("-inf to", "up to").replace("to inf", "and more")
        side = "over" if item.load > item.upper else "under"
        words = (
            f"holds {item.load:,.0f}: {item.excess:.1%} of its target {side} the band {limits}".replace("%", " %")
            if item.excess > 0
            else f"keeps its band, {limits}, only because others break theirs"
        )
        binding.append((ids[item.territory], measures[item.measure], words))
    for unit in result.clash.oversize:
        account = statement.unit_ids[unit.unit]
        words = (
            f"account {account} alone is {unit.amount:,.0f}, more than the {unit.widest:,.0f} any territory may hold"
        )
        binding.append((ids[int(result.assignment[unit.unit])], measures[unit.measure], words))
    return Relaxation(result.clash.relaxation.widening, tuple(binding))
