"""Pricing flags: the plan around each is solved again from where it stands, with the flag honoured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.edits import parse_edit
from evenhand.plan.edits.effect import find_rows
from evenhand.plan.edits.grounds import lay_grounds
from evenhand.plan.edits.origin import find_origin
from evenhand.plan.edits.settle import check_origin, place_units, state_origin
from evenhand.plan.grades import GRADES
from evenhand.plan.solver import BAND_TOLERANCE, Certificate, Stop, check
from evenhand.plan.solver.certificate import Part
from evenhand.plan.solver.components import split_problem
from evenhand.plan.solver.solve import solve_component
from evenhand.review.nearby import choose_territories, cut_out, link_territories
from evenhand.review.price import Price, Shift, refuse_price

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.plan import Plan
    from evenhand.plan.record import PlanRecord
    from evenhand.plan.solver import Problem
    from evenhand.policy import Policy
    from evenhand.review.nearby import Nearby

_WORK = 300_000
"""Steps of search for one price, the same on every machine; most prices are proven least long before."""
_GAP = 1e-3
_WIDENED = 4
"""Where the bands can't be kept in the surroundings, these are taken so much wider, once."""
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Wish:
    """What a flag asks for, in the numbers of the plan.

    Attributes
    ----------
    goes_to
        Index of the territory that each unit has to be in, by unit.
    fault
        Why it can't be honoured; empty where it can.
    """

    flag_id: str
    goes_to: Mapping[int, int]
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Position:
    """A plan with some flags honoured: where every unit is, and which are held there."""

    problem: Problem
    places: NDArray[np.int32]
    held: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Bundle:
    """Flags that can be honoured together, from the cheapest one on.

    Attributes
    ----------
    steps
        The price of the first flag, of the first two, and so on, each against the plan.
    left_out
        Flags that aren't in it, and why.
    """

    steps: tuple[Price, ...]
    left_out: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Pricing:
    """A plan opened for prices; what takes time was done when it was opened."""

    _grounds: Grounds
    _position: Position
    _links: NDArray[np.int64]
    _sizes: NDArray[np.int64]

    def read_wish(self, flag_id: str, wants: Sequence[str]) -> Wish:
        """Read what a flag wants.

        Raises
        ------
        InputError
            If it names an account or territory that isn't there, or edits that aren't ``lock`` or ``move``.
        """
        statement = self._grounds.statement
        edits = [parse_edit(text) for text in wants]
        problems = {str(edit): "a flag keeps an account or moves it" for edit in edits if edit.kind not in _KINDS}
        if not edits:
            problems["wants"] = "say what the flag asks for: lock:ACCOUNT or move:ACCOUNT=TERRITORY"
        index = {territory_id: t for t, territory_id in enumerate(statement.setting.ids)}
        problems |= {
            str(edit): f"there is no territory {edit.to!r}.{say_nearest(edit.to, index)}"
            for edit in edits
            if edit.to is not None and edit.to not in index
        }
        rows = find_rows(statement.accounts["account_id"], edits)
        if problems:
            raise InputError(problems)
        goes_to: dict[int, int] = {}
        fault = ""
        for edit, row in zip(edits, rows.tolist(), strict=True):
            unit, home = int(statement.units.unit_of_account[row]), int(statement.present[row])
            to = home if edit.to is None else index[edit.to]
            fault = fault or self._find_fault(edit.account_id, unit, home, to)
            if goes_to.setdefault(unit, to) != to:
                fault = f"{edit.account_id} and its family would have to be in two places."
        return Wish(flag_id, goes_to, fault)

    def is_honoured(self, wants: Sequence[str]) -> bool:
        """Say whether the plan does what a flag wants already."""
        wish = self.read_wish("", wants)
        return all(int(self._position.places[unit]) == to for unit, to in wish.goes_to.items())

    def price(self, flag_id: str, wants: Sequence[str]) -> Price:
        """Price one flag against the plan.

        Raises
        ------
        InputError
            See `read_wish`.
        """
        wish = self.read_wish(flag_id, wants)
        return self._price(wish, self._position, (flag_id,))[0]

    def price_all(self, flags: Mapping[str, Sequence[str]]) -> tuple[dict[str, Price], Bundle]:
        """Price every flag by itself, and the cheapest bundles of those that go together.

        Parameters
        ----------
        flags
            What each wants, by its id.

        Returns
        -------
        dict of str to Price
            In the order given.
        Bundle
            The flags that keep the bands, the cheapest first, each added to those before where it goes with them.

        Notes
        -----
        A bundle grows from the cheapest flag by the next cheapest one, solved again from the bundle before with all its
        flags held. Where the flags are far apart no other bundle of as many is cheaper; where they are near, one may
        be, and the prices by themselves show which.

        Raises
        ------
        InputError
            Naming everything wrong with the flags.
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
        alone = {flag_id: self._price(wish, self._position, (flag_id,)) for flag_id, wish in wishes.items()}
        prices = {flag_id: priced for flag_id, (priced, _) in alone.items()}
        return prices, self._bundle(wishes, alone)

    def _bundle(self, wishes: Mapping[str, Wish], alone: Mapping[str, tuple[Price, Position]]) -> Bundle:
        position = self._position
        steps: list[Price] = []
        left_out: dict[str, str] = {}
        held: dict[int, int] = {}
        taken: tuple[str, ...] = ()
        for flag_id in sorted(wishes, key=lambda name: (alone[name][0].rank, name)):
            wish, (priced, after) = wishes[flag_id], alone[flag_id]
            contrary = [unit for unit, to in wish.goes_to.items() if held.get(unit, to) != to]
            if priced.fault or not priced.keeps_bands:
                left_out[flag_id] = priced.fault or "The bands can't be kept with it."
            elif contrary:
                left_out[flag_id] = "A cheaper flag wants the same account elsewhere."
            else:
                together = (*taken, flag_id)
                if taken:
                    joined = self._join(position, after)
                    if joined is None:
                        priced, after = self._price(wish, position, together)
                    else:
                        names = tuple(sorted({*steps[-1].territories, *priced.territories}))
                        is_least = priced.is_least and steps[-1].is_least
                        priced, after = self._describe(together, joined, names, is_least=is_least), joined
                if priced.keeps_bands:
                    position, taken = after, together
                    steps.append(priced)
                    held |= wish.goes_to
                else:
                    left_out[flag_id] = "The bands can't be kept with it and the cheaper ones together."
        return Bundle(tuple(steps), left_out)

    def _price(self, wish: Wish, start: Position, flag_ids: tuple[str, ...]) -> tuple[Price, Position]:
        """Price a wish on top of a position; the price is against the plan."""
        before = self._position
        violation = self._violation(before.places)
        if wish.fault:
            return refuse_price(flag_ids, violation, wish.fault), start
        problem, places = self._hold(wish, start)
        seeds = [int(t) for unit, to in wish.goes_to.items() for t in (to, start.places[unit])]
        goal = self._violation(start.places) + _SAME
        most = self._grounds.policy.review.price_families
        best: NDArray[np.int32] = places
        is_least, territories = False, np.array(sorted(set(seeds)), np.intp)
        for within in (most, most * _WIDENED):
            territories = choose_territories(self._links, self._sizes, seeds, within)
            near = cut_out(problem, best, territories)
            columns, is_least = _solve(near, self._grounds.policy.solve.seed)
            best = best.copy()
            best[near.units] = territories[near.problem.candidates[np.arange(len(columns)), columns]]
            if self._violation(best) <= goal or len(near.units) == problem.n_units:
                break
        after = Position(problem, best, start.held | frozenset(wish.goes_to))
        names = tuple(self._grounds.statement.setting.ids[t] for t in territories.tolist())
        return self._describe(flag_ids, after, names, is_least=is_least), after

    def _join(self, one: Position, other: Position) -> Position | None:
        """Put two positions together that change different territories; None where they meet: costs then don't add."""
        before = self._position.places
        changed = [np.flatnonzero(position.places != before) for position in (one, other)]
        touched = [
            set(np.unique(np.concatenate([before[units], position.places[units]])).tolist())
            for units, position in zip(changed, (one, other), strict=True)
        ]
        if touched[0] & touched[1]:
            return None
        places = one.places.copy()
        places[changed[1]] = other.places[changed[1]]
        candidates, costs = one.problem.candidates, one.problem.costs
        if candidates.shape == other.problem.candidates.shape:
            differs = (other.problem.candidates != self._position.problem.candidates).any(axis=1)
            candidates = np.where(differs[:, None], other.problem.candidates, candidates)
            costs = np.where(differs[:, None], other.problem.costs, costs)
            problem = replace(one.problem, candidates=candidates, costs=costs)
            return Position(problem, places, one.held | other.held)
        return None

    def _hold(self, wish: Wish, start: Position) -> tuple[Problem, NDArray[np.int32]]:
        """Hold the wish's units where it wants them, as an edit by hand does."""
        problem, places = start.problem, start.places.copy()
        candidates, costs = problem.candidates.copy(), problem.costs.copy()
        if candidates.shape[1] < 2:
            candidates = np.pad(candidates, ((0, 0), (0, 1)), constant_values=-1)
            costs = np.pad(costs, ((0, 0), (0, 1)))
        for unit, to in wish.goes_to.items():
            members = self._grounds.members(int(self._grounds.statement.units.first_account[unit]))
            stays = to == int(self._grounds.statement.present[members[0]])
            candidates[unit], costs[unit] = -1, 0.0
            candidates[unit, 0 if stays else 1] = to
            costs[unit, 0 if stays else 1] = self._grounds.misfit(members, to)
            places[unit] = to
        return replace(problem, candidates=candidates, costs=costs), places

    def _find_fault(self, account_id: str, unit: int, home: int, to: int) -> str:
        statement = self._grounds.statement
        ids, eligibility = statement.setting.ids, statement.asked.eligibility
        if statement.setting.is_emptied[to]:
            return f"{ids[to]} is emptied by an event; {account_id} would be without a rep there."
        if to == home:
            return ""
        if not statement.setting.is_seat[to]:
            return f"{ids[to]} is a group of territories; accounts go to seats."
        if not eligibility.allowed[eligibility.kind_of_unit[unit], to]:
            return f"{ids[to]} doesn't take {account_id} by the policy's rules."
        return ""

    def _loads(self, places: NDArray[np.int32]) -> NDArray[np.float64]:
        problem = self._position.problem
        loads = np.zeros(problem.lower.shape)
        for m in range(problem.n_measures):
            loads[:, m] = np.bincount(places, weights=problem.amounts[:, m], minlength=problem.n_territories)
        return loads

    def _violation(self, places: NDArray[np.int32]) -> float:
        problem, loads = self._position.problem, self._loads(places)
        outside = np.maximum(problem.lower - loads, loads - problem.upper) / problem.scale
        return float(np.where(outside > BAND_TOLERANCE, outside, 0.0).sum())

    def _describe(
        self, flag_ids: tuple[str, ...], after: Position, territories: tuple[str, ...], *, is_least: bool
    ) -> Price:
        grounds, before = self._grounds, self._position.places
        statement, places = grounds.statement, after.places
        ids, units = statement.setting.ids, statement.units
        account_before, account_after = (p[units.unit_of_account].astype(np.intp) for p in (before, places))
        unit_grade = units.largest(grounds.grades)[units.unit_of_account]
        moved = [
            np.bincount(unit_grade[where != statement.present], minlength=len(GRADES))
            for where in (account_before, account_after)
        ]
        changed = np.flatnonzero(account_before != account_after)
        gained = np.zeros(len(ids), np.int64)
        np.add.at(gained, account_after[changed], grounds.quota_cents[changed])
        np.subtract.at(gained, account_before[changed], grounds.quota_cents[changed])
        touched = np.unique(np.concatenate([account_before[changed], account_after[changed]])).tolist()
        targets, loads = statement.bands.targets[:, statement.bands.binding], (self._loads(before), self._loads(places))
        balance = tuple(
            (ids[t], name, float(loads[0][t, m] / targets[t, m]), float(loads[1][t, m] / targets[t, m]))
            for t in touched
            for m, name in enumerate(statement.measures)
            if targets[t, m] > 0
        )
        misfit = sum(
            grounds.misfit(members, int(places[unit])) - grounds.misfit(members, int(before[unit]))
            for unit in np.flatnonzero(before != places).tolist()
            for members in (grounds.members(int(units.first_account[unit])),)
        )
        return Price(
            flag_ids=flag_ids,
            moves={grade: int(moved[1][g] - moved[0][g]) for g, grade in enumerate(GRADES)},
            violation_before=self._violation(before),
            violation_after=self._violation(places),
            cost=round(float(misfit), 6),
            quota_cents={ids[t]: int(gained[t]) for t in np.flatnonzero(gained).tolist()},
            balance=balance,
            shifts=self._list_shifts(after.held, changed, account_before, account_after, unit_grade),
            territories=territories,
            is_least=is_least,
        )

    def _list_shifts(
        self,
        held: frozenset[int],
        changed: NDArray[np.intp],
        before: NDArray[np.intp],
        after: NDArray[np.intp],
        grades: NDArray[np.int8],
    ) -> tuple[Shift, ...]:
        statement = self._grounds.statement
        ids, home = statement.setting.ids, statement.present
        accounts = statement.accounts.select("account_id", "name")[changed]
        shifts = []
        for row, (account_id, name) in zip(changed.tolist(), accounts.iter_rows(), strict=True):
            if int(statement.units.unit_of_account[row]) in held:
                role = "flagged"
            elif before[row] == home[row]:
                role = "instead"
            else:
                role = "stays" if after[row] == home[row] else "elsewhere"
            shifts.append(
                Shift(
                    account_id, name or account_id, ids[home[row]], ids[before[row]], ids[after[row]],
                    GRADES[grades[row]], role,
                )
            )  # fmt: skip
        order = ("flagged", "instead", "stays", "elsewhere")
        return tuple(sorted(shifts, key=lambda shift: (order.index(shift.role), shift.account_id)))


_KINDS = ("lock", "move")


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
    origin = find_origin(made)
    check_origin(origin, book, policy)
    statement = state_origin(origin, book, policy)
    places = place_units(statement, origin.assignment)
    problem = statement.problem
    return Pricing(
        lay_grounds(book, policy, statement),
        Position(problem, places),
        link_territories(problem.candidates, places, problem.n_territories),
        np.bincount(places, minlength=problem.n_territories).astype(np.int64),
    )
