"""Which flags go together at the least cost: for one, for two, and so on, proven where that is little work."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from evenhand.review.price import Price

    Rank = tuple[float, ...]
    Together = frozenset[str]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Flags that can be honoured together, by their number.

    Attributes
    ----------
    steps
        The price of the cheapest flag, of the cheapest two, and so on, each against the plan.
    left_out
        Flags that aren't in the largest of them, and why.
    n_proven
        Up to so many flags no others of as many are cheaper; beyond, the step before grew by what adds the least.
    """

    steps: tuple[Price, ...]
    left_out: Mapping[str, str]
    n_proven: int = 0

    @property
    def words(self) -> str:
        """A sentence on what is proven."""
        if not self.steps:
            return ""
        if self.n_proven >= len(self.steps):
            return "No other flags of as many are cheaper together."
        if not self.n_proven:
            return "Other flags of as many may be cheaper together; that isn't proven."
        them = "one flag" if self.n_proven == 1 else f"{self.n_proven} flags"
        return f"Up to {them} no others of as many are cheaper; for more, that isn't proven."


@dataclass(frozen=True)
class Found:
    """The cheapest of a group's flags that go together.

    Attributes
    ----------
    best
        Rank and flags by number; a number that can't be honoured is missing.
    n_proven
        Up to so many flags no others of the group are cheaper; all of them where more can't be honoured.
    """

    best: Mapping[int, tuple[Rank, Together]]
    n_proven: int


def find_groups(regions: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Put flags together whose surroundings share a territory, directly or through others: their costs don't add up."""
    groups: list[tuple[set[str], set[str]]] = []
    for flag_id in sorted(regions):
        flags, territories = {flag_id}, set(regions[flag_id])
        apart = []
        for others, theirs in groups:
            if theirs & territories:
                flags |= others
                territories |= theirs
            else:
                apart.append((others, theirs))
        groups = [*apart, (flags, territories)]
    return sorted(tuple(sorted(flags)) for flags, _ in groups)


def search_group(
    flags: Sequence[str], price: Callable[[Together], tuple[Rank, bool] | None], most_prices: int
) -> tuple[Found, int]:
    """Find the cheapest flags of a group that go together, for each number of them, as far as it can be proven.

    Parameters
    ----------
    flags
        Their ids.
    price
        Rank of flags together, and whether it is the least; None where they can't be honoured together.
    most_prices
        The search ends after so many, or at the first price that isn't proven the least.

    Returns
    -------
    Found
        For each number of flags up to the last whose search was complete.
    int
        How many prices were asked.

    Notes
    -----
    Flags together cost no less than some of them, so what was found of fewer bounds them from below: sets are priced
    from the lowest bound up until the next bound is no lower than the best rank, and those with a part that can't be
    honoured not at all.
    """
    least: dict[Together, Rank] = {frozenset(): ()}
    best: dict[int, tuple[Rank, Together]] = {}
    n_priced = 0
    for size in range(1, len(flags) + 1):
        reached: dict[Together, Rank] = {}
        found: tuple[Rank, Together] | None = None
        for chosen, bound in sorted(
            _bound_sets(flags, size, least).items(), key=lambda pair: (pair[1], sorted(pair[0]))
        ):
            if found is not None and found[0] <= bound:
                reached[chosen] = bound
                continue
            if n_priced >= most_prices:
                return Found(best, size - 1), n_priced
            said = price(chosen)
            n_priced += 1
            if said is None:
                continue
            rank, is_least = said
            if not is_least:
                return Found(best, size - 1), n_priced
            reached[chosen] = rank
            found = min(found or (rank, chosen), (rank, chosen), key=_order)
        if found is None:
            break
        best[size], least = found, reached
    return Found(best, len(flags)), n_priced


def _bound_sets(flags: Sequence[str], size: int, least: Mapping[Together, Rank]) -> dict[Together, Rank]:
    """List the sets of a size whose parts all go together, with the dearest part as a bound from below."""
    bounds = {}
    for names in combinations(sorted(flags), size):
        parts = [least.get(frozenset(part)) for part in combinations(names, size - 1)]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            bounds[frozenset(names)] = max(known)
    return bounds


def _order(found: tuple[Rank, Together]) -> tuple[Rank, list[str]]:
    return found[0], sorted(found[1])


def combine(groups: Sequence[Found], sizes: Sequence[int]) -> tuple[list[Together], int]:
    """Choose from all groups the cheapest one flag, two, and so on; costs of different groups add up.

    Parameters
    ----------
    sizes
        Flags of each group.

    Returns
    -------
    list of frozenset of str
        The flags, by their number from 1 on.
    int
        Up to so many of them are proven.
    """
    chosen: dict[int, tuple[Rank, Together]] = {0: ((), frozenset())}
    for found in groups:
        wider = dict(chosen)
        for n, (rank, flags) in chosen.items():
            for more, (their_rank, theirs) in found.best.items():
                candidate = _add(rank, their_rank), flags | theirs
                known = wider.get(n + more)
                if known is None or _order(candidate) < _order(known):
                    wider[n + more] = candidate
        chosen = wider
    steps = [chosen[n][1] for n in range(1, len(chosen))]
    proven = [
        n
        for n in range(1, len(steps) + 1)
        if all(found.n_proven >= min(n, size) for found, size in zip(groups, sizes, strict=True))
    ]
    return steps, len(proven)


def _add(one: Rank, other: Rank) -> Rank:
    if not one or not other:
        return one or other
    # Misfits are sums of many figures; rounding makes equal ones equal.
    return tuple(round(a + b, 6) for a, b in zip(one, other, strict=True))
