"""Solvers of the same problem, one process each: ``python -m benchmarks.contenders.NAME problem.npz answer.npz``.

Each reads the arrays of ``evenhand.plan.solver.Problem``, solves for a number of seconds, and writes the territory of
every unit with a few figures of its own. Nothing it says about the plan's quality is believed: `benchmarks.measure`
recomputes all of it.
"""
