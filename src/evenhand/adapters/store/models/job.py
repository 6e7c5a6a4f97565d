"""Work done in the background: its state, who does it, whether they still live, and how far it has come."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    """Where a job stands; what is not waiting or running has ended, and never changes again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_LONG = dt.timedelta(seconds=10)

ENDED = (State.DONE, State.FAILED, State.CANCELLED)


class Job(models.Model):
    """A job of the background worker.

    Attributes
    ----------
    attempt
        How often a worker has taken it up. Every change by a worker names its attempt, so that one that was believed
        dead and comes back changes nothing.
    heartbeat_at
        When its worker was last known to live; while it waits, when it was queued.
    task_id
        The entry in the task queue that will take it up.
    progress
        What is being done and how far it has come, as the page shows it.
    problem
        What went wrong and what to do, where it failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    task_id = models.CharField(max_length=64, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True)
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        indexes: ClassVar = [models.Index(fields=["state", "heartbeat_at"])]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED

    @property
    def waits_long(self) -> bool:
        """Whether it waits for longer than a worker that has nothing else to do would let it."""
        return self.state == State.WAITING and timezone.now() - self.heartbeat_at > _LONG

    @property
    def took(self) -> dt.timedelta | None:
        """How long the last attempt has taken so far, or took."""
        if self.started_at is None:
            return None
        return (self.finished_at or timezone.now()) - self.started_at
