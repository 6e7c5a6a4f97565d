"""Which territories may take which units: layer, segment, vertical and region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.diagnose.pools import match_rule, rules_in_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.setting import Setting
    from evenhand.plan.units import Units
    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Eligibility:
    """Who may take what, by kind of unit (units with the same layer, segments, verticals and regions)."""

    kind_of_unit: NDArray[np.intp]
    """(n_units,)"""
    allowed: NDArray[np.bool_]
    """(n_kinds, T) by the rules alone: a unit may also stay where it is."""


def find_eligible(
    accounts: pl.DataFrame, units: Units, present: NDArray[np.intp], setting: Setting, policy: Policy
) -> Eligibility:
    """Work out which territories may take which units.

    Parameters
    ----------
    accounts
        Sorted by account_id: segment, vertical, region.
    present
        (n_accounts,) index of the territory each is in.

    Notes
    -----
    A territory with a segment, vertical or region takes only accounts that have (one of) it; an account that has
    none can't be shown to fit, so it goes only to territories without that rule. All accounts of a unit must fit.
    Nothing goes to an emptied territory or to a group of territories, nor from one layer to another.
    """
    territories = setting.territories
    columns = rules_in_force(policy)
    layers = territories["layer"].to_numpy()
    signatures = accounts.select(columns).with_columns(
        layer=pl.Series(layers[present] if len(present) else [], dtype=pl.String)
    )
    distinct = signatures.unique(maintain_order=True).with_row_index("signature")
    signature = signatures.join(distinct, on=[*columns, "layer"], how="left", nulls_equal=True, maintain_order="left")[
        "signature"
    ].to_numpy()

    takes = setting.is_seat & ~setting.is_emptied
    fits = (distinct["layer"].to_numpy()[:, None] == layers[None, :]) & takes
    for column in columns:
        fits &= match_rule(distinct[column], territories[column])

    kind_of_unit, kinds = _kinds(units, signature)
    allowed = np.ones((len(kinds), territories.height), dtype=bool)
    for kind, members in enumerate(kinds):
        allowed[kind] = fits[list(members)].all(axis=0)
    return Eligibility(kind_of_unit, allowed)


def _kinds(units: Units, signature: NDArray[np.generic]) -> tuple[NDArray[np.intp], list[tuple[int, ...]]]:
    """Find the distinct sets of signatures that units have, and give each unit the number of its set."""
    if units.n_units == 0:
        return np.zeros(0, np.intp), []
    members = (
        pl.DataFrame({"unit": units.unit_of_account, "signature": signature})
        .unique()
        .sort("unit", "signature")
        .group_by("unit", maintain_order=True)
        .agg(pl.col("signature").cast(pl.String).str.join(","))
    )
    codes = members["signature"]
    distinct = codes.unique(maintain_order=True)
    number = dict(zip(distinct.to_list(), range(len(distinct)), strict=True))
    kind = codes.replace_strict(number, return_dtype=pl.Int64).to_numpy().astype(np.intp)
    return kind, [tuple(int(part) for part in code.split(",")) for code in distinct]
