"""Which territories may take which units: layer, segment, vertical and region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

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
    pool: NDArray[np.intp]
    """(T,) territories that units could pass between, directly or through others, have the same number."""


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
    rules = {
        "segment": policy.moves.match_segment,
        "vertical": policy.moves.match_vertical,
        "region": policy.moves.match_region,
    }
    columns = [name for name, on in rules.items() if on]
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
        fits &= _matches(distinct[column], territories[column])

    kind_of_unit, kinds = _kinds(units, signature)
    allowed = np.ones((len(kinds), territories.height), dtype=bool)
    for kind, members in enumerate(kinds):
        allowed[kind] = fits[list(members)].all(axis=0)
    return Eligibility(kind_of_unit, allowed, _pools(allowed, kind_of_unit, present, units))


def _matches(values: pl.Series, rules: pl.Series) -> NDArray[np.bool_]:
    """(n_values, T) True where the rule has none or lists the value."""
    lists = [None if rule is None else {part.strip() for part in rule.split(";") if part.strip()} for rule in rules]
    known: dict[frozenset[str] | None, NDArray[np.bool_]] = {}
    result = np.ones((len(values), len(lists)), dtype=bool)
    for t, allowed in enumerate(lists):
        key = frozenset(allowed) if allowed else None
        if key is None:
            continue
        if key not in known:
            known[key] = values.is_in(list(key)).fill_null(value=False).to_numpy()
        result[:, t] = known[key]
    return result


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


def _pools(
    allowed: NDArray[np.bool_], kind_of_unit: NDArray[np.intp], present: NDArray[np.intp], units: Units
) -> NDArray[np.intp]:
    """(T,) connected components of territories under "some unit may be in either"."""
    n_kinds, n_territories = allowed.shape
    kinds, places = np.nonzero(allowed)
    if units.n_units:
        pairs = np.unique(np.stack([kind_of_unit, present[units.first_account]]), axis=1)
        homes = pairs[:, allowed[pairs[0]].any(axis=1)]
        kinds, places = np.concatenate([kinds, homes[0]]), np.concatenate([places, homes[1]])
    size = n_kinds + n_territories
    graph = coo_array((np.ones(len(kinds), dtype=np.int8), (kinds, places + n_kinds)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][n_kinds:]
    _, numbers = np.unique(labels, return_inverse=True)
    return np.asarray(numbers, dtype=np.intp)
