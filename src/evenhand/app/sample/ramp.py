"""The truth about accounts that changed hands: for a while, fewer opportunities are created with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.app.sample.calendar import NEVER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evenhand.app.sample.history import Handovers
    from evenhand.app.sample.streams import Streams

    Ints = NDArray[np.int64]

START_SHARE, RAMP_DAYS = 0.4, 120
"""An account in new hands starts with this share of its opportunities and rises steadily to all of them in so long."""
LOST_DAYS = (1 - START_SHARE) * RAMP_DAYS / 2


def came_about(handovers: Handovers, account: Ints, created_on: Ints, streams: Streams) -> NDArray[np.bool_]:
    """Return which opportunities came about in spite of the ramp, of those created since the account changed hands."""
    moved_on = handovers.moved_on[account]
    since = created_on - moved_on
    is_new = (moved_on != NEVER) & (since >= 0) & (since < RAMP_DAYS)
    share = START_SHARE + (1 - START_SHARE) * since / RAMP_DAYS
    came: NDArray[np.bool_] = ~is_new | (streams.uniform("ramp", len(account)) < share)
    return came
