"""Several ways to go, each a named change of the policy, the events and the decisions by hand, solved and compared."""

from __future__ import annotations

from evenhand.plan.scenarios.compare import Comparison, Difference, compare, find_difference
from evenhand.plan.scenarios.scenario import AGREED, Scenario, inherit, order_scenarios
from evenhand.plan.scenarios.side import Side
from evenhand.plan.scenarios.solve import SolvedScenario, solve_scenarios
from evenhand.plan.scenarios.toml import parse_scenarios, render_scenarios

__all__ = [
    "AGREED",
    "Comparison",
    "Difference",
    "Scenario",
    "Side",
    "SolvedScenario",
    "compare",
    "find_difference",
    "inherit",
    "order_scenarios",
    "parse_scenarios",
    "render_scenarios",
    "solve_scenarios",
]
