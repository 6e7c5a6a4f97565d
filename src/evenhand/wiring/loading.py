"""Loading a firm that the demo made into a workspace, and a link to look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from pathlib import Path

_DEMO_PERSON = "revops@demo.localhost"


def load_demo(folder: Path) -> str:
    """Load the demo's book, diagnosis and plan, and return a link that signs in as revenue operations, once."""
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from evenhand.adapters.store.audit import record
    from evenhand.adapters.store.models import Book, PlanRun, State, User
    from evenhand.adapters.store.secrets import make_sign_in_link
    from evenhand.app.policies import load_policy
    from evenhand.app.question import Question, name_plan, title_question
    from evenhand.app.roles import Role
    from evenhand.wiring import admitting, planning

    shelf, outside = open_shelf(), connect_outside()
    read = outside.read_book(folder / "book")
    policy = load_policy(outside, folder / "policy.toml")
    shelf.copy_in(folder / "book", shelf.book(read.content_hash))
    diagnosis = admitting.diagnose_book(read, policy)
    plan, _ = outside.read_plan(folder / "plan")
    question = Question(events=tuple(plan.summary["events"]))
    name = name_plan(read.content_hash, policy, question.events)
    shelf.copy_in(folder / "plan", shelf.plan(name))
    manifest = json.loads((folder / "book" / "book.json").read_text("utf-8"))
    with transaction.atomic():
        user = User.objects.filter(email=_DEMO_PERSON).first() or User.objects.create_user(
            _DEMO_PERSON, name="Demo", role=str(Role.REVOPS)
        )
        ended = {"state": State.DONE, "attempt": 1, "created_by": user, "finished_at": timezone.now()}
        book, is_new = Book.objects.get_or_create(
            content_hash=read.content_hash,
            defaults={
                **ended,
                "name": f"Demo firm, {read.as_of:%d %b %Y}",
                "source": "export",
                "as_of": read.as_of,
                "currency": read.currency,
                "policy_hash": policy.content_hash,
                "summary": admitting.summarise(read, diagnosis)
                | {"n_findings": manifest["n_findings"], "n_rejected": _count_rejected(folder / "rejected.csv")},
            },
        )
        if is_new:
            record(user, "book.loaded", book)
        run, is_new = PlanRun.objects.get_or_create(
            folder=name,
            defaults={
                **ended,
                "book": book,
                "title": title_question(policy),
                "question": question.as_dict(),
                "started_at": timezone.now(),
                "summary": planning.summarise(plan.summary),
            },
        )
        if is_new:
            record(user, "plan_run.loaded", run)
        secret = make_sign_in_link(user)
    if (folder / "rejected.csv").is_file():
        kept = shelf.admission(book.pk)
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "rejected.csv").write_bytes((folder / "rejected.csv").read_bytes())
    return f"{settings.EVENHAND_URL}/sign-in/{secret}/"


def _count_rejected(path: Path) -> int:
    import polars as pl

    return pl.read_csv(path, infer_schema=False).height if path.is_file() else 0
