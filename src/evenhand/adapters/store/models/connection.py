"""Connected systems and their syncs; what was filled in and the secrets are in the connection's folder, not here."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from evenhand.adapters.store.models.job import Job, State


class Connection(models.Model):
    """A CRM or database that records are read from.

    Attributes
    ----------
    name
        Of the folder with its settings, its encrypted secrets and its records.
    every_hours
        How often the worker syncs it and makes a book of what changed; null for never by itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    vendor = models.CharField(max_length=40)
    every_hours = models.FloatField(null=True, blank=True)
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class SyncKind(models.TextChoices):
    """What is done with a connection."""

    TEST = "test", "test"
    CHANGES = "changes", "sync of what changed"
    FULL = "full", "full sync"


class Sync(Job):
    """A sync or a test of a connection, in the background.

    Attributes
    ----------
    by_schedule
        Whether the worker began it by itself.
    book
        Made of what came in; null where nothing had changed, or it failed before that.
    summary
        What came of it: objects, findings, requests, the quota; of a test its facts.
    """

    connection = models.ForeignKey("store.Connection", on_delete=models.CASCADE, related_name="syncs")
    kind = models.CharField(max_length=20, choices=SyncKind)
    by_schedule = models.BooleanField(default=False)
    book = models.ForeignKey("store.Book", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    summary = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.connection.name}: {self.get_kind_display()}"

    @property
    def is_done(self) -> bool:
        """Whether it did what it was asked."""
        return self.state == State.DONE
