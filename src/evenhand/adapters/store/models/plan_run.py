"""A plan asked for: the question, the solve in the background, and the plan it ended in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from evenhand.adapters.store.models.job import Job, State


class Audience(models.TextChoices):
    """Who sees a plan."""

    MAKERS = "makers", "revenue operations and leaders"
    SHARED = "shared", "managers and viewers too"


class PlanRun(Job):
    """A plan, from the question on.

    Attributes
    ----------
    question
        What was asked: policy values by dotted name, events, seed. The same question of the same book has the same
        plan.
    folder
        Name of the plan's folder: the hash of the question, the book and the version.
    summary
        Figures of the plan for lists: the content of plan.json that people look at first.
    parent
        The plan that was edited by hand into this one; None where it was solved from the question.
    change
        What was done to the parent: edits as text, mend (the suggested shift too), repair (solve again), undo.
    """

    book = models.ForeignKey("store.Book", on_delete=models.PROTECT, related_name="plan_runs")
    title = models.CharField(max_length=200)
    question = models.JSONField(default=dict)
    folder = models.CharField(max_length=64, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    change = models.JSONField(default=dict, blank=True)
    audience = models.CharField(max_length=20, choices=Audience, default=Audience.MAKERS)

    class Meta(Job.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan to look at."""
        return self.state == State.DONE and bool(self.folder)
