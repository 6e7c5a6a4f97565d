"""The fewest, gentlest moves that bring every territory into its bands, and the proof that fewer won't do.

`solve` finds a plan and its certificate; `check` recomputes what both claim from nothing but the problem.
"""

from evenhand.plan.solver.certificate import Certificate, Entry
from evenhand.plan.solver.check import Check, LevelFigures, MovesByGrade, check
from evenhand.plan.solver.frontier import solve_frontier
from evenhand.plan.solver.problem import BAND_TOLERANCE, Problem
from evenhand.plan.solver.result import Progress, Result
from evenhand.plan.solver.solve import PROVED_GAP, solve
from evenhand.plan.solver.stop import Stop

__all__ = [
    "BAND_TOLERANCE",
    "PROVED_GAP",
    "Certificate",
    "Check",
    "Entry",
    "LevelFigures",
    "MovesByGrade",
    "Problem",
    "Progress",
    "Result",
    "Stop",
    "check",
    "solve",
    "solve_frontier",
]
