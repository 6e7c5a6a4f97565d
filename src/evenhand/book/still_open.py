"""Which opportunities nobody may lose sight of."""

from __future__ import annotations

import polars as pl

STILL_OPEN = ~(pl.col("is_closed").fill_null(value=False) | pl.col("is_won").fill_null(value=False))
"""Neither closed nor won, as far as the source says; where it doesn't, a deal counts as open.

Grades and handoffs must not overlook a deal. `evenhand.diagnose.pipeline.IS_OPEN` leaves such deals out instead, for
amounts are never guessed.
"""
