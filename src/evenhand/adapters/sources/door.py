"""The one way out to the internet: every request to a CRM goes through here.

It verifies TLS, follows no redirect, ends in bounded time, takes in a bounded number of bytes, tries again with
patience where that can help and only where it can do no harm, and shows no secret.
"""

from __future__ import annotations

import json
import logging
import random
import ssl
import time
import zlib
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import quote, urlsplit

import httpx

from evenhand._version import __version__
from evenhand.adapters.sources.answer import Answer
from evenhand.adapters.sources.deadline import DeadlineTransport, end_within
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret, hide

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

log = logging.getLogger("evenhand.sources")

_BUSY = {408, 425, 429, 500, 502, 503, 504}
"""Statuses after which trying again may help."""
_SURELY_NOT_DONE = {425, 429}
"""Of these, those after which the server has surely done nothing."""
_CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Limits:
    """How long, how much and how often.

    Attributes
    ----------
    connect_seconds, read_seconds
        For a connection, and for each wait for something to arrive.
    answer_seconds
        For a whole request with its answer, however it trickles in.
    answer_bytes
        The largest answer, unpacked.
    n_attempts
        How often one request is tried.
    first_wait_seconds, longest_wait_seconds
        The upper end of the first wait between attempts, which doubles each time, and where that ends. A server that
        asks to wait longer than that is believed, and the request given up.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    answer_seconds: float = 300.0
    answer_bytes: int = 64 * 1024 * 1024
    n_attempts: int = 6
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0


class AnswerLostError(SourceError):
    """A request that changes something was sent and no answer came: it may have been done, or not. Read back."""


class Door:
    """The way to one host.

    Parameters
    ----------
    system
        Its name in messages.
    address
        ``https://host``, or ``http://`` for this machine only.
    limits
        See `Limits`.
    ca_file
        Certificates to trust besides the system's own.
    on_headers
        Called with the headers of every answer, by lower-case name: what remains of a quota is there.
    sleep, clock, random_share
        Time and chance, for tests: seconds to wait, seconds on a clock, a number between 0 and 1.
    """

    def __init__(
        self,
        system: str,
        address: str,
        *,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self.system, self.address = system, check_address(address)
        self.limits = limits or Limits()
        self.n_requests = 0
        self._on_headers, self._sleep, self._clock, self._random_share = on_headers, sleep, clock, random_share
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below that they log addresses and headers
        context = ssl.create_default_context()
        if ca_file is not None:
            context.load_verify_locations(ca_file)
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        self._client = httpx.Client(
            base_url=self.address,
            transport=DeadlineTransport(context),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": f"evenhand/{__version__}", "accept-encoding": "gzip"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def request(
        self,
        method: str,
        template: str,
        *,
        values: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        json_body: Any = None,
        form: Mapping[str, str | Secret] | None = None,
        body: bytes | None = None,
        is_safe: bool | None = None,
        limits: Limits | None = None,
        answers: Collection[int] = (),
    ) -> Answer:
        """Send a request and return its answer, whatever its status; that of a busy server only after patience.

        Parameters
        ----------
        template, values
            The path, in which ``{name}`` stands for a value that is quoted; only the template is ever logged.
        query, headers, json_body, form, body
            What is sent. Secrets are revealed here only, and hidden in whatever the server says.
        is_safe
            Whether sending it twice does no harm; else GET and HEAD only. What isn't safe is sent again only where it
            surely wasn't done.
        limits
            Others than the door's for this request.
        answers
            Statuses of a busy server that are answers here: a fault of SOAP comes with 500.

        Raises
        ------
        SourceError
            Where the server can't be reached, answers with a redirect, too slowly, too much, or stays busy.
        AnswerLostError
            Where it may have been done.
        """
        limits = limits or self.limits
        safe = method in {"GET", "HEAD"} if is_safe is None else is_safe
        carried = [value for part in (headers, form) for value in (part or {}).values() if isinstance(value, Secret)]
        # "Bearer xyz" hides xyz by itself too.
        secrets = (*carried, *(Secret(value.reveal().rpartition(" ")[2]) for value in carried))
        content, content_type = _content(json_body, form, body)
        sent = {name: _reveal(value) for name, value in (headers or {}).items()}
        if content_type and not any(name.lower() == "content-type" for name in sent):
            sent["content-type"] = content_type
        path = template.format(**{name: quote(value, safe="") for name, value in (values or {}).items()})
        request = _Request(method, template, path, dict(query or {}), sent, content, safe, limits, secrets, answers)
        return self._patiently(request)

    def _patiently(self, request: _Request) -> Answer:
        for attempt in range(1, request.limits.n_attempts + 1):
            is_last = attempt == request.limits.n_attempts
            try:
                answer = self._once(request, attempt)
            except httpx.TransportError as error:
                self._give_up_on(error, request, is_last)
                wait = self._wait(request.limits, attempt)
            else:
                if answer.status not in _BUSY or answer.status in request.answers:
                    return answer
                asked = _retry_after(answer.headers)
                too_long = asked is not None and asked > request.limits.longest_wait_seconds
                if not request.safe and answer.status not in _SURELY_NOT_DONE:
                    self._lose(request, f"answered {answer.status}", answer.body)
                if is_last or too_long:
                    self._stay_busy(request, answer, asked)
                wait = max(self._wait(request.limits, attempt), asked or 0.0)
            log.info("%s %s waits %.1f s before attempt %d", request.method, request.template, wait, attempt + 1)
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, request: _Request, attempt: int) -> Answer:
        began = self._clock()
        self.n_requests += 1
        status = 0
        try:
            with end_within(request.limits.answer_seconds):
                built = self._client.build_request(
                    request.method, request.path, params=request.query, headers=request.headers, content=request.content
                )
                if (built.url.scheme, built.url.netloc) != (self._client.base_url.scheme, self._client.base_url.netloc):
                    raise SourceError(self.system, f"{request.template} would lead to another host; it wasn't sent.")
                response = self._client.send(built, stream=True)
                try:
                    status = response.status_code
                    headers = {name.lower(): value for name, value in response.headers.items()}
                    if response.is_redirect or 300 <= status < 400:
                        self._refuse_redirect(request, response)
                    body = self._take(request, response)
                finally:
                    response.close()
                    self._client.cookies.clear()
        finally:
            log.info(
                "%s %s %s %d %.0f ms",
                self.system,
                request.method,
                request.template,
                status,
                1000 * (self._clock() - began),
            )
        if self._on_headers is not None:
            self._on_headers(headers)
        return Answer(self.system, f"{request.method} {request.template}", status, headers, body, attempt)

    def _take(self, request: _Request, response: httpx.Response) -> bytes:
        """Take in the body up to the limit, unpacked no further than that either."""
        packing = response.headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", "", "gzip", "deflate"}:
            self._refuse(request, "is packed in a way that wasn't asked for")
        unpack = zlib.decompressobj(wbits=47) if packing in {"gzip", "deflate"} else None
        most = request.limits.answer_bytes
        taken = bytearray()
        try:
            for chunk in response.iter_raw(_CHUNK_BYTES):
                taken += chunk if unpack is None else unpack.decompress(chunk, most + 1 - len(taken))
                if len(taken) > most:
                    self._refuse(request, f"is larger than {most / 2**20:,.0f} MiB, the most that is taken in at once")
        except zlib.error:
            self._refuse(request, "can't be unpacked")
        return bytes(taken)

    def _refuse(self, request: _Request, why: str) -> NoReturn:
        message = f"the answer to {request.method} {request.template} {why}. Nothing of it was used."
        raise SourceError(self.system, message)

    def _refuse_redirect(self, request: _Request, response: httpx.Response) -> NoReturn:
        to = urlsplit(response.headers.get("location", "")).hostname or "another page"
        message = (
            f"{request.method} {request.template} was answered with a redirect to {_plain(to)}, which isn't followed: "
            "credentials go to the host that was named and nowhere else. Check the address of the connection."
        )
        raise SourceError(self.system, message)

    def _give_up_on(self, error: httpx.TransportError, request: _Request, is_last: bool) -> None:
        """Raise where another attempt is of no use or could do harm."""
        host = urlsplit(self.address).netloc
        never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                message = (
                    f"{host} shows a certificate that can't be trusted ({cause.verify_message}); nothing was sent. "
                    "Check the address; for a firm's own authority name its certificates."
                )
                raise SourceError(self.system, message) from None
            cause = cause.__cause__ or cause.__context__
        if not request.safe and not never_sent:
            self._lose(request, _kind(error), b"")
        if is_last:
            message = f"{host} can't be reached ({_kind(error)}), tried {request.limits.n_attempts} times. "
            message += "Check the address and the network, or try again later."
            raise SourceError(self.system, message, transient=True) from None

    def _lose(self, request: _Request, why: str, body: bytes) -> NoReturn:
        said = self.quote_words(body, request.secrets)
        message = f"{request.method} {request.template}: {why}" + (f" ({said})" if said else "")
        raise AnswerLostError(self.system, f"{message}. It may have been done: read back.", transient=True) from None

    def _stay_busy(self, request: _Request, answer: Answer, asked: float | None) -> NoReturn:
        said = self.quote_words(answer.body, request.secrets)
        when = f" It asks to wait {asked:,.0f} seconds." if asked is not None else ""
        message = f"{request.method} {request.template} was answered {answer.status} {answer.n_requests} times"
        message += f" ({said})" if said else ""
        raise SourceError(
            self.system, f"{message}.{when} Run the same again later; it goes on where it stopped.", transient=True
        )

    def quote_words(self, body: bytes, secrets: tuple[Secret, ...] = ()) -> str:
        """Return the beginning of what a server said, fit for a message: one line, no secret, no control character."""
        return _plain(hide(body[:4096].decode("utf-8", "replace"), secrets))[:300]

    def _wait(self, limits: Limits, attempt: int) -> float:
        """Return a wait with full jitter: anything up to a bound that doubles."""
        most = min(limits.longest_wait_seconds, limits.first_wait_seconds * 2.0 ** (attempt - 1))
        return most * self._random_share()


@dataclass(frozen=True)
class _Request:
    method: str
    template: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes | None
    safe: bool
    limits: Limits
    secrets: tuple[Secret, ...]
    answers: Collection[int]

    def __repr__(self) -> str:
        return f"{self.method} {self.template}"


def check_address(address: str) -> str:
    """Return the address of a server without its path; InputError where it may not be used.

    Notes
    -----
    Plain ``http`` is for this machine only, where nobody listens in between.
    """
    parts = urlsplit(address)
    wrong = ""
    try:
        port = parts.port
    except ValueError:
        port, wrong = None, "has no proper port"
    if not parts.hostname:
        wrong = "must be an address such as https://example.my.salesforce.com"
    elif parts.username is not None or parts.password is not None:
        wrong = "must not carry a user or password"
    elif parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not _is_this_machine(parts.hostname)):
        wrong = "must begin with https://; what goes over plain http can be read on the way"
    if wrong:
        raise InputError({"address": wrong})
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _content(
    json_body: Any, form: Mapping[str, str | Secret] | None, body: bytes | None
) -> tuple[bytes | None, str | None]:
    if json_body is not None:
        return json.dumps(json_body, ensure_ascii=False).encode(), "application/json"
    if form is not None:
        pairs = (f"{quote(name, safe='')}={quote(_reveal(value), safe='')}" for name, value in form.items())
        return "&".join(pairs).encode(), "application/x-www-form-urlencoded"
    return body, None


def _reveal(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _kind(error: Exception) -> str:
    return "it took too long" if isinstance(error, httpx.TimeoutException) else "the connection failed"


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
