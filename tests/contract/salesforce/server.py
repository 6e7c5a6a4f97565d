"""The fake org as a real HTTP server on a loopback port, with the faults a network and an org have.

    with serve(org) as server:
        server.url           # http://127.0.0.1:PORT
        server.faults = Faults(seed=1, share=0.1)

Routes are functions ``(org, request) -> Answer``; `Server.add` takes more of them.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.contract.salesforce.org import Org


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    matched: re.Match[str] | None = None

    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body or b"null")


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer_json(value: Any, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON; underscores in names of headers stand for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json;charset=UTF-8", **named})


def answer_error(status: int, code: str, message: str) -> Answer:
    """Answer with an error as REST does.

    https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
    """
    return answer_json([{"message": message, "errorCode": code}], status)


Route = Callable[[Org, Request], Answer]

KINDS = ("reset", "lost", "503", "429", "expired", "locked")


@dataclass
class Faults:
    """Which requests go wrong, and how: by a seeded draw, in the order in which they come.

    Attributes
    ----------
    share
        So many of the requests, 0 to 1, get one of the `kinds`.
    kinds
        "reset": the connection breaks before anything is done. "lost": it is done, and the answer lost. "slow": it is
        done, and the answer comes `slow_seconds` later. "503", "429": refused, with Retry-After on the latter.
        "expired": the session is over. "locked": of the records written, some are locked, once.
    most
        No more faults than that.
    """

    seed: int = 0
    share: float = 0.0
    kinds: tuple[str, ...] = KINDS
    most: int = 1_000_000
    slow_seconds: float = 5.0
    spared: str = "/services/oauth2/"
    n_given: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def draw(self, request: Request) -> str:
        """Return the fault of this request, "" for none."""
        if request.path.startswith(self.spared) or sum(self.n_given.values()) >= self.most:
            return ""
        if self.random.random() >= self.share:
            return ""
        kind = self.random.choice(self.kinds)
        self.n_given[kind] += 1
        return kind


class Server:
    """A running fake; see `serve`."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.faults = Faults()
        self.seen: list[tuple[str, str, int]] = []
        self.before: Callable[[Request], None] | None = None
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []
        self._lock = threading.Lock()
        self.url = ""

    def add(self, method: str, pattern: str, route: Route) -> None:
        """Add a route; the latest that fits is taken. The path is matched whole."""
        self._routes.insert(0, (method, re.compile(pattern), route))

    def answer(self, request: Request) -> tuple[Answer | None, float]:
        """Return the answer (None: the connection breaks) and after how many seconds it comes."""
        if self.before is not None:
            self.before(request)
        with self._lock:
            fault = self.faults.draw(request)
        if fault == "reset":
            return None, 0.0
        if fault == "503":
            return answer_error(503, "SERVER_UNAVAILABLE", "The server is busy. Try again later."), 0.0
        if fault == "429":
            refused = answer_error(429, "TOO_MANY_REQUESTS", "Too many requests.")
            return Answer(refused.status, refused.body, {**refused.headers, "Retry-After": "0"}), 0.0
        if fault == "expired":
            self.org.expire_sessions()
        if fault == "locked":
            self._lock_some(request)
        answer = self._route(request)
        return (None if fault == "lost" else answer), (self.faults.slow_seconds if fault == "slow" else 0.0)

    def _route(self, request: Request) -> Answer:
        org = self.org
        if not request.path.startswith("/services/oauth2/"):
            # "Each call counts": https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
            with org.lock:
                org.n_requests += 1
                over = org.n_requests > org.most_requests
            if over:
                return answer_error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            if "/services/Soap/" not in request.path and not is_signed_in(
                org, request.headers.get("authorization", "")
            ):
                return answer_error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        for method, pattern, route in self._routes:
            matched = pattern.fullmatch(request.path) if method == request.method else None
            if matched:
                answer = route(org, Request(**{**vars(request), "matched": matched}))
                usage = f"api-usage={org.n_requests}/{org.most_requests}"
                return Answer(answer.status, answer.body, {"Sforce-Limit-Info": usage, **answer.headers})
        return answer_error(404, "NOT_FOUND", "The requested resource does not exist")

    def _lock_some(self, request: Request) -> None:
        """Lock every tenth of the records that the request names, once."""
        ids = sorted(set(re.findall(rb"\b00[16][0-9A-Za-z]{15}\b", request.body)))
        for record_id in ids[::10]:
            text = record_id.decode()
            self.org.n_locks["Account" if text.startswith("001") else "Opportunity", text] = 1


def is_signed_in(org: Org, authorization: str) -> bool:
    """Say whether the token is one of a session that isn't over."""
    session = org.sessions.get(authorization.removeprefix("Bearer ").removeprefix("OAuth "))
    return session is not None and session.is_valid


def give_token(org: Org, request: Request) -> Answer:
    """Answer a request for a token.

    https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm and
    …remoteaccess_oauth_refresh_token_flow.htm
    """
    form = dict(urllib.parse.parse_qsl(request.body.decode()))
    grant = form.get("grant_type", "")
    if grant == "client_credentials":
        good = org.clients.get(form.get("client_id", "")) == form.get("client_secret")
    elif grant == "refresh_token":
        good = form.get("client_id", "") in org.clients and form.get("refresh_token") in org.refresh_tokens
    elif grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
        good = bool(form.get("assertion"))
    else:
        return answer_json({"error": "unsupported_grant_type", "error_description": "grant type not supported"}, 400)
    if not good:
        return answer_json({"error": "invalid_grant", "error_description": "authentication failure"}, 400)
    host = request.headers.get("host", "")
    return answer_json({
        "access_token": org.sign_in().token, "instance_url": f"http://{host}", "token_type": "Bearer",
        "id": f"http://{host}/id/00Dfake/005fake", "issued_at": "1760000000000",
    })  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement
    fake: Server

    def _handle(self) -> None:
        split = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(
            self.command, split.path, dict(urllib.parse.parse_qsl(split.query)),
            {name.lower(): text for name, text in self.headers.items()}, body,
        )  # fmt: skip
        answer, wait_seconds = self.fake.answer(request)
        self.fake.seen.append((self.command, split.path, answer.status if answer else 0))
        if wait_seconds:
            time.sleep(wait_seconds)
        if answer is None:
            self.close_connection = True
            return
        try:
            self.send_response(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # who asked is gone, by a time-out or a kill

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Tell the org's time: clients that go by the server's clock go by the Date header."""
        return format_datetime(self.fake.org.now, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the library
        pass


for _method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler._handle)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # who asked went away in the middle


@contextmanager
def serve(org: Org) -> Iterator[Server]:
    """Run the fake on a free port of loopback."""
    from tests.contract.salesforce import writes

    server = Server(org)
    server.add("POST", "/services/oauth2/token", give_token)
    writes.add_routes(server)
    try:
        from tests.contract.salesforce import queries
    except ImportError:
        queries = None  # type: ignore[assignment]
    if queries is not None:
        queries.add_routes(server)
    handler = type("Handler", (_Handler,), {"fake": server})
    http = _Http(("127.0.0.1", 0), handler)
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)
