"""How long accounts take to sell as before in new hands, and what that costs a plan."""

from evenhand.plan.ramp.basis import RampBasis, learn_ramp
from evenhand.plan.ramp.ramp import RAMP_SCHEMA, Ramp, estimate_ramp
from evenhand.plan.ramp.survival import Survival
from evenhand.plan.ramp.transfers import list_transfers
from evenhand.plan.ramp.worth import value_accounts

__all__ = [
    "RAMP_SCHEMA",
    "Ramp",
    "RampBasis",
    "Survival",
    "estimate_ramp",
    "learn_ramp",
    "list_transfers",
    "value_accounts",
]
