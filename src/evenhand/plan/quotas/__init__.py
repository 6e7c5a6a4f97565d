"""Moving quotas with the accounts: the bridge from the old quota of every seat to its new one, to the cent."""

from evenhand.plan.quotas.bridge import QuotaBridge, bridge_quotas
from evenhand.plan.quotas.fairness import FAIRNESS_SCHEMA, Fairness, predict_attainment
from evenhand.plan.quotas.lines import EXPLANATIONS, LINES, TITLES
from evenhand.plan.quotas.parts import account_parts
from evenhand.plan.quotas.periods import Period, find_periods, opening_quotas

__all__ = [
    "EXPLANATIONS",
    "FAIRNESS_SCHEMA",
    "LINES",
    "TITLES",
    "Fairness",
    "Period",
    "QuotaBridge",
    "account_parts",
    "bridge_quotas",
    "find_periods",
    "opening_quotas",
    "predict_attainment",
]
