"""Every plan of a small problem, tried one by one."""

from __future__ import annotations

from itertools import product

import numpy as np

from evenhand.plan.solver import Problem

SAME = 1e-7


def random_problem(rng, *, priced=False, graded=True, limits=False):
    """Draw a small problem with everything that can go wrong in it."""
    n, n_territories = int(rng.integers(0, 9)), int(rng.integers(1, 5))
    n_measures, k = int(rng.integers(1, 4)), int(rng.integers(1, min(4, n_territories) + 1))
    islands = rng.integers(0, 2, n_territories) if rng.random() < 0.3 else np.zeros(n_territories, int)
    candidates = np.full((n, k), -1, np.int32)
    for i in range(n):
        home = rng.integers(n_territories)
        near = rng.permutation(np.flatnonzero(islands == islands[home]))[:k]
        candidates[i, : len(near)] = near
        draw = rng.random()
        if draw < 0.15:  # locked
            candidates[i, 1:] = -1
        elif draw < 0.3 and len(near) > 1:  # has to leave
            candidates[i, 0] = -1
        elif draw < 0.35 and k > 1:  # a territory twice
            candidates[i, -1] = candidates[i, 0]
    whole = rng.random() < 0.5
    costs = rng.integers(0, 6, (n, k)) * 1.0 if whole else np.round(rng.random((n, k)) * 3, 2)
    if k:
        costs[:, 0] = np.where(rng.random(n) < 0.05, 1.0, 0.0)
    amounts = rng.integers(0, 5, (n, n_measures)) * rng.choice([1.0, 0.1, 1000.0])
    if n and rng.random() < 0.2:
        amounts[rng.integers(n)] *= 6  # larger than a band
    if rng.random() < 0.1:
        amounts[:, 0] = 0
    target = np.maximum(amounts.sum(axis=0) / n_territories, 0.1) * np.ones((n_territories, 1))
    width = rng.choice([0.0, 0.1, 0.3, 0.6])
    lower, upper = target * (1 - width), target * (1 + width)
    lower[rng.random(lower.shape) < 0.2] = -np.inf
    upper[rng.random(upper.shape) < 0.2] = np.inf
    if rng.random() < 0.3:
        empty = rng.integers(n_territories)
        lower[empty], upper[empty] = -np.inf, 0.0
    some = {}
    if limits:
        some["max_moves"] = int(rng.integers(0, 4)) if rng.random() < 0.5 else None
        for name in ("max_moves_from", "max_moves_into"):
            if rng.random() < 0.5:
                some[name] = rng.choice([0.0, 1.0, 2.0, np.inf], n_territories)
    return Problem(
        candidates=candidates,
        costs=costs,
        grades=rng.integers(0, 3, n).astype(np.int8) if graded else None,
        amounts=amounts,
        lower=lower,
        upper=upper,
        scale=target,
        violation_price=float(rng.choice([0.0, 1.0, 10.0])) if priced else None,
        **some,
    )


def every_plan(problem):
    """(P, n) columns of every plan there is."""
    choices = [np.flatnonzero(row >= 0) for row in problem.candidates]
    plans = list(product(*choices))
    return np.array(plans, dtype=int).reshape(len(plans), problem.n_units)


def score_plans(problem, columns):
    """(P, 6) excess of limits, violation, high, medium, low moves and cost of every plan."""
    n_plans, rows = len(columns), np.arange(problem.n_units)
    loads = np.zeros((n_plans, problem.n_territories, problem.n_measures))
    counts = np.zeros((n_plans, 3))
    out, into = np.zeros((n_plans, problem.n_territories)), np.zeros((n_plans, problem.n_territories))
    cost = np.zeros(n_plans)
    grades = np.zeros(problem.n_units, int) if problem.grades is None else problem.grades
    every = np.arange(n_plans)
    for i in rows:
        j = columns[:, i]
        territory = problem.candidates[i, j]
        loads[every, territory] += problem.amounts[i]
        # A territory listed twice is one choice: the cheaper one.
        same = (problem.candidates[i][None, :] == territory[:, None]) & (problem.candidates[i] >= 0)[None, :]
        cost += np.where(same, problem.costs[i], np.inf).min(axis=1)
        cheapest = np.where(same, problem.costs[i], np.inf).argmin(axis=1)
        stays = (cheapest == 0) & (problem.costs[i, 0] == 0)
        counts[every, grades[i]] += ~stays
        into[every, territory] += ~stays
        if problem.candidates[i, 0] >= 0 and problem.costs[i, 0] == 0:
            out[every, problem.candidates[i, 0]] += ~stays
    outside = np.maximum(problem.lower - loads, loads - problem.upper) / problem.scale - 1e-9
    violation = np.maximum(outside, 0).sum(axis=(1, 2))
    excess = np.zeros(n_plans)
    if problem.max_moves is not None:
        excess += np.maximum(counts.sum(axis=1) - problem.max_moves, 0)
    if problem.max_moves_from is not None:
        excess += np.maximum(out - problem.max_moves_from, 0).sum(axis=1)
    if problem.max_moves_into is not None:
        excess += np.maximum(into - problem.max_moves_into, 0).sum(axis=1)
    return np.column_stack([excess, violation, counts[:, 2], counts[:, 1], counts[:, 0], cost])


def best_levels(problem):
    """Values of the levels, by trying every plan; those of the limits first."""
    scores = score_plans(problem, every_plan(problem))
    if problem.violation_price is not None:
        order = [scores[:, 0], scores[:, 5] + problem.violation_price * scores[:, 1]]
    elif problem.grades is None:
        order = [scores[:, 0], scores[:, 1], scores[:, 5]]
    else:
        order = [scores[:, i] for i in range(6)]
    left = np.ones(len(scores), bool)
    values = []
    for level in order:
        values.append(level[left].min())
        left &= level <= values[-1] + SAME
    return values
