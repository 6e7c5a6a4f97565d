"""What the logs hold: a JSON object a line, and nobody in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from evenhand.wiring.logs import JsonLines

pytestmark = pytest.mark.django_db
PASSWORD = "twelve geese over the marsh"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return what the loggers write, from now on."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def test_nobody_is_in_the_logs(client: Any, sign_in: Any, book: Any, people: Any, lines: io.StringIO) -> None:
    email = people["manager"].email
    client.post("/accounts/login/", {"login": email, "password": "wrong wrong wrong"}, REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/login/", {"login": email, "password": PASSWORD}, HTTP_USER_AGENT="Somebody's browser")
    someone = sign_in("revops")
    someone.get(f"/books/{book.pk}/?find=Zoë+Quux")
    someone.get("/sign-in/a-secret-of-somebody/")
    someone.get(f"/nowhere/{email}/")
    someone.post("/people/", {"email": "new@firm.example", "role": "viewer"})
    someone.post("/tokens/", {"name": "Zoë's sheet", "scope": "read", "days": "30"})
    text = lines.getvalue()
    told = [json.loads(line) for line in text.splitlines()]
    assert {line["route"] for line in told if line["message"] == "answered"} >= {
        "accounts/login/", "books/<uuid:pk>/", "people/", "tokens/", "sign-in/<str:secret>/"
    }  # fmt: skip
    names = [person.name for person in people.values()] + [person.email for person in people.values()]
    for word in (*names, "firm.example", "Zo", "Quux", "192.0.2.7", "127.0.0.1", "browser", "secret-of", "geese",
                 "wrong wrong", str(book.pk), book.name, str(people["manager"].pk)):  # fmt: skip
        assert word.lower() not in text.lower().replace("route", ""), word


def test_a_bug_says_where_it_was_and_not_what_it_quotes(lines: io.StringIO) -> None:
    def fail() -> None:
        try:
            {}["anna@firm.example"]
        except KeyError as error:
            raise ValueError("no such person: Anna") from error

    try:
        fail()
    except ValueError:
        logging.getLogger("evenhand.web").exception("a bug", extra={"request_id": "1"})
    line = json.loads(lines.getvalue())
    assert [one["kind"] for one in line["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert line["exception"][0]["at"][-1].endswith(" fail")
    assert "anna" not in lines.getvalue().lower()
