"""What each way of setting quotas wants a seat to have, beyond what the accounts bring along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.rounding import share_out

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.setting import Setting
    from evenhand.policy import Policy

    Cents = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Seats:
    """What the ways of setting quotas look at, an entry for each territory.

    Attributes
    ----------
    opening
        Cents of the days on which the plan counts.
    held
        The same after the accounts have brought their parts along.
    weight
        Potential (or accounts) held after the plan.
    takes_part
        Seats that get a quota: not groups of territories, not emptied ones.
    layer
        Number of the layer; nothing passes between layers.
    team
        Number of the team: the territory that it rolls up to.
    """

    opening: Cents
    held: Cents
    weight: NDArray[np.float64]
    takes_part: NDArray[np.bool_]
    layer: NDArray[np.intp]
    team: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a method comes to.

    Attributes
    ----------
    cents
        (T,) wanted of the days on which the plan counts.
    without_weight
        Numbers of the layers or teams whose quota couldn't be shared out, since none of their seats holds anything.
    teams
        What each manager's number and the sum of the seats' quotas is: team, carries_cents, assigned_cents; of
        "top-down" only.
    """

    cents: Cents
    without_weight: tuple[int, ...] = ()
    teams: dict[int, tuple[int, int]] = field(default_factory=dict)


def find_teams(book: Book, setting: Setting) -> tuple[NDArray[np.intp], list[str]]:
    """(T,) the number of the team of each territory, and the teams' ids: what it rolls up to ("" for none)."""
    parents = setting.territories.select("territory_id").join(
        book.territories.select("territory_id", "parent_territory_id"),
        on="territory_id",
        how="left",
        maintain_order="left",
    )["parent_territory_id"]
    return _number(parents.fill_null(""))


def find_layers(setting: Setting) -> NDArray[np.intp]:
    """(T,) the number of the layer of each territory."""
    return _number(setting.territories["layer"].fill_null(""))[0]


def set_quotas(seats: Seats, policy: Policy, target: int | None) -> Wanted:
    """Say what each seat's quota is to be by the policy's method, before relief, floors and caps.

    Parameters
    ----------
    target
        Top-down: what the company is to sell on the days on which the plan counts.

    References
    ----------
    Policy entry ``quotas.method``.
    """
    match policy.quotas.method:
        case "potential":
            return Wanted(seats.held)
        case "proportional":
            return _share_anew(seats, seats.layer)
        case "team":
            return _share_anew(seats, pair_up(seats.layer, seats.team))
        case "top-down":
            return _share_down(seats, target or 0, policy.quotas.over_assignment_share)


def _share_anew(seats: Seats, group: NDArray[np.intp]) -> Wanted:
    """Share each group's total out by what its seats hold; what a group can't use goes to the others of its layer."""
    wanted = seats.held.copy()
    weight = np.where(seats.takes_part, seats.weight, 0.0)
    n_groups = int(group.max(initial=-1)) + 1
    held_weight = np.bincount(group, weights=weight, minlength=n_groups)
    without = held_weight <= 0
    for layer in np.unique(seats.layer):
        here = seats.layer == layer
        groups = [g for g in np.unique(group[here]) if not without[g]]
        for g in groups:
            members = here & (group == g)
            shared = members & seats.takes_part
            total = int(seats.opening[members].sum()) - int(seats.held[members & ~seats.takes_part].sum())
            wanted[shared] = share_out(total, weight[shared])
        over = int(seats.opening[here].sum()) - int(wanted[here].sum())
        if over and groups:
            shared = here & seats.takes_part & ~without[group]
            wanted[shared] += share_out(over, wanted[shared] if wanted[shared].sum() > 0 else weight[shared])
    has_quota = np.bincount(group, weights=seats.opening.astype(np.float64), minlength=n_groups) > 0
    return Wanted(wanted, tuple(int(g) for g in np.flatnonzero(without & has_quota)))


def _share_down(seats: Seats, target: int, over_assignment_share: float) -> Wanted:
    """Share the company's target out to teams by potential, and each team's, with over-assignment, to its seats.

    Of several layers only that with the largest quota has the company's target; the others' quotas follow the accounts.
    """
    wanted = seats.held.copy()
    sums = np.bincount(seats.layer, weights=seats.opening.astype(np.float64))
    if not len(sums):
        return Wanted(wanted)
    main = seats.layer == int(np.argmax(sums))
    weight = np.where(main & seats.takes_part, seats.weight, 0.0)
    if weight.sum() <= 0:
        return Wanted(wanted, (int(np.argmax(sums)),))
    numbers = np.unique(seats.team[main & seats.takes_part])
    by_team = np.array([weight[seats.team == team].sum() for team in numbers])
    carried = share_out(target, by_team)
    teams: dict[int, tuple[int, int]] = {}
    for team, number in zip(numbers.tolist(), carried.tolist(), strict=True):
        members = main & seats.takes_part & (seats.team == team)
        assigned = round(number * (1 + over_assignment_share)) if weight[members].sum() > 0 else 0
        wanted[members] = share_out(assigned, weight[members]) if assigned else 0
        teams[team] = (number, assigned)
    return Wanted(wanted, (), teams)


def pair_up(outer: NDArray[np.intp], inner: NDArray[np.intp]) -> NDArray[np.intp]:
    """(T,) the number of each pair of an outer and an inner number, of those that occur."""
    pairs = outer * (int(inner.max(initial=0)) + 1) + inner
    numbers: NDArray[np.intp] = np.unique(pairs, return_inverse=True)[1].astype(np.intp)
    return numbers


def _number(names: pl.Series) -> tuple[NDArray[np.intp], list[str]]:
    ids = names.unique().sort().to_list()
    index = {name: i for i, name in enumerate(ids)}
    numbers = [index[name] for name in names.to_list()]
    return np.array(numbers, dtype=np.intp), ids
