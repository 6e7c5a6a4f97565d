"""Signing in through a real OpenID Connect provider, in Chromium: discovery, PKCE, signed tokens, and the way back."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(900)
PASSWORD = "twelve geese over the marsh"
PEOPLE = {"known": "known@firm.example", "stranger": "stranger@firm.example"}
KNOW = """
import sys
from evenhand.wiring import serving
serving.prepare(with_administrator=False)
from evenhand.adapters.store.models import User
User.objects.create_user(sys.argv[1], role="viewer", name="Known Person")
"""


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a workspace that trusts a provider, on another host as it is in life."""
    home, ours, theirs = tmp_path_factory.mktemp("sso"), find_port(), find_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ours_environment = environment | {
        "EVENHAND_DATA": str(home / "data"),
        "EVENHAND_WEB_PROCESSES": "1",
        "EVENHAND_OIDC_ISSUER": f"http://localhost:{theirs}",
        "EVENHAND_OIDC_CLIENT_ID": "evenhand",
        "EVENHAND_OIDC_CLIENT_SECRET": "between us",
        "EVENHAND_OIDC_NAME": "The firm",
    }
    subprocess.run([sys.executable, "-c", KNOW, PEOPLE["known"]], env=ours_environment, check=True, timeout=120)
    at = f"http://127.0.0.1:{ours}"
    serve = [sys.executable, "-m", "evenhand", "serve", "--no-worker", "--port", str(ours)]
    with (home / "log").open("wb") as log:
        workspace = subprocess.Popen(serve, env=ours_environment, stderr=log, stdout=log)

    program = str(Path(__file__).with_name("oidc_provider.py"))
    back = f"{at}/accounts/oidc/sso/login/callback/"
    arguments = [str(home), str(theirs), "evenhand", "between us", back, PASSWORD, *PEOPLE.values()]
    with (home / "provider.log").open("wb") as log:
        provider = subprocess.Popen(
            [sys.executable, program, *arguments], env=environment, stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert provider.stdout is not None
        assert provider.stdout.readline() == b"answers\n", (home / "provider.log").read_text("utf-8")[-3000:]
        until = time.monotonic() + 120
        while not re.search("Open http", (home / "log").read_text("utf-8")) and time.monotonic() < until:
            time.sleep(0.2)
        yield at
    finally:
        provider.terminate()
        provider.communicate(timeout=30)
        workspace.terminate()
        assert workspace.wait(60) == 0, (home / "log").read_text("utf-8")[-3000:]


@pytest.mark.parametrize("who", PEOPLE)
def test_who_is_known_comes_in_and_nobody_else(address: str, browser: Any, who: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    page.goto(address)
    page.click("button:has-text('The firm')")
    page.fill("[name=login]", PEOPLE[who])
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/**")
    page.wait_for_load_state()
    text = page.inner_text("body")
    assert "Login Failure" not in text
    assert ("Known Person" in text) == (who == "known"), text
    assert ("Sign out" in page.content()) == (who == "known"), text
    assert not refused
    context.close()
