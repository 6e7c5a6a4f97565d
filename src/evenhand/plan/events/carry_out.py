"""From what events ask to what the solver is given: who may go where, what has to leave, and the bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from evenhand.diagnose.pools import find_pools
from evenhand.plan.bands import set_bands
from evenhand.plan.eligibility import Eligibility, find_eligible
from evenhand.plan.events.asked import Asked, Ground, may_go
from evenhand.plan.events.bands_of_carve import fill_newcomers
from evenhand.plan.events.bands_of_spread import spread_accounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.setting import Setting
    from evenhand.plan.units import Units
    from evenhand.policy import Policy


def give_new_segments(accounts: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """Give accounts that graduate or are relegated their new segment."""
    if not setting.new_segments:
        return accounts
    ids, segments = zip(*setting.new_segments, strict=True)
    return accounts.with_columns(
        segment=pl.col("account_id").replace_strict(
            list(ids), list(segments), default=pl.col("segment"), return_dtype=pl.String
        )
    )


def carry_out(
    book: Book,
    accounts: pl.DataFrame,
    units: Units,
    present: NDArray[np.intp],
    amounts: Mapping[str, NDArray[np.float64]],
    setting: Setting,
    policy: Policy,
) -> Asked:
    """Turn what the events ask into limits and bands.

    Parameters
    ----------
    accounts
        Sorted by account_id, with their new segments and `lock`.
    present
        (n_accounts,) index of the territory each is in.
    amounts
        (n_accounts,) of each measure, 0 for accounts that don't count.

    Notes
    -----
    *Spread* (a rep left, a layoff): the hours of the emptied territories are shared out by spare hours, see
    `share_by_spare`; a measure's target is what a seat holds, brought within the tolerance of its fair share of what
    stays, plus its part of what is spread; its band reaches from the band around the fair share by capacity to that
    target, so that nobody full is forced to take more for balance's sake. A measure of its own, `INHERITED`, bounds
    what each takes over.

    *Carve* (a new hire): the target is the ramped share; givers are those above the level of `find_level`, and keep at
    least the level less `events.carve_tolerance`.

    References
    ----------
    Policy entries ``events.spread_tolerance``, ``events.carve_tolerance``, ``bands.*``.
    """
    n_territories = len(setting.ids)
    home = present[units.first_account]
    eligibility = find_eligible(accounts, units, present, setting, policy)
    leaves = setting.is_emptied[home]
    if setting.follows_the_book:
        loads = _loads(amounts, present, n_territories)
        return Asked(eligibility, leaves, set_bands(loads, _pools_of_book(book, setting, policy), setting, policy))
    eligibility = _narrow(eligibility, accounts, units, setting)
    leaves = leaves | _has_to_leave(accounts, units, setting)
    pool = _pools_after(eligibility, home, leaves, setting)
    due = _place_where_due(eligibility, home, leaves)[units.unit_of_account]
    asked = Asked(eligibility, leaves, set_bands(_loads(amounts, due, n_territories), pool, setting, policy))
    ground = Ground(units, home, amounts, pool, setting, policy)
    asked = spread_accounts(asked, ground)
    locked = units.largest(accounts["lock"].is_not_null().to_numpy().astype(np.int8)).astype(bool)
    return fill_newcomers(asked, locked, ground)


def _loads(
    amounts: Mapping[str, NDArray[np.float64]], territory: NDArray[np.intp], n_territories: int
) -> dict[str, NDArray[np.float64]]:
    return {
        name: np.bincount(territory, weights=values, minlength=n_territories).astype(np.float64)
        for name, values in amounts.items()
    }


def _pools_of_book(book: Book, setting: Setting, policy: Policy) -> NDArray[np.intp]:
    """(T,) territories that share one total have the same number."""
    pools = setting.territories.select("territory_id").join(
        find_pools(book, policy), on="territory_id", how="left", maintain_order="left"
    )["pool"]
    return np.unique(pools.to_numpy(), return_inverse=True)[1].astype(np.intp)


def _pools_after(
    eligibility: Eligibility, home: NDArray[np.intp], leaves: NDArray[np.bool_], setting: Setting
) -> NDArray[np.intp]:
    """(T,) the same where events change who may take what: what has to leave doesn't tie its old territory."""
    n_kinds, n_territories = eligibility.allowed.shape
    ties = may_go(eligibility) & ~leaves & setting.is_seat[home]
    rows, columns = np.nonzero(eligibility.allowed)
    heads = np.concatenate([rows, eligibility.kind_of_unit[ties]])
    tails = np.concatenate([columns, home[ties]]) + n_kinds
    size = n_kinds + n_territories
    graph = coo_array((np.ones(len(heads), dtype=np.int8), (heads, tails)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][n_kinds:]
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def _narrow(eligibility: Eligibility, accounts: pl.DataFrame, units: Units, setting: Setting) -> Eligibility:
    """Let sent units go only where they are sent, and closed doors open only for those they are for."""
    index = {territory_id: t for t, territory_id in enumerate(setting.ids)}
    ids = accounts["account_id"]
    columns: list[NDArray[np.bool_]] = []
    masks: list[NDArray[np.bool_]] = []
    for transfer in setting.transfers:
        if transfer.to is None:
            continue
        mask = np.zeros(len(index), dtype=bool)
        for territory_id in transfer.to:
            mask[index[territory_id]] = True
        columns.append(_units_with(ids, transfer.account_ids, units))
        masks.append(mask)
    for door in setting.doors:
        mask = np.ones(len(index), dtype=bool)
        mask[index[door.territory_id]] = False
        columns.append(~_units_with(ids, door.account_ids, units))
        masks.append(mask)
    if not columns or not units.n_units:
        return eligibility
    keys = np.stack([eligibility.kind_of_unit, *(column.astype(np.intp) for column in columns)], axis=1)
    kinds, kind_of_unit = np.unique(keys, axis=0, return_inverse=True)
    allowed = eligibility.allowed[kinds[:, 0]].copy()
    for number, mask in enumerate(masks):
        allowed[kinds[:, number + 1].astype(bool)] &= mask
    return Eligibility(kind_of_unit.ravel().astype(np.intp), allowed)


def _units_with(ids: pl.Series, account_ids: tuple[str, ...], units: Units) -> NDArray[np.bool_]:
    """(n_units,) which have one of the accounts."""
    chosen = ids.is_in(list(account_ids)).to_numpy()
    found: NDArray[np.bool_] = units.largest(chosen.astype(np.int8)).astype(bool)
    return found


def _has_to_leave(accounts: pl.DataFrame, units: Units, setting: Setting) -> NDArray[np.bool_]:
    sent = [account for transfer in setting.transfers if transfer.has_to_leave for account in transfer.account_ids]
    return _units_with(accounts["account_id"], tuple(sent), units)


def _place_where_due(eligibility: Eligibility, home: NDArray[np.intp], leaves: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(n_units,) a territory whose pool each unit belongs to: its own, or one it has to go to."""
    if not len(home):
        return home
    first = np.argmax(eligibility.allowed, axis=1)[eligibility.kind_of_unit]
    due: NDArray[np.intp] = np.where(leaves & may_go(eligibility), first, home)
    return due
