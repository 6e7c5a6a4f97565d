"""The way out: a hostile server can't hang it, fill memory, or get a credential."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import logging
import pickle
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import pytest

from evenhand.adapters.sources.door import AnswerLostError, Door, Limits, check_address
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = Secret("00D-very-secret-token")
QUICK = Limits(connect_seconds=2, read_seconds=2, answer_seconds=0.6, answer_bytes=100_000, n_attempts=3)


class RawServer:
    """Sends just these bytes, as a server that keeps to no rule would."""

    def __init__(self, *plays: bytes | Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> None:
        self.plays, self.context, self.received = list(plays), context, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        n = 0
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection, contextlib.ExitStack() as stack:
                if self.context:
                    connection = stack.enter_context(self.context.wrap_socket(connection, server_side=True))
                self.received.append(_read_request(connection))
                play = self.plays[min(n, len(self.plays) - 1)]
                n += 1
                if callable(play):
                    play(connection)
                else:
                    connection.sendall(play)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


def _read_request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65_536)
        if not more:
            break
        got += more
    return got


def say(status: str, body: bytes = b"{}", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def facing(
    *plays: bytes | Callable[[socket.socket], None], context: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    server = RawServer(*plays, context=context)
    try:
        yield server
    finally:
        server.close()


def make_door(server: RawServer, waits: list[float] | None = None, **more: object) -> Door:
    waits = [] if waits is None else waits
    return Door("CRM", server.address, **{"limits": QUICK, "sleep": waits.append, "random_share": lambda: 1.0, **more})


def ask(door: Door, method: str = "GET") -> object:
    with door:
        return door.request(method, "/rows/{id}", values={"id": "a/b"}, headers={"Authorization": TOKEN}).json(dict)


def test_values_are_quoted_into_the_path() -> None:
    with facing(say("200 OK", b'{"a": 1}')) as server:
        assert ask(make_door(server)) == {"a": 1}
    assert server.received[0].startswith(b"GET /rows/a%2Fb HTTP/1.1")


def drip(first: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(200):
            time.sleep(0.05)
            connection.sendall(piece)

    return play


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" "), id="body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"), id="headers"),
    ],
)
def test_a_slow_drip_ends_at_the_deadline(play: Callable[[socket.socket], None]) -> None:
    with facing(play) as server:
        began = time.monotonic()
        with pytest.raises(SourceError, match="took too long") as raised:
            ask(make_door(server, limits=Limits(answer_seconds=0.3, n_attempts=1)))
        assert time.monotonic() - began < 2
    assert raised.value.transient


def test_silence_while_greeting_over_tls_ends_at_the_deadline() -> None:
    with facing(lambda connection: time.sleep(1)) as server:
        door = Door("CRM", f"https://127.0.0.1:{server.port}", limits=Limits(answer_seconds=0.3, n_attempts=1))
        began = time.monotonic()
        with pytest.raises(SourceError):
            ask(door)
        assert time.monotonic() - began < 0.9


def test_a_huge_answer_is_cut_off() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            connection.sendall(b" " * 65_536)

    with facing(flood) as server, pytest.raises(SourceError, match="larger than 0 MiB") as raised:
        ask(make_door(server))
    assert not raised.value.transient


def test_a_bomb_is_unpacked_no_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    with facing(say("200 OK", bomb, "Content-Encoding: gzip")) as server:
        import tracemalloc

        tracemalloc.start()
        with pytest.raises(SourceError, match="larger than"):
            ask(make_door(server))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
        tracemalloc.stop()


def test_packed_answers_are_read() -> None:
    with facing(say("200 OK", gzip.compress(b'{"a": 2}'), "Content-Encoding: gzip")) as server:
        assert ask(make_door(server)) == {"a": 2}


@pytest.mark.parametrize(
    "reply",
    [
        say("200 OK", b"<html>sign in</html>"),
        say("200 OK", b"[1, 2]"),
        say("200 OK", b"[" * 90_000),
        say("200 OK", b"1" * 9_000),
        say("200 OK", b'{"a": NaN}'),
        say("200 OK", b"\xff\xfe{}"),
        say("200 OK", b"{}", "Content-Encoding: br"),
        say("200 OK", b"junk", "Content-Encoding: gzip"),
    ],
)
def test_what_isnt_the_json_expected_is_not_used(reply: bytes) -> None:
    with facing(reply) as server, pytest.raises(SourceError, match="Nothing of it was used"):
        ask(make_door(server))


def test_values_of_another_type_are_named() -> None:
    with (
        facing(say("200 OK", b'{"done": "yes", "n": true, "x": 3, "none": null}')) as server,
        make_door(server) as door,
    ):
        answer = door.request("GET", "/")
        said = answer.json(dict)
    with pytest.raises(SourceError, match="a text at 'done', where true or false belongs"):
        answer.get(said, "done", bool)
    with pytest.raises(SourceError, match="true or false at 'n', where a whole number belongs"):
        answer.get(said, "n", int)
    with pytest.raises(SourceError, match="has no 'missing'"):
        answer.get(said, "missing", str)
    assert answer.get(said, "x", float) == 3.0
    assert answer.find(said, "none", str) is None


def test_redirects_are_not_followed() -> None:
    with facing(say("200 OK")) as thief:
        away = say("302 Found", b"", f"Location: http://localhost:{thief.port}/steal")
        with facing(away) as server, pytest.raises(SourceError, match="redirect to localhost"):
            ask(make_door(server))
        assert not thief.received


def test_a_path_that_names_another_host_is_not_asked() -> None:
    with facing(say("200 OK")) as thief, facing(say("200 OK")) as server, make_door(server) as door:
        with pytest.raises(SourceError, match="another host"):
            door.request("GET", f"http://127.0.0.1:{thief.port}/x", headers={"Authorization": TOKEN})
        assert not server.received
        door.request("GET", f"//127.0.0.1:{thief.port}/x", headers={"Authorization": TOKEN})
        assert not thief.received


def _make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "evenhand test")])
    import ipaddress

    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def test_a_certificate_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    context, certificate = _make_certificate(tmp_path)
    with facing(say("200 OK"), context=context) as server:
        waits: list[float] = []
        with pytest.raises(SourceError, match="certificate that can't be trusted") as raised:
            ask(make_door(server, waits))
        assert not server.received
        assert not waits
        assert not raised.value.transient
        assert ask(make_door(server, ca_file=certificate)) == {}  # the firm's own authority, named
        assert len(server.received) == 1


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://crm.example.com", "https"),
        ("https://user:pass@crm.example.com", "user or password"),
        ("ftp://crm.example.com", "https"),
        ("crm.example.com", "address"),
        ("http://127.0.0.1.example.com", "https"),
        ("https://crm.example.com:port", "port"),
    ],
)
def test_addresses_that_leak_are_refused(address: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_address(address)


def test_a_busy_server_is_asked_again_with_growing_waits() -> None:
    busy = say("503 Service Unavailable", b"later")
    waits: list[float] = []
    seen: list[str | None] = []
    with facing(busy, say("429 Too Many Requests", b"", "Retry-After: 7"), say("200 OK", b"{}", "X-Left: 3")) as server:
        assert ask(make_door(server, waits, on_headers=lambda headers: seen.append(headers.get("x-left")))) == {}
    assert waits == [0.5, 7.0]
    assert seen == [None, None, "3"]


def test_waits_have_full_jitter() -> None:
    waits: list[float] = []
    with facing(say("503 Busy")) as server, pytest.raises(SourceError, match="answered 503 3 times") as raised:
        ask(make_door(server, waits, random_share=lambda: 0.25))
    assert waits == [0.125, 0.25]
    assert raised.value.transient


def test_a_server_that_asks_for_hours_is_believed() -> None:
    waits: list[float] = []
    with facing(say("429 Busy", b"", "Retry-After: 7200")) as server, pytest.raises(SourceError, match="7,200 seconds"):
        ask(make_door(server, waits))
    assert not waits


@pytest.mark.parametrize("after", ["999999999999999999999", "-1", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_isnt_seconds_is_passed_over(after: str) -> None:
    waits: list[float] = []
    with facing(say("503 Busy", b"", f"Retry-After: {after}"), say("200 OK")) as server:
        ask(make_door(server, waits))
    assert waits == [0.5]


def test_a_connection_that_breaks_is_tried_again() -> None:
    with facing(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", say("200 OK", b'{"a": 3}')) as server:
        assert ask(make_door(server)) == {"a": 3}


def test_nobody_there_is_transient() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    door = Door("CRM", f"http://127.0.0.1:{port}", limits=QUICK, sleep=lambda _: None)
    with pytest.raises(SourceError, match="tried 3 times") as raised:
        ask(door)
    assert raised.value.transient


@pytest.mark.parametrize("play", [b"", say("503 Busy"), say("500 Oops", b"boom")])
def test_a_change_without_an_answer_is_not_sent_twice(play: bytes) -> None:
    with facing(play) as server, pytest.raises(AnswerLostError, match="may have been done"):
        ask(make_door(server), "POST")
    assert len(server.received) == 1


def test_a_change_that_surely_wasnt_made_is_sent_again() -> None:
    with facing(say("429 Busy"), say("200 OK", b'{"a": 4}')) as server:
        assert ask(make_door(server), "POST") == {"a": 4}


def test_no_secret_is_shown_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    echo = say("503 Busy", b"bad token 00D-very-secret-token\x1b[2J for you")
    with caplog.at_level(logging.DEBUG), facing(echo) as server, pytest.raises(SourceError) as raised:
        ask(make_door(server))
    shown = f"{raised.value}{raised.value!r}{caplog.text}{TOKEN}{TOKEN!r}{TOKEN:>5}"
    assert TOKEN.reveal() not in shown
    assert "\x1b" not in shown
    assert "bad token ••• [2J for you" in str(raised.value)
    assert "/rows/{id}" in caplog.text
    assert "a%2Fb" not in caplog.text
    with pytest.raises(TypeError):
        pickle.dumps(TOKEN)
