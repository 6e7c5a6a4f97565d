"""Pricing flags: the plan around each is solved again from where it stands, with the flag honoured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.plan.edits.opening import open_plan
from evenhand.plan.solver import Certificate, Stop, check
from evenhand.plan.solver.certificate import Part
from evenhand.plan.solver.components import split_problem
from evenhand.plan.solver.solve import solve_component
from evenhand.review.bundle import Bundle, Found, combine, find_groups, search_group
from evenhand.review.describe import Position, describe_price, measure_violation
from evenhand.review.nearby import choose_territories, cut_out, link_territories
from evenhand.review.price import refuse_price
from evenhand.review.wish import Wish, join_wishes, read_wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.plan import Plan
    from evenhand.plan.record import PlanRecord
    from evenhand.plan.solver import Problem
    from evenhand.policy import Policy
    from evenhand.review.bundle import Rank, Together
    from evenhand.review.nearby import Nearby
    from evenhand.review.price import Price

_WORK = 300_000
"""Steps of search for one price, the same on every machine; most prices are proven least long before."""
_GAP = 1e-3
_WIDENED = 4
"""Where the bands can't be kept in the surroundings, these are taken so much wider, once."""
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Pricing:
    """A plan opened for prices; what takes time was done when it was opened."""

    _grounds: Grounds
    _places: NDArray[np.int32]
    _links: NDArray[np.int64]
    _sizes: NDArray[np.int64]

    def read_wish(self, flag_id: str, wants: Sequence[str]) -> Wish:
        """Read what a flag wants.

        Raises
        ------
        InputError
            See `evenhand.review.wish.read_wish`.
        """
        return read_wish(self._grounds, flag_id, wants)

    def is_honoured(self, wants: Sequence[str]) -> bool:
        """Say whether the plan does what a flag wants already."""
        wish = self.read_wish("", wants)
        return all(int(self._places[unit]) == to for unit, to in wish.goes_to.items())

    def price(self, flag_id: str, wants: Sequence[str]) -> Price:
        """Price one flag against the plan.

        Raises
        ------
        InputError
            See `read_wish`.
        """
        return self._price(self.read_wish(flag_id, wants), (flag_id,))[0]

    def price_all(
        self,
        flags: Mapping[str, Sequence[str]],
        *,
        on_prices: Callable[[Mapping[str, Price]], None] | None = None,
    ) -> tuple[dict[str, Price], Bundle]:
        """Price every flag by itself, and the cheapest bundles of those that go together.

        Parameters
        ----------
        flags
            What each wants, by its id.
        on_prices
            Called with the price of each by itself, before the bundles are looked for.

        Returns
        -------
        dict of str to Price
            In the order given.
        Bundle
            The cheapest flag, the cheapest two, and so on.

        Notes
        -----
        Flags whose surroundings share no territory add up. The others are solved together, within all their
        surroundings, for whichever sets of them may be the cheapest of as many; see `evenhand.review.bundle`.

        Raises
        ------
        InputError
            Naming everything wrong with the flags.

        References
        ----------
        Policy entry ``review.bundle_prices``.
        """
        wishes: dict[str, Wish] = {}
        problems: dict[str, str] = {}
        for flag_id, wants in flags.items():
            try:
                wishes[flag_id] = self.read_wish(flag_id, wants)
            except InputError as error:
                problems |= {f"flag {flag_id}, {at}": said for at, said in error.problems.items()}
        if problems:
            raise InputError(problems)
        alone = {flag_id: self._price(wish, (flag_id,)) for flag_id, wish in wishes.items()}
        if on_prices is not None:
            on_prices({flag_id: priced for flag_id, (priced, _) in alone.items()})
        together = {frozenset({flag_id}): priced for flag_id, priced in alone.items()}
        bundle = self._bundle(wishes, alone, together)
        # Among the surroundings of all flags near it, one may turn out cheaper than among its own.
        return {name: min(alone[name][0], together[frozenset({name})][0], key=_rank) for name in wishes}, bundle

    def _bundle(
        self,
        wishes: Mapping[str, Wish],
        alone: Mapping[str, tuple[Price, Position]],
        together: dict[Together, tuple[Price, Position]],
    ) -> Bundle:
        left_out = {
            flag_id: priced.fault or "The bands can't be kept with it."
            for flag_id, (priced, _) in alone.items()
            if priced.fault or not priced.keeps_bands
        }
        groups = find_groups({name: alone[name][0].territories for name in wishes if name not in left_out})
        left = self._grounds.policy.review.bundle_prices
        found = []
        for group in groups:
            best, n_priced = self._search(group, wishes, together, left)
            found.append(best)
            left = max(0, left - n_priced)
        chosen, n_proven = combine(found, [len(group) for group in groups])
        steps = tuple(self._put_together(flags, groups, together) for flags in chosen)
        taken = set(steps[-1].flag_ids) if steps else set()
        held = {unit: to for name in taken for unit, to in wishes[name].goes_to.items()}
        for name, wish in wishes.items():
            if name not in taken and name not in left_out:
                is_contrary = any(held.get(unit, to) != to for unit, to in wish.goes_to.items())
                left_out[name] = (
                    "A cheaper flag wants the same account elsewhere."
                    if is_contrary
                    else "The bands can't be kept with it and the cheaper ones together."
                )
        return Bundle(steps, left_out, n_proven)

    def _search(
        self,
        group: tuple[str, ...],
        wishes: Mapping[str, Wish],
        together: dict[Together, tuple[Price, Position]],
        most_prices: int,
    ) -> tuple[Found, int]:
        """Find the cheapest of a group's flags together; what is priced on the way is kept in `together`."""
        alone = {flag_id: together[frozenset({flag_id})] for flag_id in group}
        names = {name for priced, _ in alone.values() for name in priced.territories}
        index = {name: t for t, name in enumerate(self._grounds.statement.setting.ids)}
        around = np.array(sorted(index[name] for name in names), np.intp)

        def price(flags: Together) -> tuple[Rank, bool] | None:
            # A group of one has the surroundings that its price was looked for in.
            if len(group) > 1:
                wish = join_wishes([wishes[name] for name in sorted(flags)])
                if wish is None:
                    return None
                together[flags] = self._price(wish, tuple(sorted(flags)), around=around)
            priced = together[flags][0]
            return (priced.rank, priced.is_least) if priced.keeps_bands else None

        most = self._grounds.policy.review.price_families * _WIDENED
        is_small = int(self._sizes[around].sum()) <= most
        found, n_priced = search_group(group, price, most_prices if is_small else 0)
        if not found.best and all(priced.is_least for priced, _ in alone.values()):
            rank, first = min((priced.rank, flag_id) for flag_id, (priced, _) in alone.items())
            found = Found({1: (rank, frozenset({first}))}, 1)
            together |= {frozenset({flag_id}): priced for flag_id, priced in alone.items()}
        if found.n_proven < len(group):
            found = self._grow(found, wishes, alone, together)
        return found, n_priced

    def _grow(
        self,
        found: Found,
        wishes: Mapping[str, Wish],
        alone: Mapping[str, tuple[Price, Position]],
        together: dict[Together, tuple[Price, Position]],
    ) -> Found:
        """Add to the flags that were found one after another, the cheapest by itself first."""
        best = dict(found.best)
        taken: Together = best[len(best)][1] if best else frozenset()
        position = together[taken][1] if taken else Position(self._places)
        for flag_id in sorted(alone, key=lambda name: (alone[name][0].rank, name)):
            contrary = [
                unit
                for unit, to in wishes[flag_id].goes_to.items()
                if unit in position.held and position.places[unit] != to
            ]
            if flag_id in taken or contrary:
                continue
            flags = taken | {flag_id}
            joined = self._join(position, alone[flag_id], together[taken][0]) if taken else alone[flag_id]
            priced, after = joined or self._price(wishes[flag_id], tuple(sorted(flags)), start=position)
            if priced.keeps_bands:
                position, taken, together[flags] = after, flags, (priced, after)
                best[len(flags)] = priced.rank, flags
        return Found(best, found.n_proven)

    def _join(self, one: Position, other: tuple[Price, Position], before: Price) -> tuple[Price, Position] | None:
        """Put two positions together that change different territories; None where they meet: costs don't add then."""
        changed = [np.flatnonzero(position.places != self._places) for position in (one, other[1])]
        touched = [
            set(np.unique(np.concatenate([self._places[units], position.places[units]])).tolist())
            for units, position in zip(changed, (one, other[1]), strict=True)
        ]
        if touched[0] & touched[1]:
            return None
        places = one.places.copy()
        places[changed[1]] = other[1].places[changed[1]]
        after = Position(places, one.held | other[1].held)
        names = tuple(sorted({*before.territories, *other[0].territories}))
        flag_ids = tuple(sorted({*before.flag_ids, *other[0].flag_ids}))
        # Each is the least by itself; together another plan may do with less.
        return describe_price(self._grounds, flag_ids, self._places, after, names, is_least=False), after

    def _put_together(
        self,
        flags: Together,
        groups: Sequence[tuple[str, ...]],
        together: Mapping[Together, tuple[Price, Position]],
    ) -> Price:
        """Return the price of flags of several groups, whose surroundings share no territory."""
        parts = [together[part] for group in groups if (part := flags & frozenset(group))]
        if len(parts) == 1:
            return parts[0][0]
        places, held = self._places.copy(), frozenset[int]()
        for _, position in parts:
            changed = position.places != self._places
            places[changed] = position.places[changed]
            held |= position.held
        names = tuple(sorted({name for priced, _ in parts for name in priced.territories}))
        is_least = all(priced.is_least for priced, _ in parts)
        ids, after = tuple(sorted(flags)), Position(places, held)
        return describe_price(self._grounds, ids, self._places, after, names, is_least=is_least)

    def _price(
        self,
        wish: Wish,
        flag_ids: tuple[str, ...],
        *,
        around: NDArray[np.intp] | None = None,
        start: Position | None = None,
    ) -> tuple[Price, Position]:
        """Price a wish against the plan.

        Parameters
        ----------
        around
            Territories among which it is looked for; None to choose them around the wish.
        start
            With other flags honoured already, which stay so; None for the plan.
        """
        whole, start = self._grounds.statement.problem, start or Position(self._places)
        before = measure_violation(whole, self._places)
        if wish.fault:
            return refuse_price(flag_ids, before, wish.fault), start
        problem, best = self._hold(wish, start)
        goal = max(before, measure_violation(whole, start.places)) + _SAME
        seeds = [int(t) for unit, to in wish.goes_to.items() for t in (to, start.places[unit])]
        most = self._grounds.policy.review.price_families
        is_least, territories = False, np.array(sorted(set(seeds)), np.intp)
        for within in (most, most * _WIDENED):
            territories = choose_territories(self._links, self._sizes, seeds, within) if around is None else around
            near = cut_out(problem, best, territories)
            columns, is_least = _solve(near, self._grounds.policy.solve.seed)
            best = best.copy()
            best[near.units] = territories[near.problem.candidates[np.arange(len(columns)), columns]]
            if measure_violation(whole, best) <= goal or len(near.units) == problem.n_units or around is not None:
                break
        after = Position(best, start.held | frozenset(wish.goes_to))
        names = tuple(self._grounds.statement.setting.ids[t] for t in territories.tolist())
        return describe_price(self._grounds, flag_ids, self._places, after, names, is_least=is_least), after

    def _hold(self, wish: Wish, start: Position) -> tuple[Problem, NDArray[np.int32]]:
        """Hold units where flags want them, as an edit by hand does: those held already, and the wish's."""
        problem, places = self._grounds.statement.problem, start.places.copy()
        candidates, costs = problem.candidates.copy(), problem.costs.copy()
        if candidates.shape[1] < 2:
            candidates = np.pad(candidates, ((0, 0), (0, 1)), constant_values=-1)
            costs = np.pad(costs, ((0, 0), (0, 1)))
        goes_to = {unit: int(start.places[unit]) for unit in start.held} | dict(wish.goes_to)
        for unit, to in goes_to.items():
            members = self._grounds.members(int(self._grounds.statement.units.first_account[unit]))
            stays = to == int(self._grounds.statement.present[members[0]])
            candidates[unit], costs[unit] = -1, 0.0
            candidates[unit, 0 if stays else 1] = to
            costs[unit, 0 if stays else 1] = self._grounds.misfit(members, to)
            places[unit] = to
        return replace(problem, candidates=candidates, costs=costs), places


def _solve(near: Nearby, seed: int) -> tuple[NDArray[np.int32], bool]:
    """Solve what is near from where it stands; say whether nothing better is there.

    As `evenhand.plan.solver.solve` does, but for the explanation of bands that can't be met, which takes longer than
    all the rest: a flag that breaks them is answered by that.
    """
    columns, is_least = near.columns.copy(), True
    for part in split_problem(near.problem):
        stop = Stop(gap=_GAP, work=_WORK)
        found = solve_component(part.problem, stop, seed, {}, columns[part.units], is_brief=True)
        columns[part.units] = found.columns
        chosen = part.problem.candidates[np.arange(len(part.units)), found.columns]
        everywhere = np.arange(part.problem.n_territories, dtype=np.int32)
        proof = check(part.problem, chosen, Certificate((Part(everywhere, found.nodes),)))
        is_least &= proof.gap <= _GAP
    return columns, is_least


def _rank(price: Price) -> Rank:
    return price.rank


def open_pricing(made: Plan | PlanRecord, book: Book, policy: Policy) -> Pricing:
    """Open a plan for the prices of flags.

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
    _, grounds, places = open_plan(made, book, policy)
    problem = grounds.statement.problem
    return Pricing(
        grounds,
        places,
        link_territories(problem.candidates, places, problem.n_territories),
        np.bincount(places, minlength=problem.n_territories).astype(np.int64),
    )
