"""The rounds of the rhythm: the source brought in before a review, the agenda, alerts, reminders, and outcomes."""

from __future__ import annotations

import datetime as dt
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evenhand.adapters.files.diagnoses import read_diagnosis
from evenhand.adapters.store import cycles, jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Book, Cycle, Handoff, PlanRun, SavedMapping, State, WatchAlert
from evenhand.app.measure import measure_plan, pool_with_earlier, write_outcome
from evenhand.app.outcome_files import MARKER
from evenhand.app.policies import load_policy
from evenhand.foundation.errors import EvenhandError
from evenhand.measure.agenda import write_agenda
from evenhand.measure.cycle import counts_for, find_next, find_reminder, is_sync_due
from evenhand.measure.follow_up import State as Became
from evenhand.measure.summary import say_effects, say_headline
from evenhand.measure.watch import Alert, AlertState
from evenhand.wiring.container import connect_outside
from evenhand.wiring.local_time import to_local
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from evenhand.adapters.store.models import User
    from evenhand.measure.agenda import Agenda
    from evenhand.measure.outcome import Outcome
    from evenhand.policy import Policy

_log = logging.getLogger("evenhand.worker")


def do_rounds(now: dt.datetime | None = None) -> None:
    """Do everything that is due at a moment."""
    policy = load_policy(connect_outside(), open_shelf().policy)
    today = to_local(policy, now or timezone.now()).date()
    watch_books(policy)
    cycle = cycles.find_open()
    if cycle is not None:
        fetch_source(cycle, today, policy)
        prepare_agenda(cycle, policy)
        if find_reminder(today, cycle.due_on, cycle.reminded_on, policy) is not None:
            cycles.remind(cycle, today)
    measure_cycles()


def watch_books(policy: Policy) -> int:
    """Check the triggers of every admitted book that wasn't watched yet, in order of date; returns how many alarmed."""
    n_alarms = 0
    rows = Book.objects.filter(state=State.DONE, watched=None, as_of__isnull=False).exclude(content_hash="")
    for book in rows.order_by("as_of", "created_at"):
        folder = open_shelf().diagnosis(book.content_hash, book.policy_hash)
        if book.as_of is not None and folder.exists():
            n_alarms += cycles.watch_book(book, read_diagnosis(folder).triggers, book.as_of, policy) or 0
    return n_alarms


def fetch_source(cycle: Cycle, today: dt.date, policy: Policy) -> Book | None:
    """Bring in what the saved source of a review holds now, once, some days before it."""
    source = cycle.source
    if source is None or cycle.fetched_id is not None or not is_sync_due(today, cycle.due_on, policy):
        return None
    path = Path(source.server_path).resolve()
    if not any(path.is_relative_to(folder) for folder in settings.EVENHAND_SOURCES) or not path.exists():
        _log.warning("the source of a review is gone", extra={"source": source.name, "cycle": str(cycle.pk)})
        return None
    said = {"server_path": str(path), "currency": source.currency, "as_of": None}
    book = Book(name=f"{source.name} for {cycle.name}", source=source.name, settings=said, created_by=cycle.created_by)
    saved = SavedMapping.objects.filter(name=source.mapping_name).order_by("-number").first()
    folder = open_shelf().upload(book.pk)
    folder.mkdir(parents=True, exist_ok=True)
    if saved is not None:
        (folder / "mapping.toml").write_text(saved.text, encoding="utf-8")
    with transaction.atomic():
        book.save(force_insert=True)
        if not Cycle.objects.filter(pk=cycle.pk, fetched=None).update(fetched=book):
            transaction.set_rollback(True)
            return None
        jobs.queue(book, enqueue)
        record(None, "book.asked", book, source="review", cycle=str(cycle.pk))
    return book


def prepare_agenda(cycle: Cycle, policy: Policy, user: User | None = None) -> bool:
    """Take the newest book that is fresh enough for a review, where there is a newer one than it has.

    Parameters
    ----------
    user
        Who takes the newest book, however old it is; None: nobody, it is taken by itself if it is fresh enough.
    """
    rows = Book.objects.filter(state=State.DONE, as_of__isnull=False).exclude(content_hash="")
    book = rows.order_by("-as_of", "-created_at").first()
    if book is None or book.as_of is None or cycle.book_id == book.pk:
        return False
    if user is None and not counts_for(book.as_of, cycle.due_on, policy):
        return False
    return cycles.prepare(cycle, book, draft_agenda(cycle, book, policy), user)


def draft_agenda(cycle: Cycle, book: Book, policy: Policy) -> Agenda:
    """Write the agenda of a review from a book, the alerts and what the last cycle came to."""
    diagnosis = read_diagnosis(open_shelf().diagnosis(book.content_hash, book.policy_hash))
    last = Cycle.objects.filter(due_on__lt=cycle.due_on).exclude(outcome={}).order_by("-due_on").first()
    alerts = [
        Alert(
            row.key, row.trigger, tuple(row.subject_ids), AlertState(row.state), row.message, row.value, row.now,
            row.first_on, row.alarmed_on, row.seen_on,
        )
        for row in WatchAlert.objects.filter(state=str(AlertState.OPEN))
    ]  # fmt: skip
    run = PlanRun.objects.filter(book=book, state=State.DONE).exclude(folder="").order_by("-created_at").first()
    return write_agenda(
        f"Review {cycle.name}", cycle.due_on, book.as_of or cycle.due_on, diagnosis.conclusion, diagnosis.triggers,
        policy,
        outcome=tuple(last.outcome.get("sentences", ())) if last else (),
        alerts=alerts,
        moves_by_grade=run.summary.get("moves_by_grade") if run else None,
        currency=book.currency,
        next_on=find_next(cycle.due_on, policy),
    )  # fmt: skip


def measure_cycles() -> int:
    """Measure every review's plan for which there is a newer book than it was measured with; returns how many."""
    n_measured = 0
    for cycle in Cycle.objects.exclude(run=None).select_related("run__book").order_by("due_on"):
        newest = _find_newest(cycle)
        if newest is None or cycle.outcome.get("book") == str(newest.pk):
            continue
        try:
            n_measured += _measure(cycle, newest)
        except EvenhandError as error:
            # Kept, so that it isn't tried again with the same book at every round.
            Cycle.objects.filter(pk=cycle.pk).update(outcome={"book": str(newest.pk), "problem": str(error)})
            _log.warning("a review can't be measured: %s", error, extra={"cycle": str(cycle.pk)})
    return n_measured


def _find_newest(cycle: Cycle) -> Book | None:
    """Return the newest book up to the review after the next: what comes later is that cycle's doing."""
    run = cycle.run
    if run is None or run.book.as_of is None:
        return None
    after = Cycle.objects.filter(due_on__gt=cycle.due_on, decision="plan").exclude(run=None).order_by("due_on").first()
    books = Book.objects.filter(state=State.DONE, as_of__gt=run.book.as_of).exclude(content_hash="")
    if after is not None and after.run is not None and after.run.book.as_of is not None:
        books = books.filter(as_of__lte=after.run.book.as_of)
    return books.order_by("-as_of", "-created_at").first()


def _measure(cycle: Cycle, newest: Book) -> bool:
    shelf, outside, run = open_shelf(), connect_outside(), cycle.run
    assert run is not None  # noqa: S101 - cycles without a plan aren't measured
    handoff = Handoff.objects.filter(run=run, state=State.DONE).exclude(folder="").order_by("-number").first()
    # Moves can't have been felt before they were carried out: the handoff says when that was.
    moved_on = dt.date.fromisoformat(handoff.summary["latest_on"]) if handoff else None
    if moved_on is not None and newest.as_of is not None and newest.as_of <= moved_on:
        return False
    between = Book.objects.filter(state=State.DONE, as_of__gt=run.book.as_of, as_of__lt=newest.as_of)
    dates: dict[Any, Path] = {
        book.as_of: shelf.book(book.content_hash) for book in between.exclude(content_hash="").order_by("created_at")
    }
    folder = f"{run.folder[:32]}-{newest.content_hash[:24]}"
    target = shelf.root / "outcomes" / folder
    handed = shelf.handoff(handoff.folder) if handoff else None
    outcome, stored = measure_plan(
        outside, shelf.plan(run.folder), shelf.book(run.book.content_hash), shelf.book(newest.content_hash), moved_on,
        handoff=handed if handed is not None and (handed / "handoff.json").is_file() else None,
        between=list(dates.values())[-_MOST_BETWEEN:],
    )  # fmt: skip
    before = Cycle.objects.filter(due_on__lt=cycle.due_on).exclude(folder="").values_list("folder", flat=True)
    earlier = [shelf.root / "outcomes" / name for name in before]
    earlier = [one for one in earlier if _can_add(one, outcome)]
    costs = pool_with_earlier(outside, outcome, earlier, stored)
    write_outcome(outside, outcome, costs, stored, shelf.book(newest.content_hash), target, replace=target.exists())
    with transaction.atomic():
        Cycle.objects.filter(pk=cycle.pk).update(outcome=_outline(outcome, newest), folder=folder)
        record(None, "cycle.measured", cycle, book=str(newest.pk), n_days=outcome.n_days)
    return True


_MOST_BETWEEN = 6


def _can_add(folder: Path, outcome: Outcome) -> bool:
    path = folder / MARKER
    if not path.is_file():
        return False
    told = json.loads(path.read_text("utf-8"))
    return bool(told["currency"] == outcome.currency and told["before_hash"] != outcome.before_hash)


def _outline(outcome: Outcome, newest: Book) -> dict[str, Any]:
    """Keep what lists and the year show; the whole is in the folder."""
    team = {row["figure"]: row for row in outcome.team.iter_rows(named=True)}

    def pair(start: str, end: str) -> list[float | None]:
        row = next((row for name, row in team.items() if name.startswith(start) and name.endswith(end)), None)
        return [None, None] if row is None else [row["before"], row["after"]]

    states = dict(outcome.followed["state"].value_counts().iter_rows())
    return {
        "book": str(newest.pk),
        "measured_on": outcome.comparison.window.ends_on.isoformat(),
        "n_days": outcome.n_days,
        "n_moved": outcome.followed.height,
        "n_worked": states.get(Became.WORKED, 0),
        "n_trouble": sum(states.get(one, 0) for one in (Became.LATE, Became.DROPPED, Became.NOT_MOVED)),
        "moved_share": None if outcome.kept is None else outcome.kept.moved_share,
        "within_range": pair("attainment", "within range"),
        "variation": pair("potential", "variation between seats"),
        "headline": say_headline(outcome),
        "sentences": [
            say_headline(outcome),
            *(outcome.kept.sentences[:2] if outcome.kept else ()),
            *(one.sentence for one in outcome.decays if one.measure == "potential"),
            *say_effects(outcome)[:3],
        ],
    }
