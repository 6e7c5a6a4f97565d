"""A made firm with known truth, to try everything on."""

from evenhand.app.sample.firm import Firm, make_firm

__all__ = ["Firm", "make_firm"]
