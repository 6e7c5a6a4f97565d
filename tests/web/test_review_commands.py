"""``evenhand review``: the rules and words of the workspace, over a socket, as whoever the token belongs to."""

import json
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

pytestmark = pytest.mark.django_db


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def url(db: None, people: dict[str, Any], settings: Any) -> Iterator[str]:
    """Serve the workspace over a socket; its thread works in the transaction of the test."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connection, connections

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    def serve(server: WSGIServer, shared: Any) -> None:
        connections[connection.alias] = shared
        server.serve_forever(0.05)

    if connection.vendor != "sqlite":
        pytest.skip("the thread of the socket shares the test's transaction, which takes SQLite in memory")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    shared = connections[connection.alias]
    shared.inc_thread_sharing()
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        thread = Thread(target=serve, args=(server, shared))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    shared.dec_thread_sharing()


@pytest.fixture
def evenhand(
    url: str, people: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Return a function that runs a command as somebody of the cast."""
    from evenhand.adapters.store.secrets import make_token
    from evenhand.cli.main import run

    monkeypatch.setenv("EVENHAND_URL", url)
    secrets: dict[str, str] = {}

    def run_it(who: str, *words: str) -> Ran:
        if who not in secrets:
            secrets[who] = make_token(people[who], "command line", ["read", "write"])[1]
        monkeypatch.setenv("EVENHAND_TOKEN", secrets[who])
        monkeypatch.setattr("sys.argv", ["evenhand", "review", *words])
        with pytest.raises(SystemExit) as left:
            run()
        out, err = capsys.readouterr()
        return Ran(int(left.value.code or 0), out, " ".join(err.split()))

    return run_it


def test_a_review_from_the_command_line(
    evenhand: Callable[..., Ran], people: dict[str, Any], run: Any, posts: dict[str, str], book: Any
) -> None:
    from django.utils import timezone

    from evenhand.adapters.store.models import AuditEvent, PlanRun, PolicyVersion, Review, User
    from evenhand.web.reading import find_directory

    reps = find_directory(book).reps
    above = dict(reps.select("rep_id", "manager_id").iter_rows()).get(posts["manager"]) or ""
    User.objects.filter(pk=people["leader"].pk).update(rep_id=above, title="VP Sales")
    for title in ("CRO", "VP RevOps"):
        people[title] = User.objects.create_user(
            f"{title[:2]}@firm.example", None, role="leader", name=title, title=title
        )

    # The policy is signed.
    made = evenhand("revops", "propose-policy").said
    start = made["id"][:6]
    refused = evenhand("leader", "sign", start, "--as", "CRO")
    assert refused.code == 12
    assert "RV201 You don't sign for the CRO." in refused.err
    for who, title in (("CRO", "CRO"), ("leader", "VP Sales"), ("VP RevOps", "VP RevOps")):
        signed = evenhand(who, "sign", start, "--as", title)
    assert "is signed by all" in signed.err
    assert evenhand("rep", "policy", start).code == 10
    assert evenhand("revops", "publish-policy", start).code == 0
    assert "[review]" in evenhand("rep", "policy", start).out
    assert json.loads(evenhand("rep", "policies", "--format", "json").out)[0]["published_at"]

    # A plan is put forward, flagged, decided, confirmed, approved, published.
    assert evenhand("manager", "start", str(run.pk)).code == 10
    assert "RV104" in evenhand("revops", "start", str(run.pk)).err
    PlanRun.objects.filter(pk=run.pk).update(created_at=timezone.now())
    review = evenhand("revops", "start", str(run.pk)).said
    key = review["id"][:8]
    assert "isn't among those that you see" in evenhand("stranger", "show", key).err
    mine = json.loads(evenhand("manager", "show", key, "--format", "json").out)
    account = mine["losing"][0]["account_id"]
    words = ("--because", "anchor account", "--words", "They know us.")
    assert evenhand("manager", "flag", key, account, *words).said["stage"] == "in review"
    assert "RV102" in evenhand("other_manager", "act", key, "override flag", "--about", "x", "--reason", "x").err
    flag = json.loads(evenhand("revops", "show", key, "--format", "json").out)["flags"][0]["id"]
    assert "accept or override" in evenhand("revops", "decide", key, flag[:4], "drop", "--reason", "x").err
    assert evenhand("revops", "decide", key, flag[:8], "override", "--reason", "The band needs it.").code == 0
    shown = evenhand("manager", "show", key)
    assert "The band needs it." in shown.out
    assert "You may: flag, confirm" in shown.err
    seen = review["plan_hash"][:12]
    assert "RV106" in evenhand("other_manager", "confirm", key, "--seen", "0" * 12).err
    assert "8 characters" in evenhand("other_manager", "confirm", key, "--seen", "0").err
    assert evenhand("other_manager", "confirm", key, "--seen", seen).code == 0
    assert "RV115" in evenhand("leader", "approve", key, "--seen", seen).err
    Review.objects.update(flags_until="2020-01-01")
    for manager in json.loads(evenhand("leader", "show", key, "--format", "json").out)["unheard"]:
        done = evenhand("leader", "act", key, "stand in", "--about", manager, "--reason", "On leave.")
        assert done.code == 0, done.err
    days = ("--from", "2020-01-01", "--to", "2020-01-02")
    assert "RV301" in evenhand("leader", "delegate", "cr@firm.example", *days).err
    assert "may stand in for you" in evenhand("leader", "delegate", "nobody", *days).err
    for step in Review.objects.get().cast["chain"]:
        who = "leader" if step == above else "CRO"
        assert evenhand(who, "approve", key, "--seen", seen).code == 0
    assert evenhand("revops", "publish", key).said["stage"] == "published"
    assert PolicyVersion.objects.get().published_at
    origins = set(AuditEvent.objects.filter(action__startswith="review.").values_list("origin", flat=True))
    assert origins == {"command line 127.0.0.1"}


def test_what_is_wrong_outside_is_said(evenhand: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_URL", "http://127.0.0.1:9")
    assert evenhand("revops", "list").code == 14
    monkeypatch.setenv("EVENHAND_URL", "http://evenhand.firm.example")
    clear = evenhand("revops", "list")
    assert clear.code == 10
    assert "must start with https" in clear.err
