"""The propensity to buy, learned from closed opportunities, and refused where it knows no more than the base rate."""

from evenhand.diagnose.propensity.propensity import Propensity, Standing, learn_propensity

__all__ = ["Propensity", "Standing", "learn_propensity"]
