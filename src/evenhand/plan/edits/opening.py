"""A plan opened again from its own record: the question it answers, what stays the same, and where everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from evenhand.plan.edits.grounds import lay_grounds
from evenhand.plan.edits.origin import find_origin
from evenhand.plan.edits.settle import check_origin, place_units, state_origin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.edits.origin import Origin
    from evenhand.plan.plan import Plan
    from evenhand.plan.record import PlanRecord
    from evenhand.policy import Policy


class OpenedPlan(NamedTuple):
    """A plan opened again.

    Attributes
    ----------
    places
        (n_units,) index of the territory of every unit in the plan.
    """

    origin: Origin
    grounds: Grounds
    places: NDArray[np.int32]


def open_plan(made: Plan | PlanRecord, book: Book, policy: Policy) -> OpenedPlan:
    """Open a plan for questions about it.

    Parameters
    ----------
    made
        A plan, or what its folder holds.
    policy
        The one in force when the plan was made, with its scenario.

    Raises
    ------
    InputError
        If the book or the policy is another.
    """
    origin = find_origin(made)
    check_origin(origin, book, policy)
    statement = state_origin(origin, book, policy)
    return OpenedPlan(origin, lay_grounds(book, policy, statement), place_units(statement, origin.assignment))
