"""Keeping to HubSpot's limits: a few searches a second, so many requests in ten seconds, so many a day."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEARCHES = (5, 1.0)
"""Requests to search endpoints in so many seconds, for the whole account:
https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm"""
ALL = (100, 10.0)
"""Requests in so many seconds, the lowest limit of any account and app:
https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines"""


class Pace:
    """Waits before a request that would be one too many.

    Parameters
    ----------
    sleep, clock
        Seconds to wait; seconds on a clock.

    Notes
    -----
    What HubSpot says in its headers goes before what is written here: where other programs of the firm use up the
    window, nothing remains of it for us.
    """

    def __init__(
        self, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.sleep, self._clock = sleep, clock
        self._sent: dict[str, deque[float]] = {"all": deque(), "search": deque()}
        self._most = {"all": ALL, "search": SEARCHES}
        self._not_before = 0.0

    def wait(self, *, is_search: bool) -> None:
        """Wait until one more request is within the limits, and count it."""
        kinds = ("all", "search") if is_search else ("all",)
        at = self._clock()
        until = max([self._not_before, *(self._free_at(kind, at) for kind in kinds)])
        if until > at:
            self.sleep(until - at)
            at = max(until, self._clock())
        for kind in kinds:
            self._sent[kind].append(at)

    def take_headers(self, headers: Mapping[str, str]) -> None:
        """Read what remains of the window; answers of searches don't say."""
        remaining, window = (
            headers.get("x-hubspot-ratelimit-remaining"),
            headers.get("x-hubspot-ratelimit-interval-milliseconds"),
        )
        if remaining is not None and remaining.isdigit() and int(remaining) == 0 and window and window.isdigit():
            self._not_before = self._clock() + min(int(window), 10_000) / 1000

    def _free_at(self, kind: str, at: float) -> float:
        n_most, seconds = self._most[kind]
        sent = self._sent[kind]
        while sent and sent[0] <= at - seconds:
            sent.popleft()
        return sent[len(sent) - n_most] + seconds if len(sent) >= n_most else at
