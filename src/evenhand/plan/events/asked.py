"""What the events of a plan come to: who may go where, what has to leave, the bands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evenhand.plan.bands import Bands
    from evenhand.plan.eligibility import Eligibility
    from evenhand.plan.setting import Setting
    from evenhand.plan.units import Units
    from evenhand.policy import Policy

INHERITED = "inherited_workload"
"""The measure of what each seat takes over from emptied territories, in hours a year."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What the events act on.

    Attributes
    ----------
    home
        (n_units,) index of the territory each is in.
    amounts
        (n_accounts,) of each measure, 0 for accounts that don't count.
    pool
        (T,) territories that share one total have the same number.
    """

    units: Units
    home: NDArray[np.intp]
    amounts: Mapping[str, NDArray[np.float64]]
    pool: NDArray[np.intp]
    setting: Setting
    policy: Policy

    @property
    def hours(self) -> NDArray[np.float64]:
        """(n_accounts,) a year that each needs; where the book can't tell, each counts as one."""
        return self.amounts.get("workload", self.amounts["accounts"])

    @property
    def capacity_hours(self) -> NDArray[np.float64]:
        """(T,) a year."""
        return self.setting.territories["capacity_hours"].to_numpy().astype(np.float64)

    def held(self, amount: NDArray[np.float64], which: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(T,) what some of the units hold at home, of an amount for each unit."""
        return np.bincount(self.home[which], weights=amount[which], minlength=len(self.setting.ids)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Asked:
    """What the events of a plan ask of it.

    Attributes
    ----------
    eligibility
        Who may take which units, as the events narrow it.
    leaves
        (n_units,) which may not stay.
    bands
        Targets and bands, as the events move them.
    amounts
        (n_accounts,) of further measures that the events bring.
    spare_hours
        (T,) hours a year that each seat could still take before the plan; empty where nothing is spread.
    levels
        (T,) load ÷ fair share to which the givers to each new hire are taken down; inf for others; empty without any.
    """

    eligibility: Eligibility
    leaves: NDArray[np.bool_]
    bands: Bands
    amounts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    spare_hours: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    levels: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def may_go(eligibility: Eligibility) -> NDArray[np.bool_]:
    """(n_units,) which some territory may take."""
    by_kind: NDArray[np.bool_] = np.asarray(eligibility.allowed.any(axis=1))
    return by_kind[eligibility.kind_of_unit]
