"""Territory or rep: attainment split into what the territory and what the rep brings."""

from evenhand.diagnose.effects.effects import Effects, separate_effects
from evenhand.diagnose.effects.words import Reading

__all__ = ["Effects", "Reading", "separate_effects"]
