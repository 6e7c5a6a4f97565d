"""From a book and a policy to the question the solver answers: the same book and policy give the same question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.plan.alignment import choose_candidates, measure_fit
from evenhand.plan.edits.effect import FREE, find_effect, find_rows, pin, separate
from evenhand.plan.events.asked import INHERITED
from evenhand.plan.events.carry_out import carry_out, give_new_segments
from evenhand.plan.grades import grade_accounts
from evenhand.plan.locks import lock_accounts
from evenhand.plan.solver import Problem
from evenhand.plan.units import Units, form_units

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.bands import Bands
    from evenhand.plan.edits import Edit
    from evenhand.plan.events.asked import Asked
    from evenhand.plan.setting import Setting
    from evenhand.policy import Policy

FIGURES = (
    "account_id",
    "territory_id",
    "potential",
    "workload_hours",
    "qualified",
    "open_pipeline_cents",
    "n_closed",
    "n_won",
)
"""What a statement keeps of `evenhand.diagnose.accounts.measure_accounts`."""

_MOST_PAIRS = 60_000
_MOST_CANDIDATES = 50


@dataclass(frozen=True, eq=False)
class Statement:
    """The problem, and how its indices read in the book.

    Attributes
    ----------
    accounts
        One row for each active account, sorted by account_id: its figures, facts, grade and lock.
    present
        (n_accounts,) index of the territory each is in.
    amounts
        (n_accounts,) of each measure that can be computed, with or without a band; of excluded accounts too.
    loads
        (T,) of the same, now, of the accounts that count.
    bands
        Targets and bands of all those measures.
    problem
        Of the measures ``bands.binding`` alone.
    candidates_complete
        True where every eligible territory was considered for every unit.
    edits
        Decisions by hand, in order.
    pinned
        (n_units,) index of the territory that an edit puts each unit in; -1 for none.
    is_excluded
        (n_accounts,) which accounts an edit leaves out of every load.
    asked
        What the events ask of the plan.
    """

    setting: Setting
    accounts: pl.DataFrame
    present: NDArray[np.intp]
    units: Units
    amounts: Mapping[str, NDArray[np.float64]]
    loads: Mapping[str, NDArray[np.float64]]
    bands: Bands
    problem: Problem
    locked: NDArray[np.bool_]
    candidates_complete: bool
    edits: tuple[Edit, ...]
    pinned: NDArray[np.intp]
    is_excluded: NDArray[np.bool_]
    asked: Asked

    def counted(self, measure: str) -> NDArray[np.float64]:
        """(n_accounts,) what each account brings of a measure; 0 for excluded ones."""
        return np.where(self.is_excluded, 0.0, self.amounts[measure])

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of the problem, in its order."""
        return tuple(self.bands.measures[m] for m in self.bands.binding)

    @property
    def unit_ids(self) -> pl.Series:
        """(n_units,) the first account of each unit."""
        return self.accounts["account_id"].gather(self.units.first_account)

    def total(self, amounts: NDArray[np.float64], territory: NDArray[np.integer]) -> NDArray[np.float64]:
        """(T,) the sum over the accounts in each territory."""
        return np.bincount(territory, weights=amounts, minlength=len(self.setting.ids)).astype(np.float64)


def state_problem(
    book: Book,
    figures: pl.DataFrame,
    setting: Setting,
    policy: Policy,
    *,
    edits: Sequence[Edit] = (),
    earlier_moves: pl.DataFrame | None = None,
) -> Statement:
    """State what the solver is to solve.

    Parameters
    ----------
    figures
        From `evenhand.diagnose`: one row for each active account, sorted by account_id, with potential,
        workload_hours, qualified and open_pipeline_cents; a column that is all null can't be computed.
    setting
        The territories, after events.
    edits
        Decisions by hand: what they pin is no question any more.
    earlier_moves
        Of earlier plans, see `evenhand.plan.churn.recall_owners`.

    Raises
    ------
    InputError
        Naming every edit of an account or territory that isn't there.
    """
    wanted = ["parent_account_id", "name", "segment", "vertical", "region", "postal_code"]
    wanted += ["latitude", "longitude", "time_zone", "language"]
    accounts = (
        figures.select(FIGURES)
        .join(book.active_accounts.select("account_id", *wanted), on="account_id", maintain_order="left")
        .join(grade_accounts(book, policy), on="account_id", maintain_order="left")
        .join(lock_accounts(book, policy, earlier_moves), on="account_id", maintain_order="left")
    ).pipe(give_new_segments, setting)
    index = {territory_id: t for t, territory_id in enumerate(setting.ids)}
    present = accounts["territory_id"].replace_strict(index, return_dtype=pl.Int64).to_numpy().astype(np.intp)
    edited = find_rows(accounts["account_id"], edits)
    alone = np.array([edit.kind == "move-alone" for edit in edits], dtype=bool)
    units = separate(form_units(accounts, policy), edited[alone])
    home = present[units.first_account]
    effect = find_effect(edits, edited, units=units, home=home, setting=setting)
    amounts = _amounts(accounts, book)
    counted = {name: np.where(effect.is_excluded, 0.0, values) for name, values in amounts.items()}
    asked = carry_out(book, accounts, units, present, counted, setting, policy)
    amounts |= asked.amounts
    counted |= {name: np.where(effect.is_excluded, 0.0, values) for name, values in asked.amounts.items()}
    n_territories = len(setting.ids)
    loads = {
        name: np.bincount(present, weights=values, minlength=n_territories).astype(np.float64)
        for name, values in counted.items()
    }
    eligibility, bands, leaves = asked.eligibility, asked.bands, asked.leaves
    locked = units.largest(accounts["lock"].is_not_null().to_numpy().astype(np.int8)).astype(bool)
    locked |= ~setting.is_seat[home]
    fit = measure_fit(
        accounts,
        present=present,
        representative=units.heaviest_account(amounts.get("potential", np.zeros(accounts.height))),
        n_earlier_moves=units.largest(accounts["n_earlier_moves"].to_numpy().astype(np.float64)),
        setting=setting,
        policy=policy,
    )
    nowhere = leaves & ~eligibility.allowed[eligibility.kind_of_unit].any(axis=1)
    candidates = choose_candidates(
        fit,
        present=home,
        stays=(locked & ~leaves) | nowhere,
        leaves=leaves & ~nowhere,
        kind_of_unit=eligibility.kind_of_unit,
        allowed=eligibility.allowed,
        fullness=_fullness(bands, loads),
        most=_most_candidates(units.n_units, policy),
        receives=_receives(asked),
    )
    candidates = pin(candidates, effect.pinned, home, fit)
    m = bands.binding
    problem = Problem(
        candidates=candidates.territories,
        costs=candidates.costs,
        grades=units.largest(accounts["grade"].to_numpy()).astype(np.int8),
        amounts=np.stack([units.total(counted[bands.measures[i]]) for i in m], axis=1)
        if len(m)
        else np.zeros((units.n_units, 0)),
        lower=bands.lower[:, m],
        upper=bands.upper[:, m],
        scale=bands.scale[:, m],
        max_moves=policy.moves.most_moves,
        max_moves_from=_limit(policy.moves.most_moves_from, n_territories),
        max_moves_into=_limit(policy.moves.most_moves_into, n_territories),
    )
    return Statement(
        setting, accounts, present, units, amounts, loads, bands, problem,
        locked=(locked & ~leaves) | (effect.pinned != FREE), candidates_complete=candidates.complete,
        edits=tuple(edits), pinned=effect.pinned, is_excluded=effect.is_excluded, asked=asked,
    )  # fmt: skip


def restate_bands(book: Book, statement: Statement, policy: Policy) -> Bands:
    """Set the bands of a statement as another policy has them; events move them as they did."""
    counted = {name: statement.counted(name) for name in statement.amounts if name not in statement.asked.amounts}
    return carry_out(
        book, statement.accounts, statement.units, statement.present, counted, statement.setting, policy
    ).bands


def _amounts(accounts: pl.DataFrame, book: Book) -> dict[str, NDArray[np.float64]]:
    """(n_accounts,) of every measure that the book lets us compute."""
    columns = {
        "potential": pl.col("potential"),
        "accounts": pl.lit(1.0),
        "qualified": pl.col("qualified").cast(pl.Float64),
        "workload": pl.col("workload_hours"),
        "pipeline": pl.col("open_pipeline_cents").cast(pl.Float64) / 100,
    }
    frame = accounts.select(**columns) if accounts.height else accounts.select(**columns).clear()
    if not book.has("opportunities"):
        del columns["pipeline"]
    known = [name for name in columns if not frame.height or frame[name].null_count() < frame.height]
    return {name: frame[name].fill_null(0.0).to_numpy().astype(np.float64) for name in known}


def _fullness(bands: Bands, loads: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """(T,) load ÷ target of the first measure with a band; inf where nothing may be taken."""
    m = int(bands.binding[0]) if len(bands.binding) else 0
    if not bands.measures:
        return np.zeros(len(bands.targets))
    target = bands.targets[:, m]
    fullness: NDArray[np.float64] = np.divide(
        loads[bands.measures[m]], target, out=np.full(len(target), np.inf), where=target > 0
    )
    return fullness


def _receives(asked: Asked) -> NDArray[np.float64] | None:
    """(T,) what each is to take of what is spread; None where nothing is."""
    names = asked.bands.measures
    return np.maximum(asked.bands.targets[:, names.index(INHERITED)], 0.0) if INHERITED in names else None


def _most_candidates(n_units: int, policy: Policy) -> int:
    """Consider every territory where the problem stays small, else as many as the policy says."""
    return min(_MOST_CANDIDATES, max(policy.moves.candidates, _MOST_PAIRS // max(n_units, 1)))


def _limit(most: int | None, n_territories: int) -> NDArray[np.float64] | None:
    return None if most is None else np.full(n_territories, float(most))
