"""Asking a workspace through its API: plain values in and out, its problems as the errors of the command line."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from evenhand._version import __version__
from evenhand.foundation.errors import EvenhandError, InputError, Refusal, SourceError

AGENT = "evenhand-command-line"
"""By which the audit trail tells the command line from other programs."""
_TIMEOUT_SECONDS = 60
_SYSTEM = "workspace"


@dataclass(frozen=True)
class Workspace:
    """A workspace, and the token that says who asks.

    Attributes
    ----------
    url
        Where people open it.
    """

    url: str
    token: str

    def get(self, path: str, **query: Any) -> Any:
        """Read something.

        Raises
        ------
        EvenhandError
            See `ask`.
        """
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def ask(self, verb: str, path: str, body: Any = None) -> Any:
        """Ask for something, and return what it answers.

        Raises
        ------
        InputError
            If the token opens nothing, what is named isn't there, or what is said isn't right.
        Refusal
            If a rule of the workspace says no, in its words.
        SourceError
            If it doesn't answer, or answers what isn't its API.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError({"EVENHAND_URL": "must be an address such as https://evenhand.example.com"})
        if parts.scheme == "http" and not _is_here(parts.hostname):
            message = "must start with https: a token that goes over the network in the clear is anybody's"
            raise InputError({"EVENHAND_URL": message})
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": f"{AGENT}/{__version__}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            text = None if body is None else json.dumps(body)
            connection.request(verb, f"{parts.path.rstrip('/')}/api/v1/{path}", text, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read() or b"null")
        except json.JSONDecodeError:
            message = f"{self.url} doesn't answer as a workspace does ({answer.status}). Check EVENHAND_URL."
            raise SourceError(_SYSTEM, message) from None
        except (OSError, HTTPException) as error:
            message = f"{self.url} doesn't answer: {error}. Is it served there? Check EVENHAND_URL."
            raise SourceError(_SYSTEM, message, transient=True) from None
        finally:
            connection.close()
        if answer.status < 300:
            return said
        raise _read_problem(answer.status, said if isinstance(said, dict) else {})


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_problem(status: int, said: dict[str, Any]) -> EvenhandError:
    title, detail = str(said.get("title", "")), str(said.get("detail", ""))
    if "code" in said:
        return Refusal(str(said["code"]), title, detail)
    if status in _PROBLEMS:
        field, message = _PROBLEMS[status]
        return InputError({field: message or detail or title})
    if status in {409, 422}:
        problems = {str(one.get("field")): str(one.get("message")) for one in said.get("errors", ())}
        return InputError(problems or {"request": f"{title}. {detail}".strip()})
    return SourceError(_SYSTEM, f"{title or status} {detail}".strip(), transient=status >= 500)


_PROBLEMS = {
    401: ("EVENHAND_TOKEN", "opens nothing there; make one in the workspace, on the page Tokens"),
    403: ("EVENHAND_TOKEN", ""),
    404: ("there", "is nothing of that id, or it isn't for whoever the token belongs to"),
}
"""What is wrong by status; the workspace's own words where there are none."""
