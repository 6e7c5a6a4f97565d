"""Leaving out measures that nothing limits in a part, and putting them back into its proof with a price of nothing.

An emptied territory limits everything, so a problem may have measures that in most of its parts are no matter.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.certificate import Cut, Fix, Prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evenhand.plan.solver.certificate import Node
    from evenhand.plan.solver.problem import Problem


def keep_measures(problem: Problem, is_kept: NDArray[np.bool_]) -> Problem:
    """State the problem with some of its measures alone; the others must be without any limit."""
    return replace(
        problem,
        amounts=problem.amounts[:, is_kept],
        lower=problem.lower[:, is_kept],
        upper=problem.upper[:, is_kept],
        scale=problem.scale[:, is_kept],
    )


def keep_prices(node: Node, is_kept: NDArray[np.bool_]) -> Node:
    """Leave the prices of all other measures out; prices of another number of measures stay as they are."""
    return _change(node, lambda table: table[:, is_kept] if table.shape[1] == len(is_kept) else table)


def spread_prices(node: Node, is_kept: NDArray[np.bool_]) -> Node:
    """Put the measures that were left out back, without a price."""

    def spread(table: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.zeros((len(table), len(is_kept)))
        whole[:, is_kept] = table
        return whole

    return _change(node, spread)


def _change(node: Node, change: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Node:
    if isinstance(node, Prices):
        return replace(node, bands=change(node.bands))
    if isinstance(node, Fix):
        return replace(node, prices=replace(node.prices, bands=change(node.prices.bands)))
    if isinstance(node, Cut):
        limits = replace(node.limits, bands=change(node.limits.bands))
        return replace(node, limits=limits, upper=change(node.upper))
    return node
