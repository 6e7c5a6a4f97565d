"""Talking to one HubSpot account: within its limits, signed in again once, and its refusals in its own words."""

from __future__ import annotations

import datetime as dt
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn

from evenhand.adapters.sources.door import Door, Limits
from evenhand.adapters.sources.hubspot.pace import Pace
from evenhand.adapters.sources.hubspot.session import SYSTEM, sign_in
from evenhand.app.records import Quota, Traffic
from evenhand.app.writing import LimitSpentError
from evenhand.foundation.errors import SourceError
from evenhand.foundation.secret import Secret, hide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.hubspot.session import Settings

_UNAUTHORISED, _TOO_MANY = 401, 429
_DAILY = "DAILY"
_WINDOW_SECONDS = 10.0
_MOST_WAITS = 8
GOES_ON = "HubSpot counts anew from midnight in the account's time zone; the same command goes on then."


class RefusedError(SourceError):
    """The account said no to a request.

    Attributes
    ----------
    status
        Of the answer.
    category
        HubSpot's own word, such as VALIDATION_ERROR or MISSING_SCOPES.
    words
        What it said.
    """

    def __init__(self, status: int, category: str, words: str, message: str) -> None:
        self.status, self.category, self.words = status, category, words
        super().__init__(SYSTEM, message)


class HubSpotClient:
    """Requests to one account.

    Parameters
    ----------
    limits, ca_file, sleep, clock, random_share
        Of the door, see `Door`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random_share: Callable[[], float] | None = None,
    ) -> None:
        self.settings = settings
        self.traffic = Traffic()
        self.pace = Pace(sleep=sleep, clock=clock)
        more: dict[str, Any] = {} if random_share is None else {"random_share": random_share}
        self._door = Door(
            SYSTEM, settings.address, limits=limits, ca_file=ca_file, on_headers=self._take_headers, sleep=sleep,
            clock=clock, **more,
        )  # fmt: skip
        self._token: Secret | None = None
        self._date = ""

    def close(self) -> None:
        """Close the connections."""
        self._door.close()

    def call(self, method: str, template: str, *, is_search: bool = False, **more: Any) -> Answer:
        """Send a request and return its answer, good or bad; see `Door.request` for the rest.

        Raises
        ------
        LimitSpentError
            Where the day's requests are used up.

        Notes
        -----
        401 and 429 say that nothing was done, so that the same request can follow: once after a new sign-in, and
        after the window that was used up. https://developers.hubspot.com/docs/api-reference/error-handling
        """
        signed_in_again, n_waits = False, 0
        while True:
            answer = self._send(method, template, is_search=is_search, **more)
            if answer.status == _UNAUTHORISED and self.settings.renews and not signed_in_again:
                self._token, signed_in_again = None, True
            elif answer.status == _TOO_MANY:
                n_waits += 1
                self._wait_out(answer, n_waits)
            else:
                return answer

    def ask(self, method: str, template: str, **more: Any) -> Answer:
        """Send a request as `call` does, and return its answer only where the account did as asked.

        Raises
        ------
        RefusedError
            With the account's category and words.
        """
        answer = self.call(method, template, **more)
        if not answer.is_ok:
            self.refuse(answer)
        return answer

    def refuse(self, answer: Answer) -> NoReturn:
        """Raise what the account said in an answer that isn't good."""
        category, words = (hide(text, self._secrets()) for text in read_words(answer))
        message = f"{answer.what} was refused: {words} ({category})"
        if answer.status == _UNAUTHORISED:
            message = (
                f"the token isn't valid (any more): {words}. Enter a new one: evenhand connect NAME --vendor hubspot"
            )
        raise RefusedError(answer.status, category, words, message)

    def now(self) -> dt.datetime:
        """Return the moment by the account's clock: the date in the header of an answer, to the second."""
        self.ask("GET", "/account-info/v3/details")
        try:
            return parsedate_to_datetime(self._date).astimezone(dt.UTC)
        except (ValueError, TypeError):
            raise SourceError(SYSTEM, "its answers don't say when they were made; is a proxy in between?") from None

    def _send(self, method: str, template: str, *, is_search: bool, **more: Any) -> Answer:
        before = self._door.n_requests
        try:
            if self._token is None:
                self._token = sign_in(self.settings, self._door)
            self.pace.wait(is_search=is_search)
            headers = {"Authorization": Secret(f"Bearer {self._token.reveal()}")}
            return self._door.request(method, template, headers=headers, answers={_TOO_MANY}, **more)
        finally:
            self.traffic.n_requests += self._door.n_requests - before

    def _wait_out(self, answer: Answer, n_waits: int) -> None:
        """Wait for the next window; raise where it is the day's, or waiting doesn't help."""
        try:
            policy = str(answer.json(dict).get("policyName", ""))[:80]
        except SourceError:
            policy = ""
        if _DAILY in policy.upper():
            raise LimitSpentError(SYSTEM, "the account's requests of today are used up.", GOES_ON)
        if n_waits > _MOST_WAITS:
            message = (
                f"{answer.what}: too many requests ({policy}), after {n_waits - 1} waits. Other programs use them up."
            )
            raise LimitSpentError(SYSTEM, message, "Run the same again later; it goes on where it stopped.")
        asked = answer.headers.get("retry-after", "")
        seconds = float(asked) if asked.isdigit() else (1.0 if policy.upper() == "SECONDLY" else _WINDOW_SECONDS)
        self.pace.sleep(min(seconds, _WINDOW_SECONDS) + 0.1 * n_waits)

    def _secrets(self) -> tuple[Secret, ...]:
        settings = self.settings
        token = (self._token,) if self._token else ()
        return (settings.access_token, settings.client_secret, settings.refresh_token, *token)

    def _take_headers(self, headers: dict[str, str] | Any) -> None:
        self._date = headers.get("date", self._date)
        self.pace.take_headers(headers)
        most, left = (
            headers.get("x-hubspot-ratelimit-daily", ""),
            headers.get("x-hubspot-ratelimit-daily-remaining", ""),
        )
        if most.isdigit() and left.isdigit() and len(most) < 12:
            words = f"{int(left):,} of {int(most):,} requests of today are left"
            self.traffic.quota = Quota(int(most) - int(left), int(most), words)


def read_words(answer: Answer) -> tuple[str, str]:
    """Return category and message of an error, also where it is no JSON at all."""
    try:
        said = answer.json(dict)
    except SourceError:
        said = {}
    category = str(said.get("category") or said.get("errorType") or f"HTTP {answer.status}")[:80]
    words = " ".join(str(said.get("message") or "without a word").split())[:300]
    return category, words
