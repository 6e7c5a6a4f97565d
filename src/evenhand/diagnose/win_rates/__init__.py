"""Win rates controlling for rep tenure: adjusted rates with intervals, and how far they diverge."""

from evenhand.diagnose.win_rates.win_rates import Divergence, WinRates, adjust_win_rates

__all__ = ["Divergence", "WinRates", "adjust_win_rates"]
