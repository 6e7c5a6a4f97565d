"""What edits by hand come to in the statement of the problem: who goes where, alone, or is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.plan.alignment import Candidates, Fit
    from evenhand.plan.edits.edit import Edit
    from evenhand.plan.setting import Setting
    from evenhand.plan.units import Units

FREE = -1
_PRECISION = 1e-6


@dataclass(frozen=True, eq=False)
class Effect:
    """Edits in the numbers of the statement.

    Attributes
    ----------
    pinned
        (n_units,) the territory that a unit has to be in; `FREE` where the solver decides.
    is_excluded
        (n_accounts,) stays, and counts in no load.
    """

    pinned: NDArray[np.intp]
    is_excluded: NDArray[np.bool_]


def find_rows(account_ids: pl.Series, edits: Sequence[Edit]) -> NDArray[np.intp]:
    """(n_edits,) the row of each edit's account.

    Raises
    ------
    InputError
        Naming every account that isn't an active account of the book.
    """
    wanted = [edit.account_id for edit in edits]
    if not wanted:
        return np.zeros(0, np.intp)
    n_accounts = len(account_ids)
    index = account_ids.search_sorted(pl.Series(wanted, dtype=pl.String)).to_numpy().astype(np.intp)
    clipped: NDArray[np.intp] = np.minimum(index, max(n_accounts - 1, 0))
    found = account_ids.gather(clipped).to_list() if n_accounts else [None] * len(wanted)
    problems = {
        str(edit): "names no active account of the book"
        + say_nearest(edit.account_id, account_ids[max(0, i - 1) : i + 2])
        for edit, name, i in zip(edits, found, clipped.tolist(), strict=True)
        if name != edit.account_id
    }
    if problems:
        raise InputError(problems)
    return clipped


def separate(units: Units, accounts: NDArray[np.intp]) -> Units:
    """Make a unit of its own of each of these accounts."""
    if not len(accounts):
        return units
    label = units.unit_of_account.astype(np.intp) * 2
    label[accounts] = 2 * (units.n_units + accounts) + 1
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return replace(units, unit_of_account=rank[inverse], n_units=len(first))


def find_effect(
    edits: Sequence[Edit],
    rows: NDArray[np.intp],
    *,
    units: Units,
    home: NDArray[np.intp],
    setting: Setting,
) -> Effect:
    """Say which units the edits pin where, and which accounts they leave out.

    Parameters
    ----------
    rows
        (n_edits,) the row of each edit's account.
    home
        (n_units,) index of the territory that each unit is in.

    Raises
    ------
    InputError
        Naming every territory that isn't there or is a group of territories.
    """
    pinned = np.full(units.n_units, FREE, np.intp)
    excluded = np.zeros(units.n_units, np.bool_)
    index = {territory_id: t for t, territory_id in enumerate(setting.ids)}
    problems = {}
    for edit, row in zip(edits, rows.tolist(), strict=True):
        unit = units.unit_of_account[row]
        excluded[unit] = edit.kind == "exclude"
        if edit.to is None:
            pinned[unit] = home[unit]
        elif edit.to not in index:
            problems[str(edit)] = f"there is no territory {edit.to!r}.{say_nearest(edit.to, index)}"
        elif not setting.is_seat[index[edit.to]] and index[edit.to] != home[unit]:
            problems[str(edit)] = f"{edit.to} is a group of territories; accounts go to seats"
        else:
            pinned[unit] = index[edit.to]
    if problems:
        raise InputError(problems)
    return Effect(pinned, excluded[units.unit_of_account])


def pin(candidates: Candidates, pinned: NDArray[np.intp], home: NDArray[np.intp], fit: Fit) -> Candidates:
    """Leave pinned units the one territory they have to be in, in the column it had where it was considered.

    A unit that is to be elsewhere may not stay, so that nobody counts its move as one that could be saved.
    """
    units = np.flatnonzero(pinned != FREE)
    if not len(units):
        return candidates
    territories, costs = candidates.territories.copy(), candidates.costs.copy()
    if territories.shape[1] < 2:
        territories = np.pad(territories, ((0, 0), (0, 1)), constant_values=-1)
        costs = np.pad(costs, ((0, 0), (0, 1)))
    to = pinned[units]
    stays = to == home[units]
    match = territories[units] == to[:, None]
    match[:, 0] = stays
    column = np.where(match.any(axis=1), match.argmax(axis=1), 1)
    misfit = np.round(fit.costs(units)[np.arange(len(units)), to] / _PRECISION) * _PRECISION
    territories[units], costs[units] = -1, 0.0
    territories[units, column] = to
    costs[units, column] = np.where(stays, 0.0, misfit)
    return replace(candidates, territories=territories, costs=costs)
