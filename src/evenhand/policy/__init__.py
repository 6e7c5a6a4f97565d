"""Every threshold and rule: its value, unit, range, source and the date from which it holds."""

from evenhand.policy.policy import Change, Policy, Provenance
from evenhand.policy.toml import parse_policy, render_policy

__all__ = ["Change", "Policy", "Provenance", "parse_policy", "render_policy"]
