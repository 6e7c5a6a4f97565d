"""Taking jobs up, showing that one lives, ending them once, and putting back what a dead worker left."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Book, Handoff, Job, PlanRun, Push, State, Study, Sync

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from evenhand.adapters.store.models import User

    Enqueue = Callable[[Job], str]
    """Puts a job into the task queue; returns the entry's id."""

SomeJob = TypeVar("SomeJob", bound=Job)

MOST_ATTEMPTS = 4
"""A job whose worker has died so often is given up: it is probably what kills them."""


def take_up(kind: type[SomeJob], pk: UUID | str, worker: str) -> SomeJob | None:
    """Take a waiting job up; None where it isn't waiting any more."""
    now = timezone.now()
    taken = kind._default_manager.filter(pk=pk, state=State.WAITING).update(
        state=State.RUNNING,
        attempt=F("attempt") + 1,
        worker=worker,
        heartbeat_at=now,
        started_at=now,
        finished_at=None,
        problem="",
        progress={},
        version=F("version") + 1,
    )
    return kind._default_manager.get(pk=pk) if taken else None


def show_life(job: Job, progress: dict[str, Any] | None = None) -> bool:
    """Say that the worker lives and how far it is; False where the job is no longer this attempt's."""
    changes: dict[str, Any] = {"heartbeat_at": timezone.now()}
    if progress is not None:
        changes["progress"] = progress
    return bool(_mine(job).update(**changes))


def end(job: Job, state: State, **fields: Any) -> bool:
    """End a job, with what it brought; False where it is no longer this attempt's, and nothing is changed."""
    with transaction.atomic():
        ended = _mine(job).update(
            state=state, finished_at=timezone.now(), progress={}, version=F("version") + 1, **fields
        )
        if ended:
            record(None, f"{_word(job)}.{state}", job, attempt=job.attempt)
    return bool(ended)


def put_back(job: Job, enqueue: Enqueue) -> bool:
    """Let another worker take the job up; this one is about to stop."""
    with transaction.atomic():
        back = _mine(job).update(
            state=State.WAITING, heartbeat_at=timezone.now(), attempt=F("attempt") - 1, version=F("version") + 1
        )
        if back:
            _queue(job, enqueue)
    return bool(back)


def cancel(job: Job, user: User) -> bool:
    """Cancel a job that hasn't ended; its worker notices and stops."""
    with transaction.atomic():
        cancelled = (
            type(job)
            ._default_manager.filter(pk=job.pk, state__in=(State.WAITING, State.RUNNING))
            .update(state=State.CANCELLED, finished_at=timezone.now(), progress={}, version=F("version") + 1)
        )
        if cancelled:
            record(user, f"{_word(job)}.cancelled", job)
    return bool(cancelled)


def queue(job: Job, enqueue: Enqueue) -> None:
    """Put a new job into the queue, in the caller's transaction."""
    _queue(job, enqueue)


def sweep(enqueue: Enqueue, *, stale_seconds: float) -> int:
    """Put back every job whose worker has fallen silent, or that nothing in the queue stands for.

    Returns
    -------
    int
        How many were put back; one that was tried too often is given up instead.
    """
    silent_since = timezone.now() - dt.timedelta(seconds=stale_seconds)
    n_back = 0
    for kind in (Book, PlanRun, Study, Handoff, Sync, Push):
        stale = Q(state__in=(State.RUNNING, State.WAITING), heartbeat_at__lt=silent_since)
        for job in kind._default_manager.filter(stale):
            n_back += _revive(job, enqueue)
    return n_back


def _revive(job: Job, enqueue: Enqueue) -> bool:
    if job.state == State.WAITING and _is_queued(job):
        return False
    if job.state == State.RUNNING and job.attempt >= MOST_ATTEMPTS:
        end(
            job,
            State.FAILED,
            problem=f"The worker died {job.attempt} times on it. See the worker's log; is there enough memory?",
        )
        return False
    with transaction.atomic():
        # Another sweeper may have been faster: the state, the attempt and the heartbeat must be as they were seen.
        back = (
            type(job)
            ._default_manager.filter(pk=job.pk, state=job.state, attempt=job.attempt, heartbeat_at=job.heartbeat_at)
            .update(state=State.WAITING, heartbeat_at=timezone.now(), version=F("version") + 1)
        )
        if back:
            _queue(job, enqueue)
            record(None, f"{_word(job)}.put_back", job, attempt=job.attempt)
    return bool(back)


def _is_queued(job: Job) -> bool:
    return bool(job.task_id) and DBTaskResult.objects.filter(pk=job.task_id, status="READY").exists()


def _queue(job: Job, enqueue: Enqueue) -> None:
    type(job)._default_manager.filter(pk=job.pk).update(task_id=enqueue(job))


def _mine(job: Job) -> Any:
    return type(job)._default_manager.filter(pk=job.pk, state=State.RUNNING, attempt=job.attempt)


def _word(job: Job) -> str:
    return str(job._meta.model_name)
