"""Reviews of a year and alerts between them; the rules are those of `evenhand.measure.cycle` and `….watch`."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from evenhand.measure.cycle import Stage
from evenhand.measure.watch import TITLES, AlertState


class Cycle(models.Model):
    """A quarterly review: its day, the book it looks at, its agenda, what was decided and what came of it.

    Attributes
    ----------
    source
        Brought in anew before the review; null where somebody brings the book in.
    fetched
        The book that was asked of the source, so that it is asked once.
    agenda
        See `evenhand.measure.agenda.Agenda.as_dict`.
    run
        The plan that came of it, where something had to move.
    outcome
        What the plan came to, in figures and sentences; the whole is on the shelf, in the folder of that name.
    reminded_on
        When people were reminded last.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=40)
    due_on = models.DateField(unique=True)
    stage = models.CharField(max_length=20, choices=[(str(s), str(s)) for s in Stage], default=str(Stage.PLANNED))
    source = models.ForeignKey("store.SavedSource", null=True, on_delete=models.SET_NULL, related_name="+")
    fetched = models.ForeignKey("store.Book", null=True, on_delete=models.PROTECT, related_name="+")
    book = models.ForeignKey("store.Book", null=True, on_delete=models.PROTECT, related_name="cycles")
    agenda = models.JSONField(default=dict, blank=True)
    decision = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closing = models.TextField(blank=True)
    run = models.ForeignKey("store.PlanRun", null=True, on_delete=models.PROTECT, related_name="cycles")
    outcome = models.JSONField(default=dict, blank=True)
    folder = models.CharField(max_length=100, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-due_on"]

    def __str__(self) -> str:
        return self.name


class WatchAlert(models.Model):
    """What somebody was told of a cause between the reviews; see `evenhand.measure.watch.Alert`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=32)
    trigger = models.CharField(max_length=60)
    subject_ids = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=[(str(s), str(s)) for s in AlertState], default="open")
    message = models.TextField()
    value = models.FloatField(null=True, blank=True)
    now = models.FloatField(null=True, blank=True)
    first_on = models.DateField()
    alarmed_on = models.DateField()
    seen_on = models.DateField()
    snoozed_until = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    snoozed_by = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    book = models.ForeignKey("store.Book", on_delete=models.PROTECT, related_name="alerts")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-alarmed_on", "trigger", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"], condition=~models.Q(state="settled"), name="one_alert_a_cause_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.trigger}: {', '.join(self.subject_ids)}"

    @property
    def title(self) -> str:
        """The trigger as people say it."""
        return TITLES.get(self.trigger, self.trigger)


class WatchedBook(models.Model):
    """A book whose triggers were held against the alerts, once."""

    book = models.OneToOneField("store.Book", primary_key=True, on_delete=models.PROTECT, related_name="watched")
    n_alarms = models.PositiveIntegerField()
    watched_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.book_id}: {self.n_alarms}"
