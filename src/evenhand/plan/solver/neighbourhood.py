"""Exact programs over a few neighbouring territories: the last repairs and the last savings.

A group of neighbouring territories with the units of the core among them is a program small enough to be solved to the
end, with all else as it is. Groups that share no territory don't disturb one another, so a batch of them is
solved side by side and put together.

References
----------
.. [1] P. Shaw (1998), Using constraint programming and local search methods to solve vehicle routing problems, CP 1998,
   doi:10.1007/3-540-49481-2_30 (large neighbourhood search).
.. [2] E. Danna, E. Rothberg, C. Le Pape (2005), Exploring relaxation induced neighborhoods to improve MIP solutions,
   Mathematical Programming 102, doi:10.1007/s10107-004-0518-7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

from evenhand.plan.solver.core import Limits, write_program
from evenhand.plan.solver.fixing import Core
from evenhand.plan.solver.local_search import load_core
from evenhand.plan.solver.model import start_highs

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """A few territories, and the units of the core that can move among them."""

    members: NDArray[np.intp]
    """(U,) units of the core."""
    core: Core
    """Of these units alone; choices that lead out of the territories are closed."""
    positions: NDArray[np.int32]
    """(U,) where they are now."""
    limits: Limits


def group_territories(core: Core, seeds: NDArray[np.intp], n_territories: int, size: int) -> list[NDArray[np.intp]]:
    """Grow a group round each seed by the most shared units, no territory in two groups.

    Parameters
    ----------
    core
        Says which territories share units.
    seeds
        Territories to start from, the most urgent first; a seed that is in a group already is passed over.
    n_territories, size
        T, and territories per group.
    """
    shared = np.zeros((n_territories, n_territories), np.int32)
    for j in range(1, core.territories.shape[1]):
        on = core.n_open > j
        np.add.at(shared, (core.territories[on, 0], core.territories[on, j]), 1)
    shared += shared.T
    is_free = np.ones(n_territories, np.bool_)
    groups = []
    for seed in seeds:
        if not is_free[seed]:
            continue
        group = [int(seed)]
        is_free[seed] = False
        strength = shared[seed].astype(np.int64)
        while len(group) < size:
            best = int(np.argmax(np.where(is_free, strength, -1)))
            if not is_free[best] or strength[best] <= 0:
                break
            group.append(best)
            is_free[best] = False
            strength = strength + shared[best]
        if len(group) > 1:
            groups.append(np.sort(np.array(group, np.intp)))
    return groups


def cut_neighbourhood(
    core: Core,
    positions: NDArray[np.int32],
    group: NDArray[np.intp],
    limits: Limits,
    *,
    n_territories: int,
    most_units: int,
) -> Neighbourhood | None:
    """Take a group's units out of the core; None where there is nothing to decide.

    Parameters
    ----------
    core, positions
        Units in play and where they are.
    group
        Territories.
    limits
        Of the loads of all units; loads outside them now may stay as they are where violation has no price.
    n_territories
        T.
    most_units
        The units of least regret are taken.
    """
    n_core, k = core.territories.shape
    units = np.arange(n_core)
    inside = np.zeros(n_territories, np.bool_)
    inside[group] = True
    is_open = (np.arange(k)[None, :] < core.n_open[:, None]) & inside[core.territories]
    is_in = inside[core.territories[units, positions]] & (is_open.sum(axis=1) > 1)
    members = np.flatnonzero(is_in)
    if len(members) < 2:
        return None
    if len(members) > most_units:
        others = np.where(is_open[members] & (np.arange(k)[None, :] != positions[members][:, None]), 1, 0)
        extra = core.regrets[members] + core.regrets[members, positions[members]][:, None]
        least = np.where(others > 0, extra, np.inf).min(axis=1)
        members = np.sort(members[np.argsort(least, kind="stable")[:most_units]])
    order = np.argsort(~is_open[members], axis=1, kind="stable").astype(np.int32)
    load = load_core(core, positions)
    small = Core(
        units=members,
        columns=order,
        n_open=is_open[members].sum(axis=1).astype(np.int32),
        territories=np.take_along_axis(core.territories[members], order, axis=1),
        costs=np.take_along_axis(core.costs[members], order, axis=1),
        regrets=np.take_along_axis(core.regrets[members], order, axis=1),
        amounts=core.amounts[members],
        counts=np.ascontiguousarray(np.take_along_axis(core.counts[members], order[:, :, None], axis=1)),
        fixed_load=np.zeros_like(load),
        outside=positions,
    )
    now = (order == positions[members][:, None]).argmax(axis=1).astype(np.int32)
    rest = load - load_core(small, now)
    lower, upper = limits.lower, limits.upper
    if np.isfinite(limits.price):
        counting = limits.weight <= 0
        upper = np.where(counting, np.maximum(upper, load), upper)
    else:
        lower, upper = np.minimum(lower, load), np.maximum(upper, load)
    return Neighbourhood(members, small, now, Limits(lower - rest, upper - rest, limits.weight, limits.price))


def solve_neighbourhood(neighbourhood: Neighbourhood, seed: int, most_nodes: int, seconds: float) -> NDArray[np.int32]:
    """Find the best positions of the units of a neighbourhood, from where they are now.

    Parameters
    ----------
    neighbourhood
        From `cut_neighbourhood`.
    seed
        For HiGHS.
    most_nodes
        Branches after which the best so far is taken: the same on every machine.
    seconds
        The clock's limit; inf for none.
    """
    core, now = neighbourhood.core, neighbourhood.positions
    _, k = core.territories.shape
    is_open = np.arange(k)[None, :] < core.n_open[:, None]
    program = write_program(core, is_open, neighbourhood.limits)
    n_choices = len(program.units)
    n_slack = program.lp.num_col_ - n_choices
    kinds = [highspy.HighsVarType.kInteger] * n_choices + [highspy.HighsVarType.kContinuous] * n_slack
    program.lp.integrality_ = kinds
    highs = start_highs(seed)
    highs.setOptionValue("mip_max_nodes", most_nodes)
    highs.setOptionValue("mip_rel_gap", 1e-6)
    if np.isfinite(seconds):
        highs.setOptionValue("time_limit", max(0.01, seconds))
    highs.passModel(program.lp)
    start = (program.positions == now[program.units]).astype(np.float64)
    highs.setSolution(n_choices, np.arange(n_choices, dtype=np.int32), start)
    highs.run()
    values = np.asarray(highs.getSolution().col_value)
    if len(values) < n_choices:
        return now
    chosen = values[:n_choices] > 0.5
    positions = now.copy()
    positions[program.units[chosen]] = program.positions[chosen]
    return positions


def put_back(positions: NDArray[np.int32], neighbourhood: Neighbourhood, found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Positions of the whole core with those of a neighbourhood replaced."""
    result = positions.copy()
    small = neighbourhood.core
    result[neighbourhood.members] = small.columns[np.arange(len(found)), found]
    return result
