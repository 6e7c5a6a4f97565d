"""Talking to one org: signed in, signed in again once where the session ended, and its refusals in its own words."""

from __future__ import annotations

import datetime as dt
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn

from evenhand.adapters.sources.door import Door, Limits
from evenhand.adapters.sources.salesforce.session import SYSTEM, sign_in
from evenhand.app.records import CursorGoneError, Quota, Traffic
from evenhand.foundation.errors import SourceError
from evenhand.foundation.secret import Secret, hide

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.salesforce.session import Session, Settings

_UNAUTHORISED = 401
_GONE = {"INVALID_QUERY_LOCATOR", "INVALIDJOB", "InvalidJob", "QUERY_TIMEOUT_LOCATOR"}
_OUT_OF_REQUESTS = "REQUEST_LIMIT_EXCEEDED"


class RefusedError(SourceError):
    """The org said no to a request; `code` is its own word for why."""

    def __init__(self, code: str, message: str, *, transient: bool = False) -> None:
        self.code = code
        super().__init__(SYSTEM, message, transient=transient)


class SalesforceClient:
    """Requests to one org.

    Parameters
    ----------
    settings
        Where and as whom.
    limits, ca_file, sleep, random_share
        Of the door, see `Door`.
    now_seconds
        The present as seconds since 1970, for assertions.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random_share: Callable[[], float] | None = None,
        now_seconds: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self._now_seconds, self.sleep = settings, now_seconds, sleep
        self.traffic = Traffic()
        self._more: dict[str, Any] = {"limits": limits, "ca_file": ca_file, "sleep": sleep}
        if random_share is not None:
            self._more["random_share"] = random_share
        self._session: Session | None = None
        self._doors: dict[str, Door] = {}
        self._date = ""

    def close(self) -> None:
        """Close the connections."""
        for door in self._doors.values():
            door.close()
        self._doors.clear()

    def call(self, method: str, template: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        """Send a request below ``/services/data/{version}`` and return its answer, good or bad.

        Parameters
        ----------
        template
            What follows the version, such as ``/query/{locator}``; see `Door.request` for the rest.

        Notes
        -----
        401 says that nothing was done, so that the same request can follow a new sign-in, once.
        """
        path = "/services/data/{version}" + template
        values = {"version": self.settings.version, **more.pop("values", {})}
        answer = self.send(method, path, headers=headers, values=values, **more)
        if answer.status == _UNAUTHORISED:
            self.sign_out()
            answer = self.send(method, path, headers=headers, values=values, **more)
        return answer

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        """Send a request to the org's own host, with the token in its header, whatever becomes of it."""
        session = self.session()
        signed: dict[str, str | Secret] = {
            "Authorization": Secret(f"Bearer {session.token.reveal()}"),
            **(headers or {}),
        }
        door = self._door(session.address)
        before = door.n_requests
        try:
            return door.request(method, path, headers=signed, **more)
        finally:
            self.traffic.n_requests += door.n_requests - before

    def ask(self, method: str, template: str, **more: Any) -> Answer:
        """Send a request as `call` does, and return its answer only where the org did as asked.

        Raises
        ------
        RefusedError
            With the org's code and words.
        CursorGoneError
            Where it no longer knows a query's locator or job.
        """
        answer = self.call(method, template, **more)
        if not answer.is_ok:
            self.refuse(answer)
        return answer

    def refuse(self, answer: Answer) -> NoReturn:
        """Raise what the org said in an answer that isn't good."""
        code, words = (hide(text, self._secrets()) for text in _words(answer))
        if code in _GONE:
            raise CursorGoneError(SYSTEM, f"{answer.what}: {words} ({code})")
        if code == _OUT_OF_REQUESTS:
            quota = self.traffic.quota
            used = f" ({quota.n_used:,} of {quota.n_allowed:,})" if quota.n_used and quota.n_allowed else ""
            message = f"the org's requests of the last 24 hours are used up{used}. Nothing is lost: run the same again "
            raise RefusedError(code, message + "when there are some, it goes on where it stopped.", transient=True)
        raise RefusedError(code, f"{answer.what} was refused: {words} ({code})")

    def session(self) -> Session:
        """Return the session, signed in where there is none."""
        if self._session is None:
            door = self._door(self.settings.address)
            before = door.n_requests
            try:
                self._session = sign_in(self.settings, door, self._now_seconds)
            finally:
                self.traffic.n_requests += door.n_requests - before
        return self._session

    def sign_out(self) -> None:
        """Forget the session, so that the next request signs in."""
        self._session = None

    def now(self) -> dt.datetime:
        """Return the moment by the org's clock: the date in the header of an answer, to the second."""
        self.ask("GET", "/")  # the list of resources, which every user of the API may read; limits ask for more rights
        try:
            return parsedate_to_datetime(self._date).astimezone(dt.UTC)
        except (ValueError, TypeError):
            raise SourceError(SYSTEM, "its answers don't say when they were made; is a proxy in between?") from None

    def _secrets(self) -> tuple[Secret, ...]:
        settings = self.settings
        token = (self._session.token,) if self._session else ()
        return (settings.client_secret, settings.refresh_token, settings.private_key, *token)

    def _door(self, address: str) -> Door:
        if address not in self._doors:
            self._doors[address] = Door(SYSTEM, address, on_headers=self._take_headers, **self._more)
        return self._doors[address]

    def _take_headers(self, headers: Mapping[str, str]) -> None:
        self._date = headers.get("date", self._date)
        # "api-usage=18/5000": https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
        said = headers.get("sforce-limit-info", "")
        if found := re.search(r"\bapi-usage=(\d{1,9})/(\d{1,9})", said):
            self.traffic.quota = Quota(int(found[1]), int(found[2]), said[:80])


def _words(answer: Answer) -> tuple[str, str]:
    """Return code and message of an error, which is a list of them, or one, or no JSON at all."""
    try:
        errors = answer.json(list)
        first = answer.check(errors[0], dict, "the first error") if errors else {}
    except SourceError:
        try:
            first = answer.json(dict)
        except SourceError:
            first = {}
    code = str(first.get("errorCode") or f"HTTP {answer.status}")[:80]
    words = " ".join(str(first.get("message") or "without a word").split())[:300]
    return code, words
