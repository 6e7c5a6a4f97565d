from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.review.bundle import combine, find_groups, search_group

FLAGS = ("a", "b", "c", "d", "e")


@st.composite
def costs(draw):
    """A cost for every set of flags that is no less than that of its parts; None where a part can't be honoured."""
    cost = {frozenset(): (0.0, 0.0)}
    for size in range(1, len(FLAGS) + 1):
        for names in combinations(FLAGS, size):
            parts = [cost[frozenset(part)] for part in combinations(names, size - 1)]
            more = draw(st.sampled_from([None, (0, 0), (0, 1), (1, 0), (1, 2)]))
            if more is None or None in parts:
                cost[frozenset(names)] = None
            else:
                cost[frozenset(names)] = tuple(a + b for a, b in zip(max(parts), more, strict=True))
    return cost


def brute(cost):
    best = {}
    for chosen, rank in cost.items():
        if rank is not None and chosen:
            best[len(chosen)] = min(best.get(len(chosen), rank), rank)
    return best


@given(costs())
@settings(max_examples=150, deadline=None)
def test_the_search_finds_what_trying_all_sets_finds(cost):
    asked = []

    def price(flags):
        asked.append(flags)
        return None if cost[flags] is None else (cost[flags], True)

    found, n_priced = search_group(FLAGS, price, 1000)
    assert {size: rank for size, (rank, _) in found.best.items()} == brute(cost)
    assert all(cost[flags] == rank for rank, flags in found.best.values())
    assert found.n_proven == len(FLAGS)
    assert n_priced == len(asked) == len(set(asked)) <= 2 ** len(FLAGS) - 1


@given(costs(), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_what_is_proven_with_few_prices_is_right(cost, most):
    found, n_priced = search_group(FLAGS, lambda flags: cost[flags] and (cost[flags], True), most)
    assert n_priced <= most
    whole = brute(cost)
    for size, (rank, _) in found.best.items():
        assert size <= found.n_proven
        assert rank == whole[size]


def test_a_price_that_isnt_the_least_proves_nothing():
    found, n_priced = search_group(FLAGS, lambda flags: ((float(len(flags)),), len(flags) == 1), 1000)
    assert (found.n_proven, n_priced) == (1, len(FLAGS) + 1)


def test_flags_whose_surroundings_touch_are_one_group():
    regions = {"a": ["T1", "T2"], "b": ["T3"], "c": ["T2", "T4"], "d": ["T4"]}
    assert find_groups(regions) == [("a", "c", "d"), ("b",)]


@given(costs(), costs())
@settings(max_examples=60, deadline=None)
def test_groups_add_up(one, other):
    groups = [
        search_group(FLAGS, lambda flags, cost=cost: cost[flags] and (cost[flags], True), 1000)[0]
        for cost in (one, {frozenset(name + "2" for name in flags): rank for flags, rank in other.items()})
        for cost in [{frozenset(name[0] for name in flags): rank for flags, rank in cost.items()}]
    ]
    renamed = type(groups[1])(
        {n: (rank, frozenset(name + "2" for name in flags)) for n, (rank, flags) in groups[1].best.items()},
        groups[1].n_proven,
    )
    steps, n_proven = combine([groups[0], renamed], [5, 5])
    first, second = {0: (0.0, 0.0)} | brute(one), {0: (0.0, 0.0)} | brute(other)
    assert n_proven == len(steps) == max(first) + max(second)
    for n, flags in enumerate(steps, start=1):
        mine = frozenset(name for name in flags if len(name) == 1)
        theirs = frozenset(name[0] for name in flags if len(name) == 2)
        rank = tuple(a + b for a, b in zip(one[mine], other[theirs], strict=True))
        sums = [tuple(a + b for a, b in zip(first[k], second[n - k], strict=True)) for k in first if n - k in second]
        assert rank == min(sums)


@pytest.mark.parametrize(("most", "n_proven"), [(0, 0), (5, 1), (1000, 5)])
def test_how_far_it_is_proven(most, n_proven):
    found, _ = search_group(FLAGS, lambda flags: ((float(len(flags)),), True), most)
    assert found.n_proven == n_proven
